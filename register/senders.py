"""The senders: who may report, each with a topic to write to and one to read the answers from."""

from dataclasses import dataclass
from datetime import datetime

import psycopg

from register import store, topics
from register.settings import Settings


@dataclass(frozen=True, slots=True)
class Sender:
    """A sender and when the register began to listen to it."""

    name: str
    created_at: datetime


def add(settings: Settings, name: str) -> list[str]:
    """Make the topics of a new sender; says which ones were made. Raises SenderNameBroken, changes nothing twice."""
    made = topics.create(settings, topics.of_sender(name))
    store.create_tables(settings.database_url)
    with psycopg.connect(settings.database_url) as conn:
        conn.execute("INSERT INTO register.senders VALUES (%s, %s) ON CONFLICT DO NOTHING", (name, settings.clock()))
    return made


def known(settings: Settings) -> list[Sender]:
    """Every sender that was added, by name."""
    with psycopg.connect(settings.database_url) as conn:
        rows = conn.execute("SELECT name, created_at FROM register.senders ORDER BY name").fetchall()
    return [Sender(*row) for row in rows]
