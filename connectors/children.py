"""A `vaxreg` command as a child process that never outlives the program that started it, however that went.

Its standard input is a pipe from here. When that ends, the child finishes what it holds and stops.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event

STOPS_WITH_INPUT = "VAXREG_STOPS_WITH_INPUT"
_PATIENCE = 20.0  # seconds that a child has to finish what it holds

Child = subprocess.Popen[bytes]


def begin(command: Sequence[str], env: Mapping[str, str], log: Path | None = None) -> Child:
    """Start it; what it says goes to the end of `log`, or where this program's own words go."""
    out = log.open("ab") if log else None
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "connectors.cli", *command],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            env={**env, STOPS_WITH_INPUT: "1"},
            start_new_session=True,  # Ctrl-C is for the program, which then stops its children in good order
        )
    finally:
        if out:
            out.close()


def ask_to_stop(child: Child) -> None:
    """Close its standard input; also after it has ended."""
    assert child.stdin is not None
    child.stdin.close()


def wait_or_kill(child: Child) -> None:
    """Until it has ended, by force if it takes too long."""
    try:
        child.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def stop_with_input(stop: Event) -> None:
    """In a child: set `stop` when the program that started it closes its standard input, or is gone."""
    if not os.environ.get(STOPS_WITH_INPUT):
        return

    def wait() -> None:
        # Not through sys.stdin: its lock, held while waiting, would abort a program that ends for another reason.
        while os.read(0, 1):
            pass
        stop.set()

    threading.Thread(target=wait, daemon=True).start()
