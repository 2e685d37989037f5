"""The table of accesses: only ever added to, one row after the other, each chained to the one before."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, get_args

from psycopg import Connection
from psycopg.pq import TransactionStatus

import schemas
from register.access.chain import EMPTY, Head, chained
from register.access.facts import AccessFact, RecordRead
from register.avro import encoder, field_names

# Beside the fact stand the parts of it that are searched for; `verify` holds them against the fact.
TABLE = """
CREATE TABLE register.accesses (
    number bigint PRIMARY KEY CHECK (number > 0),
    kind text NOT NULL,
    role text NOT NULL,
    at timestamptz NOT NULL,
    persons bigint[] NOT NULL,
    fact bytea NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32)
);
CREATE INDEX accesses_by_person ON register.accesses USING gin (persons);
CREATE INDEX accesses_not_readings ON register.accesses (kind, number) WHERE kind <> 'RecordRead.v1';
CREATE OR REPLACE FUNCTION register.only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is only ever added to', TG_TABLE_SCHEMA, TG_TABLE_NAME;
END
$$;
-- ALWAYS: also for a session that passes for a replica. Who owns the table can still switch it off; the chain tells.
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON register.accesses
    EXECUTE FUNCTION register.only_added_to();
ALTER TABLE register.accesses ENABLE ALWAYS TRIGGER only_added_to;
"""
# Who waits too long reads nothing; who holds the log and is heard of no more is cut off, for everybody waits for it.
LOCK = """
SET LOCAL lock_timeout = '20s';
SET LOCAL idle_in_transaction_session_timeout = '30s';
SELECT pg_advisory_xact_lock(hashtext('register.accesses'))
"""
HEAD = "SELECT number, hash FROM register.accesses ORDER BY number DESC LIMIT 1"
ADD = "INSERT INTO register.accesses (number, kind, role, at, persons, fact, hash) VALUES (%s, %s, %s, %s, %s, %b, %b)"

_CLASSES: dict[str, Callable[..., AccessFact]] = {kind.NAME: kind for kind in get_args(AccessFact)}


class NotYetKept(Exception):
    """An access was to be written inside a transaction that may still be rolled back, after the record was read."""


def create_tables(conn: Connection[Any]) -> None:
    """The table of accesses, where it is not there yet; what an older register wrote down goes first into it."""
    if conn.execute("SELECT to_regclass('register.accesses')").fetchall() == [(None,)]:
        conn.execute(TABLE)
    if conn.execute("SELECT to_regclass('register.access_log')").fetchall() != [(None,)]:
        _carry_over(conn)


def append(conn: Connection[Any], facts: Callable[[int], Sequence[AccessFact]]) -> int:
    """Keep facts for good; they are made when the number of the first is known, which is the answer.

    Raises NotYetKept unless the connection is outside any transaction: what is written here is committed here.
    """
    if conn.info.transaction_status != TransactionStatus.IDLE:
        raise NotYetKept(NotYetKept.__doc__)
    with conn.transaction():
        return append_within(conn, facts)


def append_within(conn: Connection[Any], facts: Callable[[int], Sequence[AccessFact]]) -> int:
    """The same in the caller's transaction, which ends soon: of what was tried and refused, so that nothing is read."""
    # One writer at a time, so that each sees the row that it follows; the lock goes with the transaction.
    conn.execute(LOCK)
    head = head_of(conn)
    added = facts(head.number + 1)
    chain = chained(head, map(encoded, added))
    rows = [(row.number, *columns(fact), row.fact, row.hash) for row, fact in zip(chain, added, strict=True)]
    with conn.cursor() as curs:
        curs.executemany(ADD, rows)
    return head.number + 1


def head_of(conn: Connection[Any]) -> Head:
    """The last row."""
    row = conn.execute(HEAD).fetchone()
    return Head(row[0], bytes(row[1])) if row else EMPTY


def columns(fact: AccessFact) -> tuple[str, str, datetime, list[int]]:
    """What stands beside the fact in its row: kind, role, at, persons."""
    return fact.NAME, getattr(fact, "role", ""), fact.at, list(getattr(fact, "persons", ()))


def encoded(fact: AccessFact) -> bytes:
    """The fact in the bytes that are chained."""
    return _encoder(fact.NAME)(fact)


@cache
def _encoder(name: str) -> Callable[[AccessFact], bytes]:
    values, encode = attrgetter(*field_names(name)), encoder(name)
    return lambda fact: encode(values(fact))


def fact_from(stored: bytes) -> AccessFact:
    """The fact in its bytes."""
    name, record = schemas.decode(stored)
    return _CLASSES[name](**{key: tuple(value) if isinstance(value, list) else value for key, value in record.items()})


def _carry_over(conn: Connection[Any]) -> None:
    old = conn.execute("SELECT who, role, purpose, at, person_id FROM register.access_log ORDER BY id").fetchall()
    if old:
        append_within(conn, lambda _: [_as_it_was(*row) for row in old])
    conn.execute("DROP TABLE register.access_log")


def _as_it_was(who: str, role: str, purpose: str, at: datetime, person_id: int | None) -> RecordRead:
    """A row of the table before this one, which held nothing but questions about certificates."""
    channel, persons = "api" if who == "read API" else "command", () if person_id is None else (person_id,)
    return RecordRead(at, who, role, purpose, "", "", channel, "eligibility", "", person_id, persons)
