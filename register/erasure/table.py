"""Who must be erased, asked of the event store: facts alone say it, so that a restored vault is told again."""

from typing import Any

from psycopg import Connection

from register.erasure.facts import PersonErased
from register.ids import PERSON_TAG, subject

INDEX = "register.stored_events_erased"


def create_index(conn: Connection[Any]) -> None:
    """Without it, each start of an intake would read the whole event store."""
    if conn.execute("SELECT to_regclass(%s)", (INDEX,)).fetchone() == (None,):
        conn.execute(
            f"CREATE INDEX stored_events_erased ON register.stored_events (originator_id)"
            f" WHERE topic = '{PersonErased.NAME}'"
        )


def erased(conn: Connection[Any]) -> list[int]:
    """The ids of everybody who was erased."""
    found = conn.execute(f"SELECT originator_id FROM register.stored_events WHERE topic = '{PersonErased.NAME}'")
    named = {subject(stream) for (stream,) in found}
    return sorted(person_id for tag, person_id in named if tag == PERSON_TAG)
