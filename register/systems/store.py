"""The table of system names: whose each is, and since when."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection

from register.systems.names import checked, shown

TABLE = """
-- System names that were given to a sender. The key is the name as names are compared; `written` is how it was first
-- written; `records_of` is whom it was first given to, under whom its records stand wherever the name goes.
CREATE TABLE IF NOT EXISTS register.systems (
    name text PRIMARY KEY,
    written text NOT NULL,
    sender text NOT NULL,
    since timestamptz NOT NULL,
    records_of text NOT NULL
);
"""


class SystemNameTaken(Exception):
    """The system name belongs to another sender."""


class SystemNameUnknown(Exception):
    """The system name was given to nobody."""


class System(NamedTuple):
    """A system name, the sender it belongs to, and since when."""

    name: str
    written: str
    sender: str
    since: datetime
    records_of: str


_SYSTEMS = "SELECT name, written, sender, since, records_of FROM register.systems"


def find(conn: Connection[Any], names: Collection[str]) -> dict[str, System]:
    """These names, as far as they were given to a sender."""
    if not names:
        return {}
    found = conn.execute(f"{_SYSTEMS} WHERE name = ANY(%s)", (sorted(names),)).fetchall()
    return {row[0]: System(*row) for row in found}


def claim(conn: Connection[Any], name: str, sender: str, now: datetime) -> None:
    """Give a sender a name that is its own from now on; raises SystemNameTaken and SystemNameBroken."""
    key = checked(name)
    conn.execute(
        "INSERT INTO register.systems VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (key, shown(name), sender, now, sender),
    )
    if (owner := find(conn, [key])[key].sender) != sender:
        raise SystemNameTaken(
            f"{shown(name)} belongs to {owner}; give it away with: vaxreg sender system NAME --to {sender}"
        )


def move(conn: Connection[Any], name: str, sender: str, now: datetime) -> None:
    """From now on the name is this sender's, with all its records; raises SystemNameUnknown and SystemNameBroken."""
    moved = conn.execute(
        "UPDATE register.systems SET sender = %s, since = %s WHERE name = %s AND sender <> %s RETURNING name",
        (sender, now, checked(name), sender),
    )
    if not moved.rowcount and not find(conn, [checked(name)]):
        raise SystemNameUnknown(f"{shown(name)} is nobody's; give it with: vaxreg sender add {sender} --system NAME")


def every(conn: Connection[Any]) -> list[System]:
    """Every name that is somebody's, by sender."""
    return [System(*row) for row in conn.execute(f"{_SYSTEMS} ORDER BY sender, name")]
