"""The register in one command: what runs, and that nothing is left however it ends."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from register.servers import running

UP = [sys.executable, "-c", "import sys; from connectors.up import up; sys.exit(up())"]
PATIENCE = 120.0  # seconds, on a machine that does other things too


@pytest.fixture
def environment(data_folder: Path) -> dict[str, str]:
    """Embedded servers in a folder of their own, whatever else is set."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "KAFKA_BOOTSTRAP")}
    return kept | {"VAXREG_DATA": str(data_folder), "PYTHONUNBUFFERED": "1"}


@contextmanager
def up(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A register that says it runs, and the address of its dashboard."""
    log = Path(environment["VAXREG_DATA"]) / "said.txt"
    with log.open("w") as out:
        program = subprocess.Popen(UP, env=environment, stdout=out, stderr=out, text=True, start_new_session=True)
    try:
        wait_until(lambda: "Ctrl-C stops it" in log.read_text() or program.poll() is not None)
        told = re.search(r"dashboard\s+(http://\S+)", log.read_text())
        assert told, log.read_text()
        yield program, told[1]
    finally:
        if program.poll() is None:
            program.send_signal(signal.SIGINT)
            program.wait(PATIENCE)


def wait_until(true: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait, and fail if it does not come true."""
    until = time.monotonic() + patience
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def health(dashboard: str) -> int:
    """The status with which the page tells how it is."""
    with urllib.request.urlopen(f"{dashboard}/health", timeout=10) as answer:
        return int(answer.status)


def answers(dashboard: str) -> bool:
    """Does the page reach its tables?"""
    try:
        return health(dashboard) == 200
    except OSError:
        return False


def noted(folder: str, server: str) -> int | None:
    """The process id of a server."""
    note = running.read(Path(folder) / server)
    return note.server.pid if note else None


def of_folder(folder: str) -> list[psutil.Process]:
    """Every process that was started for the register in this folder."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.pid != os.getpid() and process.environ().get("VAXREG_DATA") == folder:
                found.append(process)
    return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]


def part(program: subprocess.Popen[str], name: str) -> psutil.Process | None:
    """The child that runs this command."""
    for child in psutil.Process(program.pid).children():
        with suppress(psutil.Error):
            if name in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE:
                return child
    return None


def test_the_register_runs_until_it_is_stopped_and_leaves_nothing_however_it_ends(
    environment: dict[str, str],
) -> None:
    folder = environment["VAXREG_DATA"]
    with up(environment) as (program, dashboard):
        assert health(dashboard) == 200
        assert all(part(program, name) for name in ("intake", "relay", "project", "web"))

        # A second one on the same folder says where the first is.
        second = subprocess.run(UP, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert (second.returncode, dashboard in second.stderr) == (0, True)

        # A part that dies is started again.
        killed = part(program, "relay")
        assert killed
        killed.kill()
        wait_until(lambda: (now := part(program, "relay")) is not None and now.pid != killed.pid)

        # So are the servers.
        for server in ("kafka", "postgres"):
            dead = noted(folder, server)
            assert dead
            os.kill(dead, signal.SIGKILL)
            wait_until(lambda server=server, dead=dead: noted(folder, server) not in (None, dead))  # type: ignore[misc]
        wait_until(lambda: answers(dashboard))

        program.kill()
        program.wait(PATIENCE)
        # At once, while what was left behind is still about to end.
        with up(environment) as (next_program, its_dashboard):
            assert health(its_dashboard) == 200
            next_program.send_signal(signal.SIGINT)
            assert next_program.wait(PATIENCE) == 0
    wait_until(lambda: of_folder(folder) == [])
