"""The questions: what was said of an identity and others; and the last word on every pair.

Which two may be one human being, to be looked at, is asked in candidates.py.
"""

from datetime import datetime
from typing import Any, Literal, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row


class Pair(NamedTuple):
    """The last word on two identities; kept and absorbed say who was linked to whom, else the order of the ids."""

    kept: int
    absorbed: int
    state: Literal["linked", "unlinked", "apart"]
    reason: str
    evidence: str
    by: str
    sender: str
    recorded_at: datetime


def pairs_of(conn: Connection[Any], person_id: int) -> list[Pair]:
    """All pairs that an identity is in, the latest word first."""
    columns = ", ".join(f'"{name}"' for name in Pair._fields)
    question = f"SELECT {columns} FROM identity_pairs WHERE low = %(who)s OR high = %(who)s"
    with conn.cursor(row_factory=class_row(Pair)) as cursor:
        return cursor.execute(f"{question} ORDER BY recorded_at DESC, low, high", {"who": person_id}).fetchall()
