"""Which process is meant, told apart from a later one that was given the same number."""

import os
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Process:
    """A process by its number and the moment it was started."""

    pid: int
    started: str

    @property
    def alive(self) -> bool:
        return _started(self.pid) == self.started


def process(pid: int) -> Process:
    """The process that has this number now."""
    return Process(pid, _started(pid) or "never")


def this_process() -> Process:
    return process(os.getpid())


def stop(running: Iterable[Process], how: signal.Signals, patience: float = 20.0) -> None:
    """Ask these processes to stop, wait for them, and kill those that do not."""
    waiting = [each for each in running if each.alive]
    for sign in (how, signal.SIGKILL):
        for each in waiting:
            try:
                os.kill(each.pid, sign)
            except ProcessLookupError:
                continue
        waiting = wait_for_end(waiting, patience)


def wait_for_end(running: Iterable[Process], patience: float) -> list[Process]:
    """Those of these processes that are still there when they are gone or the seconds are over."""
    until = time.monotonic() + patience
    while (left := [each for each in running if each.alive]) and time.monotonic() < until:
        time.sleep(0.02)
    return left


def _started(pid: int) -> str | None:
    """Clock ticks after boot where the system tells them, because the wall clock may be set back under us."""
    status = Path(f"/proc/{pid}/stat")
    if status.parent.parent.joinpath("self").exists():
        try:
            state, *fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if state == "Z" else fields[18]
    try:
        seen = psutil.Process(pid)
        return None if seen.status() == psutil.STATUS_ZOMBIE else str(seen.create_time())
    except psutil.Error:
        return None
