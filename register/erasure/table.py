"""Who must be erased, asked of the event store: facts alone say it, so that a restored vault is told again."""

import logging
from typing import Any

from psycopg import Connection
from psycopg.errors import LockNotAvailable

from register.erasure.facts import PersonErased
from register.ids import PERSON_TAG, subject

log = logging.getLogger(__name__)

INDEX = "register.stored_events_erased"
MAKE = (
    "CREATE INDEX {} stored_events_erased ON register.stored_events (originator_id)"
    f" WHERE topic = '{PersonErased.NAME}'"
)
ONE_MAKES_IT = f"SELECT pg_try_advisory_lock(hashtext('{INDEX}'))"
IS_WHOLE = f"SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('{INDEX}')"
NO_FACTS = "SELECT NOT EXISTS (SELECT FROM register.stored_events)"


def create_index(conn: Connection[Any]) -> None:
    """Without it, each start of an intake would read the whole event store; nobody who writes waits while it is made.

    Outside any transaction, and while this connection holds no lock that others wait for: it waits for all of them.
    """
    if conn.execute(IS_WHOLE).fetchone() == (True,):
        return
    # Who comes second goes on without it: waiting for this lock would be one more that the first waits for.
    if conn.execute(ONE_MAKES_IT).fetchone() != (True,) or (made := conn.execute(IS_WHOLE).fetchone()) == (True,):
        return
    if made is None and conn.execute(NO_FACTS).fetchone() == (True,):
        conn.execute(MAKE.format(""))
        return
    conn.execute("SET lock_timeout = '5s'")
    try:
        if made is not None:  # somebody was broken off
            conn.execute(f"DROP INDEX CONCURRENTLY {INDEX}")
        conn.execute(MAKE.format("CONCURRENTLY"))
    except LockNotAvailable:
        log.warning("who was erased is found slowly: a long transaction goes on; the next start makes the index")
    finally:
        conn.execute("RESET lock_timeout")


def erased(conn: Connection[Any]) -> list[int]:
    """The ids of everybody who was erased."""
    found = conn.execute(f"SELECT originator_id FROM register.stored_events WHERE topic = '{PersonErased.NAME}'")
    named = {subject(stream) for (stream,) in found}
    return sorted(person_id for tag, person_id in named if tag == PERSON_TAG)
