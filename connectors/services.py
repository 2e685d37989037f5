"""The register's services as processes of one program: started together, watched, stopped together.

A service stops when its standard input ends. So it never outlives the program that started it, however that went.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event

STOPS_WITH_INPUT = "VAXREG_STOPS_WITH_INPUT"
WRITE_AND_READ_SIDE = ("intake", "relay", "project")
_PATIENCE = 20.0  # seconds that a service has to finish what it holds


class ServiceStopped(Exception):
    """A service ended that should run; the message names it and its exit code."""


class Services:
    """Running services, by the command that each of them is."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        """Start `vaxreg` with this command as a process of its own."""
        self._running[" ".join(command)] = subprocess.Popen(
            [sys.executable, "-m", "connectors.cli", *command],
            stdin=subprocess.PIPE,
            env={**env, STOPS_WITH_INPUT: "1"},
            start_new_session=True,  # Ctrl-C is for the program, which then stops its services in good order
        )

    def check(self) -> None:
        """Raises ServiceStopped if one has ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise ServiceStopped(f"{name} stopped with exit code {process.returncode}")

    def stop(self) -> None:
        """Let every service finish what it holds, and end those that do not."""
        for process in self._running.values():
            assert process.stdin is not None
            process.stdin.close()
        for process in self._running.values():
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()


@contextmanager
def services(commands: Sequence[Sequence[str]], env: Mapping[str, str]) -> Iterator[Services]:
    """These services, running until the end of the block."""
    running = Services()
    try:
        for command in commands:
            running.start(command, env)
        yield running
    finally:
        running.stop()


def stop_with_input(stop: Event) -> None:
    """In a service: set `stop` when the program that started it closes its standard input, or is gone."""
    if not os.environ.get(STOPS_WITH_INPUT):
        return

    def wait() -> None:
        # Not through sys.stdin: its lock, held while waiting, would abort a program that ends for another reason.
        while os.read(0, 1):
            pass
        stop.set()

    threading.Thread(target=wait, daemon=True).start()
