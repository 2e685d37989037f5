"""The event store: the only place where a decision is written, because only it can refuse the second of two.

It is eventsourcing's PostgreSQL recorder with three things of our own: the stored name of a fact is its schema's
(`DoseRecorded.v1`), its bytes are the Avro bytes that go out on Kafka, and it is written by COPY inside the
transaction that also holds the batch's receipts and positions.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any, cast
from uuid import UUID

from eventsourcing.persistence import Mapper, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore, PostgresFactory
from psycopg import Connection, Cursor
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow
from psycopg.sql import SQL

import schemas
from register import tables, vault
from register.avro import encoder, field_names
from register.binary_copy import copy
from register.erasure import table as erasures
from register.facts import AnyFact, fact_from, subject_of
from register.ids import stream
from register.links import store as links

SCHEMA = "register"
CHANNEL = "stored_events"


def stream_of(fact: AnyFact) -> UUID:
    """The history that a fact stands in."""
    return stream(*subject_of(fact))


def stored(fact: AnyFact) -> StoredEvent:
    """A fact as it is kept and published."""
    return StoredEvent(stream_of(fact), fact.version, fact.NAME, _encoder(cast(Hashable, type(fact)))(fact))


@cache
def _encoder(kind: type[AnyFact]) -> Callable[[AnyFact], bytes]:
    names = field_names(kind.NAME)
    if {field.name for field in fields(kind)} != set(names):
        raise TypeError(f"{kind.__name__} has other fields than its schema")
    values, encode = attrgetter(*names), encoder(kind.NAME)
    return lambda fact: encode(values(fact))


class FactMapper(Mapper[UUID]):
    """Facts under our own names: the library's mapper would write Python import paths into the log for ever."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        return stored(domain_event)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        return fact_from(*schemas.decode(stored_event.state))


class FactRecorder(PostgresApplicationRecorder):
    """Appends facts by COPY; the primary key (history, version) refuses the second of two conflicting decisions."""

    def __init__(self, datastore: PostgresDatastore, *, events_table_name: str = "stored_events") -> None:
        super().__init__(datastore, events_table_name=events_table_name)
        # Same purpose as the library's table lock (ids are committed in order, so that readers skip nothing), but
        # a table lock waits up to a second for every automatic ANALYZE of a table that only grows.
        self.lock_table_statements = [SQL("SELECT pg_advisory_xact_lock(hashtext('register.stored_events'))")]

    def _create_table(self, curs: Cursor[DictRow]) -> None:
        # Only where it is not there yet: to look whether an index is, PostgreSQL locks the table, and whoever starts
        # would hold every writer up while it waits for one of them.
        curs.execute("SELECT to_regclass(%s) AS made", [f"{SCHEMA}.{self.notification_id_index_name}"])
        row = curs.fetchone()
        if row is None or row["made"] is None:
            super()._create_table(curs)

    def append(self, curs: Cursor[Any], stored_events: Iterable[StoredEvent]) -> None:
        """Write facts inside the caller's transaction, which should end soon: other writers wait for it."""
        self._lock_table(curs)
        self._notify_channel(curs)
        self._insert_stored_events(curs, stored_events)

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        """The library's own way in: facts alone, in a transaction of their own."""
        if not stored_events:
            return []
        with self.datastore.transaction(commit=True) as curs:
            self.append(curs, stored_events)
            # Ids are given out under the lock, so these facts have the last ones, without a gap.
            curs.execute("SELECT currval('register.stored_events_notification_id_seq') AS last")
            row = curs.fetchone()
            assert row is not None
            return range(row["last"] - len(stored_events) + 1, row["last"] + 1)

    def _insert_stored_events(self, curs: Cursor[Any], stored_events: Iterable[StoredEvent], **_: Any) -> None:
        copy(
            curs,
            (SCHEMA, self.events_table_name),
            ("originator_id", "originator_version", "topic", "state"),
            (
                (
                    cast(UUID, event.originator_id).bytes,
                    event.originator_version.to_bytes(8, "big"),
                    event.topic.encode(),
                    event.state,
                )
                for event in stored_events
            ),
        )


def open_recorder(database_url: str) -> FactRecorder:
    """The event store of this database, its tables made where they are not there yet."""
    with Connection.connect(database_url, autocommit=True) as conn:
        # Of two processes starting at once, the second waits until the first is done with all of it.
        conn.execute("SELECT pg_advisory_lock(hashtext('register.create_tables'))")
        with conn.transaction():
            conn.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            tables.create_tables(conn)
            conn.execute(links.TABLE)
            vault.create_tables(conn)
        recorder = factory_for(database_url).application_recorder()
        conn.execute("SELECT pg_advisory_unlock(hashtext('register.create_tables'))")
        erasures.create_index(conn)
    assert isinstance(recorder, FactRecorder)
    return recorder


def create_tables(database_url: str) -> None:
    """The write side's tables, where they are not there yet."""
    open_recorder(database_url).datastore.close()


def factory_for(database_url: str) -> PostgresFactory:
    """The library's own way to a recorder and a mapper, with ours in their places."""
    parts = conninfo_to_dict(database_url)
    return PostgresFactory(
        {
            "POSTGRES_DBNAME": str(parts.get("dbname", "")),
            "POSTGRES_HOST": str(parts.get("host", "")),
            "POSTGRES_PORT": str(parts.get("port", "5432")),
            "POSTGRES_USER": str(parts.get("user", "")),
            "POSTGRES_PASSWORD": str(parts.get("password", "")),
            "POSTGRES_SCHEMA": SCHEMA,
            "POSTGRES_POOL_SIZE": "1",
            "APPLICATION_RECORDER_TOPIC": "register.store:FactRecorder",
            "MAPPER_TOPIC": "register.store:FactMapper",
        }
    )


def histories(conn: Connection[Any], streams: Sequence[UUID]) -> dict[UUID, list[AnyFact]]:
    """Every fact of these histories in the order it was decided; a history without facts is left out."""
    found: dict[UUID, list[AnyFact]] = defaultdict(list)
    rows = conn.execute(
        "SELECT originator_id, state FROM register.stored_events WHERE originator_id = ANY(%s)"
        " ORDER BY originator_id, originator_version",
        (list(streams),),
        binary=True,
    )
    for history, state in rows:
        found[history].append(fact_from(*schemas.decode(state)))
    return found
