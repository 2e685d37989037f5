"""Numbers of erased people that may still stand in reports: sealed, without a person id, until they are gone there.

An erasure destroys the keys first, and then looks for the numbers in reports and in quarantine. Whoever goes on after
a crash, or when the last reports have been decided, is told one number of the person's, and must know the others.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection

from register.identities.number import Identity
from register.vault.keys import Keys, read_back, written

TABLES = """
CREATE TABLE IF NOT EXISTS vault.lingering (
    id bigserial PRIMARY KEY,
    since timestamptz NOT NULL,
    sealed bytea NOT NULL
);
"""

_BETWEEN = b"\x1e"  # stands in no identity
_BOUND_TO = b"lingering"


class Lingering(NamedTuple):
    """All numbers of one person, to be looked for."""

    id: int
    identities: frozenset[Identity]


def add(conn: Connection[Any], keys: Keys, identities: Iterable[Identity], since: datetime) -> None:
    """Look for these numbers of one person until they are gone."""
    sealed = keys.seal_apart(_BOUND_TO, _BETWEEN.join(sorted(map(written, identities))))
    conn.execute("INSERT INTO vault.lingering (since, sealed) VALUES (%s, %s)", (since, sealed))


def every(conn: Connection[Any], keys: Keys) -> list[Lingering]:
    """What is still to be looked for."""
    rows = conn.execute("SELECT id, sealed FROM vault.lingering ORDER BY id", binary=True).fetchall()
    return [
        Lingering(number, frozenset(map(read_back, keys.unseal_apart(_BOUND_TO, sealed).split(_BETWEEN))))
        for number, sealed in rows
    ]


def gone(conn: Connection[Any], numbers: Iterable[int]) -> None:
    """These stand nowhere any more."""
    conn.execute("DELETE FROM vault.lingering WHERE id = ANY(%s)", (list(numbers),))


def forget_before(conn: Connection[Any], instant: datetime) -> bool:
    """Reports are not kept so long: who was to be looked for before then is in none. Whether there was somebody."""
    return conn.execute("DELETE FROM vault.lingering WHERE since < %s", (instant,)).rowcount > 0
