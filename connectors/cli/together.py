"""The whole register in one program."""

import signal
import socket
import sys
import time
from threading import Event

from connectors.cli.register import environment, register
from connectors.services import WRITE_AND_READ_SIDE, Services, services
from register import topics
from register.settings import Settings
from register.store import open_recorder

_LOOKS_EVERY = 0.5  # seconds


def make_ready(settings: Settings) -> None:
    """The write side's tables and the topics of facts, where they are not there yet."""
    open_recorder(settings.database_url).datastore.close()
    topics.create(settings, topics.events())


def stopped_by_signals() -> Event:
    """Set by Ctrl-C and by SIGTERM from now on, also where a shell told its child to ignore the first."""
    stop = Event()
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, lambda *_: stop.set())
    return stop


def run_together(host: str, port: int) -> None:
    """Servers, services and web page until Ctrl-C; raises ServiceStopped if one of them ends before."""
    # A shell starts what it puts in the background with Ctrl-C ignored; this program can always be asked to stop.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print("starting the register ...", file=sys.stderr)
    try:
        with environment() as env:
            with register() as settings:
                make_ready(settings)
            web = ("web", "--host", host, "--port", str(port))
            with services([*((name,) for name in WRITE_AND_READ_SIDE), web], env) as running:
                _until_it_answers(running, host, port)
                print(f"the register runs: http://{host}:{port} (Ctrl-C stops it)", file=sys.stderr)
                while True:
                    time.sleep(_LOOKS_EVERY)
                    running.check()
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)


def _until_it_answers(running: Services, host: str, port: int) -> None:
    while True:
        running.check()
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(_LOOKS_EVERY)
        else:
            return
