"""Start a server, or use the one that is there; stop it only if this program owns it."""

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import Event, Thread

import psutil

from register.servers import running
from register.servers.errors import ServerUnavailable
from register.servers.keeper import run_kept
from register.servers.process import Process, process, stop, this_process, wait_for_end
from register.servers.server import Server

PATIENCE = 90.0  # seconds until a server must answer, on a slow machine after a crash
LOOKS_EVERY = 1.0  # seconds between looks whether a server still lives
RESTS_AFTER_FAILURE = 10.0  # seconds


@contextmanager
def hosted(servers: Sequence[Server]) -> Iterator[list[str]]:
    """The addresses of these servers, in order; those this program had to start are stopped at the end."""
    me = this_process()
    owned: list[Server] = []
    try:
        with ThreadPoolExecutor() as at_once:
            addresses = list(at_once.map(lambda server: _begin(server, owned), servers))
        yield addresses
    finally:
        # A forked worker that leaves through here does not own what its parent started.
        if owned and this_process() == me:
            with ThreadPoolExecutor() as at_once:
                list(at_once.map(_end, owned))


@contextmanager
def started_again(servers: Sequence[Server], say: Callable[[str], None]) -> Iterator[None]:
    """While the block lasts, start those of these servers again that this program runs and that die; `say` hears it."""
    stop = Event()
    down: set[Server] = set()

    def watch() -> None:
        while not stop.wait(RESTS_AFTER_FAILURE if down else LOOKS_EVERY):
            for server in servers:
                noted = running.read(server.folder)
                if server not in down and not (noted and noted.owner == this_process() and not noted.server.alive):
                    continue
                say(f"{server.name} died and is started again; its log: {server.log}")
                try:
                    _begin(server, [])
                    down.discard(server)
                except ServerUnavailable as reason:
                    down.add(server)
                    say(str(reason))
                except Exception as failure:  # a full disk, say: it may have room again later
                    down.add(server)
                    say(f"{server.name} cannot be started: {failure}")

    watching = Thread(target=watch, name="servers", daemon=True)
    watching.start()
    try:
        yield
    finally:
        stop.set()
        watching.join()


def found(server: Server) -> str | None:
    """The address of this server if somebody runs it."""
    noted = running.read(server.folder)
    return noted.address if noted and server.answers(noted.address) else None


def _begin(server: Server, owned: list[Server]) -> str:
    server.make_folder()
    with running.locked(server.folder):
        noted = running.read(server.folder)
        owner = noted.owner if noted and noted.owner.alive else None
        if owner is None:
            owned.append(server)
        if noted and server.answers(noted.address):
            if owner:
                return noted.address
            if noted.keeper.alive:
                server.settle()
                running.write(server.folder, replace(noted, owner=this_process()))
                return noted.address
        _stop(server)
        address, command = server.prepare()
        # A server that died under a program that still runs is started again for that program.
        run_kept(server.folder, address, command, owner or this_process())
        _wait_until_it_answers(server, address)
        server.settle()
        return address


def _end(server: Server) -> None:
    with running.locked(server.folder):
        noted = running.read(server.folder)
        if noted is None or noted.owner == this_process():
            _stop(server)


def _stop(server: Server) -> None:
    noted = running.read(server.folder)
    if noted:
        stop([noted.server], server.stop_signal)
        # It ends by itself once its server has ended.
        stop(wait_for_end([noted.keeper], 2), signal.SIGTERM)
    stop(_left_behind(server), server.stop_signal)
    server.clear()
    running.forget(server.folder)


def _left_behind(server: Server) -> list[Process]:
    found = []
    for candidate in psutil.process_iter():
        with suppress(psutil.Error):
            if server.is_ours(candidate):
                found.append(process(candidate.pid))
    return found


def _wait_until_it_answers(server: Server, address: str) -> None:
    until = time.monotonic() + PATIENCE
    while not server.answers(address):
        noted = running.read(server.folder)
        if noted is None or not noted.server.alive or time.monotonic() > until:
            raise ServerUnavailable(
                f"{server.name} does not start. Its log {server.log} ends with:\n{server.last_lines()}"
            )
        time.sleep(0.05)
