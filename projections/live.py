"""Which PostgreSQL schema the projections live in: `projections_<n>`; a rebuild makes the next and switches.

`reference.live_projections` has one row that says which. Who writes holds a shared lock for its transaction, who
switches an exclusive one, so that no round is written half here and half there; readers need neither.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from projections import positions, unreadable
from projections.projection import Projection

PREFIX = "projections_"
_LOCK = "hashtext('reference.live_projections')"


class NothingLive(Exception):
    """No projection has been started yet: there is no schema to read from."""


class NeedsRebuild(Exception):
    """The live schema was made without some of these projections; `rebuild` makes one with all of them."""


def connect(database_url: str) -> Connection:
    """A connection for readers, with the live schema first in its search path; raises NothingLive."""
    conn = psycopg.connect(database_url, autocommit=True)
    try:
        use(conn, live_schema(conn))
    except BaseException:
        conn.close()
        raise
    return conn


def use(conn: Connection, schema: str, *, for_transaction: bool = False) -> None:
    """Put a schema first in the search path, for the session or for this transaction only."""
    conn.execute("SELECT set_config('search_path', %s, %s)", (f"{schema}, public", for_transaction))


def live_schema(conn: Connection) -> str:
    """The schema that is asked now; raises NothingLive."""
    if (schema := _live_schema(conn)) is None:
        raise NothingLive(NothingLive.__doc__)
    return schema


def _live_schema(conn: Connection) -> str | None:
    if conn.execute("SELECT to_regclass('reference.live_projections')").fetchall() == [(None,)]:
        return None
    row = conn.execute("SELECT schema FROM reference.live_projections").fetchone()
    return row[0] if row else None


@contextmanager
def writing(conn: Connection) -> Iterator[str]:
    """A transaction in the live schema, which stays the live one until it ends."""
    with conn.transaction():
        conn.execute(f"SELECT pg_advisory_xact_lock_shared({_LOCK})")
        schema = live_schema(conn)
        use(conn, schema, for_transaction=True)
        yield schema


@contextmanager
def switching(conn: Connection, schema: str) -> Iterator[str]:
    """A transaction at whose end this schema is the live one; until then nobody writes to the one it gives."""
    with conn.transaction():
        conn.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")
        yield live_schema(conn)
        conn.execute("UPDATE reference.live_projections SET schema = %s", (schema,))


def start(conn: Connection, projections: Sequence[Projection]) -> str:
    """The live schema, made now if there is none; raises NeedsRebuild where it was made for fewer projections."""
    with conn.transaction():
        conn.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")
        schema = _live_schema(conn)
        if schema is None:
            conn.execute("CREATE SCHEMA IF NOT EXISTS reference")
            conn.execute("CREATE TABLE IF NOT EXISTS reference.live_projections (schema text NOT NULL)")
            schema = create(conn, projections)
            for projection in projections:
                projection.create_indexes(conn)
            conn.execute("INSERT INTO reference.live_projections VALUES (%s)", (schema,))
        use(conn, schema, for_transaction=True)
        if missing := {projection.name for projection in projections} - projections_in(conn, schema):
            raise NeedsRebuild(", ".join(sorted(missing)))
    return schema


def create(conn: Connection, projections: Sequence[Projection]) -> str:
    """A further schema with empty tables and no indexes yet, first in this transaction's search path."""
    numbers = [int(schema.removeprefix(PREFIX)) for schema in schemas(conn)]
    schema = f"{PREFIX}{max(numbers, default=0) + 1}"
    conn.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))
    use(conn, schema, for_transaction=True)
    conn.execute(positions.TABLE)
    conn.execute(unreadable.TABLE)
    conn.execute("CREATE TABLE projections (name text PRIMARY KEY)")
    for projection in projections:
        conn.execute("INSERT INTO projections VALUES (%s)", (projection.name,))
        projection.create_tables(conn)
    return schema


def projections_in(conn: Connection, schema: str) -> set[str]:
    """The projections that a schema was made for."""
    rows = conn.execute(SQL("SELECT name FROM {}").format(Identifier(schema, "projections"))).fetchall()
    return {name for (name,) in rows}


def schemas(conn: Connection) -> list[str]:
    """Every schema that projections live, lived or were to live in."""
    rows = conn.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^projections_[0-9]+$'").fetchall()
    return [name for (name,) in rows]


def drop_all_but(conn: Connection, kept: str) -> None:
    """Remove what earlier rebuilds left behind."""
    for schema in schemas(conn):
        if schema != kept:
            conn.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(schema)))
