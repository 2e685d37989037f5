"""Work in a process of its own, so that its memory and its time on the processor are its own."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

from connectors.children import STOPS_WITH_INPUT

_PATIENCE = 30.0  # seconds for a service to end


@dataclass(frozen=True, slots=True)
class Spent:
    """What a piece of work took: its answer, seconds, seconds on the processor, and its process's peak in MB."""

    answer: Any
    seconds: float
    processor: float
    peak_mb: float


def alone(work: Callable[..., Any], *args: Any) -> Spent:
    """Do it in a new process; starting that up is not counted."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_do, args=(theirs, work, args))
    process.start()
    theirs.close()
    try:
        return ours.recv()  # type: ignore[no-any-return]
    except EOFError:
        raise RuntimeError(f"{work.__name__} failed; its own words are above") from None
    finally:
        process.join()


def _do(told: "Connection[Any, Any]", work: Callable[..., Any], args: tuple[Any, ...]) -> None:
    started, processor = time.perf_counter(), time.process_time()
    answer = work(*args)
    spent = time.perf_counter() - started, time.process_time() - processor
    told.send(Spent(answer, *spent, peak_mb(os.getpid())))


def peak_mb(pid: int) -> float:
    """The most memory a process has held, MB (10⁶ bytes); where the system does not tell, what it holds now."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return float(psutil.Process(pid).memory_info().rss / 1e6)
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6


class Service:
    """A running `vaxreg` command."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def wait_until(self, question: Callable[[], Any], seconds: float = 120) -> None:
        """Ask every 5 ms, until the answer is true."""
        last = time.monotonic() + seconds
        while not question():
            if self._process.poll() is not None:
                raise RuntimeError(f"it ended with exit code {self._process.returncode}")
            if time.monotonic() > last:
                raise TimeoutError(f"nothing within {seconds:g} s")
            time.sleep(0.005)

    @property
    def processor(self) -> float:
        """Seconds on the processor so far."""
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    @property
    def peak_mb(self) -> float:
        return peak_mb(self._process.pid)


@contextmanager
def service(command: str, env: Mapping[str, str]) -> Iterator[Service]:
    """A `vaxreg` command as a person would start it, until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "connectors.cli", command],
        stdin=subprocess.PIPE,
        env={**env, STOPS_WITH_INPUT: "1"},
    )
    try:
        yield Service(process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
