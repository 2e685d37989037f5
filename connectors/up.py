"""The whole register in one command: broker, database, intake, relay, projections, web page.

One program per data folder. Whoever starts a second one there is told where the first is.
"""

import fcntl
import os
import signal
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from rich.console import Console

from connectors.supervisor import Supervisor
from register import store, topics
from register.servers.data_folder import data_folder
from register.servers.embedded import Addresses, servers
from register.settings import DATABASE_URL, KAFKA_BOOTSTRAP, Settings, settings_from

PARTS = ("intake", "relay", "project")
# What brings new work ends first.
STOP_ORDER = ("web", "intake", "relay", "project")
HOST, USUAL_PORT = "127.0.0.1", 8000
NOTE = "up.txt"  # locked while a register runs on the folder; says where its dashboard is
PATIENCE = 60.0  # seconds until the page must answer, on a slow machine


class RunsAlready(Exception):
    """A register runs on this data folder; the message is the address of its dashboard, empty while it starts."""


class PortTaken(Exception):
    """Another program listens on the port that was asked for."""


class PageMissing(Exception):
    """The page does not answer; the message ends with the last lines of its log."""


@dataclass(frozen=True, slots=True)
class Up:
    """A running register."""

    settings: Settings
    data: Path
    addresses: Addresses
    dashboard: str
    parts: Supervisor

    def wait_for_page(self) -> None:
        """Return when the page answers; raises PageMissing."""
        # Without the proxy that the environment may name: the page is here.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with opener.open(f"{self.dashboard}/health", timeout=5):
                    return
            except OSError as missing:
                if not self.parts.running("web") or time.monotonic() > until:
                    raise PageMissing(
                        f"The page at {self.dashboard} does not answer. Its log ends with:\n"
                        f"{self.parts.last_words('web')}"
                    ) from missing
                time.sleep(0.1)


def up(host: str = HOST, port: int | None = None) -> int:
    """Run the register until Ctrl-C; the exit code."""
    say = sayer(Console(stderr=True, highlight=False))
    data = data_folder()
    try:
        with stopped_once():
            say("The register starts ...")
            with running(data, host=host, port=port, say=say) as register:
                register.wait_for_page()
                say(f"{what_runs(register)}\nThe register runs. Ctrl-C stops it.")
                wait_for_ever(say)
    except RunsAlready as there:
        say(told_where(there, data))
    except KeyboardInterrupt:
        say("Interrupted.")
        return 130
    return 0


@contextmanager
def running(
    data: Path,
    *,
    say: Callable[[str], None],
    parts: tuple[str, ...] = PARTS,
    host: str = HOST,
    port: int | None = None,
    before: Callable[[Path], None] = lambda _: None,
    also: Mapping[str, str] | None = None,
) -> Iterator[Up]:
    """Servers, tables, topics, these parts and the web page, which are told `also`; stopped at the end.

    `before` may change the folder while nobody else can start on it. Without `port` it is 8000, or a free one.
    Raises RunsAlready, PortTaken, ServerUnavailable and SettingBroken.
    """
    with _alone(data) as note:
        before(data)
        with servers(data, again=say) as addresses:
            env, keys_in = _environment(addresses, data)
            settings = settings_from(env, keys_in)
            store.create_tables(settings.database_url)
            topics.create(settings, topics.events())
            number = _port(host, port)
            supervisor = Supervisor(env | dict(also or {}), data / "logs", say)
            try:
                for part in parts:
                    supervisor.start(part)
                supervisor.start("web", "--host", host, "--port", str(number))
                dashboard = f"http://{host}:{number}"
                note(dashboard)
                yield Up(settings, data, addresses, dashboard, supervisor)
            finally:
                supervisor.stop(STOP_ORDER)


@contextmanager
def stopped_once() -> Iterator[None]:
    """The first Ctrl-C or SIGTERM ends the block in good order; more of them do not hurry it."""
    told: list[int] = []

    def stop(signum: int, _frame: FrameType | None) -> None:
        if not told:
            told.append(signum)
            raise KeyboardInterrupt

    asked = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, answer in asked.items():
            signal.signal(each, answer)


def wait_for_ever(say: Callable[[str], None]) -> None:
    """Until Ctrl-C or SIGTERM."""
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        say("The register stops ...")


def what_runs(register: Up) -> str:
    """What runs where, a line each."""
    named = register.addresses
    database = "the one of DATABASE_URL" if os.environ.get(DATABASE_URL) else named.database_url
    lines = {
        "dashboard": register.dashboard,
        "API": f"{register.dashboard}/api",
        "Kafka": f"{named.kafka} (SASL_SSL, keys in {named.kafka_access})" if named.kafka_access else named.kafka,
        "PostgreSQL": database,
        "services": f"{', '.join(STOP_ORDER)}; logs in {register.data / 'logs'}",
        "data": str(register.data),
    }
    return "\n".join(f"  {name:<12}{value}" for name, value in lines.items())


def told_where(there: RunsAlready, data: Path) -> str:
    """For somebody who starts a register where one runs."""
    if not str(there):
        return f"A register is just starting on {data}."
    return f"It runs already: {there} (data in {data})"


def sayer(console: Console) -> Callable[[str], None]:
    """Lines on the console, as they are."""
    return lambda text: console.print(text, markup=False, soft_wrap=True)


@contextmanager
def _alone(data: Path) -> Iterator[Callable[[str], None]]:
    """Nobody else runs a register on this folder; yields what notes the dashboard's address.

    The system lets go of the lock when this program ends, however it ends.
    """
    if not data.exists():
        data.mkdir(parents=True)
        data.chmod(0o711)  # to be stepped through by PostgreSQL's user
    with (data / NOTE).open("a+", encoding="utf-8") as note:
        try:
            fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note.seek(0)
            raise RunsAlready(note.read().strip()) from None

        def write(address: str) -> None:
            note.truncate(0)
            note.write(address)
            note.flush()

        write("")
        yield write


def _environment(addresses: Addresses, data: Path) -> tuple[dict[str, str], Path | None]:
    """What the parts are started with, and where the vault's keys lie: nowhere, if both servers were given alone."""
    told = addresses.environment
    given = all(os.environ.get(name) for name in (DATABASE_URL, KAFKA_BOOTSTRAP)) and not os.environ.get("VAXREG_DATA")
    own = {} if given else {"VAXREG_DATA": str(data)}
    return {**os.environ, **told, **own}, None if given else data


def _port(host: str, wanted: int | None) -> int:
    for port in (USUAL_PORT, 0) if wanted is None else (wanted,):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise PortTaken(f"Port {wanted} of {host} is taken by another program, or is not allowed.")
