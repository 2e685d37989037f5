"""Reports that could not be read, kept sealed: they may hold anything, also an identity number."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection, Cursor

from register.reports import Place
from register.vault import Keys

AT_ONCE = 500  # values held in memory at a time; each is at most as large as a message


class Quarantined(NamedTuple):
    """One report as it is kept: where it stood, the bytes as nobody can read them, and why."""

    topic: str
    partition: int
    offset: int
    sealed: bytes | None
    code: str
    recorded_at: datetime


def seal(keys: Keys, place: Place, value: bytes | None, code: str, now: datetime) -> Quarantined:
    """A report sealed for quarantine, outside any transaction."""
    sealed = None if value is None else keys.seal_apart(_bound_to(*place[:3]), value)
    return Quarantined(place.topic, place.partition, place.offset, sealed, code, now)


def write(curs: Cursor[Any], rows: Sequence[Quarantined]) -> None:
    """Keep them, in the caller's transaction."""
    columns = '(topic, partition, "offset", sealed, code, recorded_at)'
    curs.executemany(f"INSERT INTO register.quarantine {columns} VALUES (%s, %s, %s, %s, %s, %s)", rows)


def opened(conn: Connection[Any], keys: Keys) -> Iterable[tuple[str, int, int, bytes]]:
    """Where each report in quarantine stood, and the bytes as they came; a few at a time."""
    with conn.transaction(), conn.cursor(name="quarantine", binary=True) as rows:
        rows.execute('SELECT topic, partition, "offset", sealed FROM register.quarantine WHERE sealed IS NOT NULL')
        while part := rows.fetchmany(AT_ONCE):
            for topic, partition, offset, sealed in part:
                yield topic, partition, offset, keys.unseal_apart(_bound_to(topic, partition, offset), sealed)


def blank(conn: Connection[Any], keys: Keys, holds: Callable[[bytes], bool]) -> int:
    """Forget the bytes of those that hold something; that there was a report, where and why, stays."""
    found = [place for *place, value in opened(conn, keys) if holds(value)]
    with conn.transaction(), conn.cursor() as curs:
        curs.executemany(
            'UPDATE register.quarantine SET sealed = NULL WHERE (topic, partition, "offset") = (%s, %s, %s)', found
        )
    return len(found)


def seal_old(conn: Connection[Any], keys: Keys) -> int:
    """Seal what an older register kept in clear, and let no page of the table hold it any longer."""
    if not _in_clear(conn):
        return 0
    with conn.transaction(), conn.cursor() as curs:
        # Of two that start at once the second waits, and finds it done.
        conn.execute("LOCK TABLE register.quarantine IN ACCESS EXCLUSIVE MODE")
        if not _in_clear(conn):
            return 0
        rows = conn.execute('SELECT topic, partition, "offset", value FROM register.quarantine WHERE value IS NOT NULL')
        found = rows.fetchall()
        sealed = [(keys.seal_apart(_bound_to(*place), value), *place) for *place, value in found]
        curs.executemany(
            'UPDATE register.quarantine SET sealed = %s WHERE (topic, partition, "offset") = (%s, %s, %s)', sealed
        )
        # The statistics that PostgreSQL keeps of the values go with the column.
        conn.execute("ALTER TABLE register.quarantine DROP COLUMN value")
    conn.execute("VACUUM FULL register.quarantine")
    return len(found)


def _in_clear(conn: Connection[Any]) -> bool:
    column = conn.execute(
        "SELECT FROM pg_attribute WHERE attrelid = 'register.quarantine'::regclass AND attname = 'value'"
    )
    return column.rowcount == 1


def _bound_to(topic: str, partition: int, offset: int) -> bytes:
    return f"quarantine\x1f{topic}\x1f{partition}\x1f{offset}".encode()
