"""What is written down about a running server: its address, its process, who keeps it and for whom."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from register.servers.process import Process


@dataclass(frozen=True, slots=True)
class Running:
    """A server that was started: `owner` is the program it stops with, `keeper` sees to that."""

    address: str
    owner: Process
    keeper: Process
    server: Process


def read(folder: Path) -> Running | None:
    """What the last start wrote down; the processes may have died since."""
    try:
        noted = json.loads((folder / "running.json").read_text())
        return Running(noted["address"], *(Process(**noted[who]) for who in ("owner", "keeper", "server")))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def write(folder: Path, running: Running) -> None:
    """Note it so that a reader sees the old note or the new one, never half of one."""
    draft = folder / "running.json.new"
    draft.write_text(json.dumps(asdict(running)))
    os.replace(draft, folder / "running.json")


def forget(folder: Path) -> None:
    (folder / "running.json").unlink(missing_ok=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One program at a time starts or stops the server of this folder."""
    with (folder / "lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
