"""Whose record it is: all identities of the person, and whether the person's identity is protected."""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection

import schemas
from register.ids import PERSON_TAG, stream
from register.links.store import identities_of, root_of

# What the register decided last, which no projection that lags behind can lack.
LAST_WORD = """
SELECT DISTINCT ON (originator_id) state FROM register.stored_events
WHERE originator_id = ANY(%s) AND topic IN ('PersonProtected.v1', 'PersonRestated.v1')
ORDER BY originator_id, originator_version DESC
"""


def persons_of(conn: Connection[Any], person_id: int) -> tuple[int, ...]:
    """Every identity that is one person with this one, the one that keeps the doses first."""
    return tuple(identities_of(conn, root_of(conn, person_id)))


def grade_of(conn: Connection[Any], persons: Sequence[int]) -> str:
    """The grade of protection of a person, empty if none: what is protected under one identity is under all."""
    rows = conn.execute(LAST_WORD, ([stream(PERSON_TAG, person_id) for person_id in persons],)).fetchall()
    records = [schemas.decode(bytes(state))[1] for (state,) in rows]
    return max((record.get("grade") or record.get("protection") or "" for record in records), default="")
