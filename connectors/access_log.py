"""Who asked about which person: written down before the answer is given, and kept."""

from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection


class Access(NamedTuple):
    """One question about one person; `person_id` None = the register knows nobody by the identity asked about."""

    who: str
    role: str
    purpose: str
    at: datetime
    person_id: int | None


def write_down(conn: Connection[Any], access: Access) -> None:
    """Keep this access for ever, written down before the record is read."""
    with conn.transaction():
        conn.execute(
            "INSERT INTO register.access_log (who, role, purpose, at, person_id) VALUES (%s, %s, %s, %s, %s)", access
        )
