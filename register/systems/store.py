"""The table of system names: whose each is, and since when."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection, Cursor

from register.systems.names import checked, shown

TABLE = """
-- Whose a system name is. The key is the name as names are compared; `written` is how it was first written.
CREATE TABLE IF NOT EXISTS register.systems (
    name text PRIMARY KEY,
    written text NOT NULL,
    sender text NOT NULL,
    since timestamptz NOT NULL
);
"""


class SystemNameTaken(Exception):
    """The system name belongs to another sender."""


class SystemNameUnknown(Exception):
    """Nobody has reported under this system name, or been given it."""


class System(NamedTuple):
    """A system name, the sender it belongs to, and since when."""

    name: str
    written: str
    sender: str
    since: datetime


def find(conn: Connection[Any], names: Collection[str]) -> dict[str, str]:
    """The sender that each of these names belongs to; a name that is nobody's is left out."""
    if not names:
        return {}
    found = conn.execute("SELECT name, sender FROM register.systems WHERE name = ANY(%s)", (sorted(names),))
    return dict(found.fetchall())


def write(curs: Cursor[Any], systems: Iterable[System]) -> None:
    """Names that were nobody's; raises UniqueViolation where another sender was quicker."""
    # In the same order everywhere: two intakes that meet the same names cannot wait for each other.
    curs.executemany("INSERT INTO register.systems VALUES (%s, %s, %s, %s)", sorted(systems))


def claim(conn: Connection[Any], name: str, sender: str, now: datetime) -> None:
    """Give a sender a name before it reports; raises SystemNameTaken and SystemNameBroken."""
    key = checked(name)
    conn.execute(
        "INSERT INTO register.systems VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING", (key, shown(name), sender, now)
    )
    if (owner := find(conn, [key])[key]) != sender:
        raise SystemNameTaken(
            f"{shown(name)} belongs to {owner}; give it away with: vaxreg sender system NAME --to {sender}"
        )


def move(conn: Connection[Any], name: str, sender: str, now: datetime) -> None:
    """From now on the name is this sender's; raises SystemNameUnknown and SystemNameBroken."""
    moved = conn.execute(
        "UPDATE register.systems SET sender = %s, since = %s WHERE name = %s AND sender <> %s RETURNING name",
        (sender, now, checked(name), sender),
    )
    if not moved.rowcount and not find(conn, [checked(name)]):
        raise SystemNameUnknown(f"{shown(name)} is nobody's; give it with: vaxreg sender add {sender} --system NAME")


def every(conn: Connection[Any]) -> list[System]:
    """Every name that is somebody's, by sender."""
    rows = conn.execute("SELECT name, written, sender, since FROM register.systems ORDER BY sender, name").fetchall()
    return [System(*row) for row in rows]
