"""Parts of the register as child processes: each is the command a person would type, started again when it dies."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread

from connectors.children import Child, ask_to_stop, begin, wait_or_kill

LOOKS_EVERY = 0.2  # seconds
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0  # seconds until a dead child is started again: doubled each time
WELL_AFTER = 60.0  # seconds; a child that lived so long has had no bad start


@dataclass
class _Part:
    command: tuple[str, ...]
    log: Path
    process: Child
    started: float
    wait: float = FIRST_WAIT
    again_at: float | None = None  # set while it is dead


class Supervisor:
    """Runs `vaxreg` commands with one environment; a log file for each in `logs`. `say` is told what goes wrong."""

    def __init__(self, env: Mapping[str, str], logs: Path, say: Callable[[str], None]) -> None:
        self._env, self._logs, self._say = env, logs, say
        self._children: dict[str, _Part] = {}
        self._lock, self._stop = Lock(), Event()
        logs.mkdir(parents=True, exist_ok=True)
        self._watch = Thread(target=self._run, name="supervisor", daemon=True)
        self._watch.start()

    def start(self, *command: str) -> None:
        """Run this command from now on; its name is its first word."""
        name = command[0]
        log = self._logs / f"{name}.log"
        log.unlink(missing_ok=True)
        with self._lock:
            self._children[name] = _Part(command, log, begin(command, self._env, log), time.monotonic())

    def running(self, name: str) -> bool:
        """Has it been started, and does it live?"""
        child = self._children.get(name)
        return child is not None and child.process.poll() is None

    def last_words(self, name: str, count: int = 8) -> str:
        """The end of its log."""
        lines = self._children[name].log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-count:])

    def stop(self, names: Sequence[str]) -> None:
        """Ask those of these that are there to stop, in this order, and wait for all; nothing is watched any more."""
        self._stop.set()
        self._watch.join()
        asked = [child.process for name in names if (child := self._children.pop(name, None))]
        for process in asked:
            process.terminate()
            ask_to_stop(process)
        for process in asked:
            wait_or_kill(process)

    def _run(self) -> None:
        while not self._stop.wait(LOOKS_EVERY):
            with self._lock:
                for name, child in self._children.items():
                    self._look_after(name, child)

    def _look_after(self, name: str, child: _Part) -> None:
        now = time.monotonic()
        if child.again_at is None and child.process.poll() is not None:
            if now - child.started > WELL_AFTER:
                child.wait = FIRST_WAIT
            child.again_at = now + child.wait
            self._say(
                f"{name} ended with exit code {child.process.returncode} and is started again in {child.wait:g} s; "
                f"its log: {child.log}"
            )
            child.wait = min(2 * child.wait, LONGEST_WAIT)
        elif child.again_at is not None and now >= child.again_at:
            ask_to_stop(child.process)
            child.process, child.started, child.again_at = begin(child.command, self._env, child.log), now, None
