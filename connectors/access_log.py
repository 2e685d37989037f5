"""Who read which person's record: written down before the answer is given, and kept."""

from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection

TABLES = """
CREATE TABLE IF NOT EXISTS register.access_log (
    id bigserial PRIMARY KEY,
    who text NOT NULL,
    role text NOT NULL,
    purpose text NOT NULL,
    at timestamptz NOT NULL,
    person_id bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS access_log_by_person ON register.access_log (person_id, at);
"""


class Access(NamedTuple):
    """One reading of one person's record."""

    who: str
    role: str
    purpose: str
    at: datetime
    person_id: int


def write_down(conn: Connection[Any], access: Access) -> None:
    """Keep this access for ever, in a transaction of its own that ends before the record is read."""
    with conn.transaction():
        # Of two first readers at once, one would find the table half made.
        conn.execute("SELECT pg_advisory_xact_lock(hashtext('register.access_log'))")
        conn.execute(TABLES)
        conn.execute(
            "INSERT INTO register.access_log (who, role, purpose, at, person_id) VALUES (%s, %s, %s, %s, %s)", access
        )
