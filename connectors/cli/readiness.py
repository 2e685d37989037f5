"""What a register needs before any of its services begins, and how a service is told to stop."""

import os
import signal
from pathlib import Path
from threading import Event

from connectors.heartbeat import HEARTBEAT, Heartbeat
from register import topics
from register.settings import Settings
from register.store import create_tables


def make_ready(settings: Settings) -> None:
    """The write side's tables and the topics of facts, where they are not there yet."""
    create_tables(settings.database_url)
    topics.create(settings, topics.events())


def stopped_by_signals() -> Event:
    """Set by Ctrl-C and by SIGTERM from now on, also where a shell told its child to ignore the first."""
    file = os.environ.get(HEARTBEAT)
    stop = Heartbeat(Path(file)) if file else Event()
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, lambda *_: stop.set())
    return stop
