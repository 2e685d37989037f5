"""Time on the processor that the embedded servers take: what a wall clock on a shared machine cannot tell apart."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from register.servers import running


@dataclass(frozen=True, slots=True)
class ServerTime:
    """Seconds on the processor since the servers started; None for one that was given by its address."""

    postgres: float | None
    kafka: float | None

    def since(self, before: "ServerTime") -> "ServerTime":
        """What was taken between two looks."""
        return ServerTime(_less(self.postgres, before.postgres), _less(self.kafka, before.kafka))


def server_time(folder: Path) -> ServerTime:
    """Of the servers whose data lies in this folder, so far."""
    return ServerTime(_of(folder / "postgres"), _of(folder / "kafka"))


def _of(folder: Path) -> float | None:
    noted = running.read(folder)
    if noted is None:
        return None
    server = psutil.Process(noted.server.pid)
    times = server.cpu_times()
    # A connection of PostgreSQL is a child, whose time is the server's own when it has ended.
    seconds = times.user + times.system + times.children_user + times.children_system
    for child in server.children():
        with suppress(psutil.Error):
            of_child = child.cpu_times()
            seconds += of_child.user + of_child.system
    return float(seconds)


def _less(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else now - before
