"""Kafka and PostgreSQL for a program: the ones it is given by address, or embedded ones that it starts and stops."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from register.servers.data_folder import data_folder
from register.servers.hosting import found, hosted, started_again
from register.servers.kafka import Kafka
from register.servers.postgres import Postgres
from register.servers.server import Server
from register.settings import DATABASE_URL, KAFKA_ACCESS, KAFKA_BOOTSTRAP, KAFKA_SECURITY, SASL_SSL


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the two servers are: a PostgreSQL URL, and Kafka's host:port (several with commas).

    `kafka_access` is where an embedded Kafka with security keeps certificates and passwords.
    """

    database_url: str
    kafka: str
    kafka_access: Path | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The settings with which a program finds them."""
        told = {DATABASE_URL: self.database_url, KAFKA_BOOTSTRAP: self.kafka}
        return told | ({KAFKA_ACCESS: str(self.kafka_access)} if self.kafka_access else {})


@contextmanager
def servers(data: Path | None = None, again: Callable[[str], None] | None = None) -> Iterator[Addresses]:
    """Both servers, answering; with `again`, which is told of it, one that dies is started again.

    DATABASE_URL and KAFKA_BOOTSTRAP replace the embedded server each on its own. An embedded one that another
    program runs on the same folder is used and left running; one that is started here stops at the end.
    """
    given = _given()
    embedded = _embedded(data, given)
    wanted = list(embedded.values())
    with (
        _stopped_by_sigterm(),
        hosted(wanted) as addresses,
        started_again(wanted, again) if again else nullcontext(),
    ):
        yield Addresses(**given | dict(zip(embedded, addresses, strict=True)), kafka_access=_access(wanted))


def find_running(data: Path | None = None) -> Addresses | None:
    """The servers that another program runs on this folder (or that the environment names); None without both."""
    addresses: dict[str, str | None] = {**_given()}
    embedded = _embedded(data, _given())
    for name, server in embedded.items():
        addresses[name] = found(server)
    database_url, kafka = addresses["database_url"], addresses["kafka"]
    return Addresses(database_url, kafka, _access(embedded.values())) if database_url and kafka else None


def _given() -> dict[str, str]:
    named = {
        "database_url": os.environ.get(DATABASE_URL, ""),
        "kafka": os.environ.get(KAFKA_BOOTSTRAP, ""),
    }
    return {name: address for name, address in named.items() if address}


def _embedded(data: Path | None, given: dict[str, str]) -> dict[str, Server]:
    if len(given) == 2:
        return {}
    folder = data or data_folder()
    needed: dict[str, Server] = {
        "database_url": Postgres(folder / "postgres"),
        "kafka": Kafka(folder / "kafka", secured=os.environ.get(KAFKA_SECURITY, "").strip() == SASL_SSL),
    }
    return {name: server for name, server in needed.items() if name not in given}


def _access(embedded: Iterable[Server]) -> Path | None:
    return next((server.access for server in embedded if isinstance(server, Kafka)), None)


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Leave in good order when asked to; a program with its own answer to SIGTERM keeps it."""

    def leave(signum: int, _frame: FrameType | None) -> None:
        sys.exit(128 + signum)

    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    ):
        yield
        return
    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
