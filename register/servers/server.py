"""What a kind of server must be able to tell; `kafka.py` and `postgres.py` are the two kinds."""

import signal
from abc import ABC, abstractmethod
from pathlib import Path

import psutil

from register.servers.keeper import Command


class Server(ABC):
    """A server with a folder of its own for data, notes and log."""

    name: str
    folder_mode: int
    stop_signal: signal.Signals

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def make_folder(self) -> None:
        if not self.folder.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(self.folder_mode)

    @abstractmethod
    def prepare(self) -> tuple[str, Command]:
        """Make the folder ready; the address the server will have and how to run it."""

    @abstractmethod
    def answers(self, address: str) -> bool:
        """Does the server of this folder, and not somebody else's, answer there?"""

    @abstractmethod
    def is_ours(self, candidate: psutil.Process) -> bool:
        """Is this process a server of this folder, left behind by a crash?"""

    def settle(self) -> None:  # noqa: B027
        """What is still to be done once it answers, before anybody is told so; done again it changes nothing."""

    def clear(self) -> None:  # noqa: B027
        """Take away what a killed server leaves lying about; called when none is running."""

    def last_lines(self, count: int = 8) -> str:
        """The end of the log, for somebody who asks why it does not start."""
        if not self.log.exists():
            return "(no log was written)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])
