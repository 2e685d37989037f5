"""The event store on real PostgreSQL: what it keeps, and what it refuses."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError

from register import store
from register.erasure.table import INDEX, IS_WHOLE
from register.ids import PERSON_TAG, stream
from register.settings import Settings
from schemas import decode
from tests.write_side.builders import a_dose_fact, until

Conn = psycopg.Connection[Any]


@pytest.fixture
def recorder(settings: Settings) -> Iterator[store.FactRecorder]:
    opened = store.open_recorder(settings.database_url)
    yield opened
    opened.datastore.close()


def test_the_log_speaks_our_names(conn: Conn, recorder: store.FactRecorder) -> None:
    recorder.insert_events([store.stored(a_dose_fact(5))])
    [(topic, state)] = conn.execute("SELECT topic, state FROM register.stored_events").fetchall()
    assert topic == "DoseRecorded.v1" == decode(state)[0]


def test_a_fact_comes_back_as_it_was(recorder: store.FactRecorder) -> None:
    fact = a_dose_fact(5, flags=("INTERVAL-SHORT",))
    recorder.insert_events([store.stored(fact)])
    [event] = recorder.select_events(stream(PERSON_TAG, 5))
    factory = store.factory_for("postgresql://postgres@localhost/unused")
    assert factory.mapper().to_domain_event(event) == fact


def test_histories_come_in_order_and_apart(conn: Conn, recorder: store.FactRecorder) -> None:
    one, two, other = a_dose_fact(1), a_dose_fact(1, 2), a_dose_fact(2)
    recorder.insert_events([store.stored(fact) for fact in (one, other, two)])
    found = store.histories(conn, [stream(PERSON_TAG, n) for n in (1, 2, 3)])
    assert found == {stream(PERSON_TAG, 1): [one, two], stream(PERSON_TAG, 2): [other]}


def test_the_second_of_two_conflicting_decisions_is_refused(recorder: store.FactRecorder) -> None:
    recorder.insert_events([store.stored(a_dose_fact(1))])
    with pytest.raises(IntegrityError):
        recorder.insert_events([store.stored(a_dose_fact(2)), store.stored(a_dose_fact(1))])
    assert not recorder.select_events(stream(PERSON_TAG, 2))


def test_ids_are_told_and_read_in_the_order_written(recorder: store.FactRecorder) -> None:
    told = recorder.insert_events([store.stored(a_dose_fact(n)) for n in (3, 1, 2)])
    read = recorder.select_notifications(start=None, limit=10)
    assert [(note.id, note.originator_id) for note in read] == [
        (told[n], stream(PERSON_TAG, who)) for n, who in enumerate((3, 1, 2))
    ]


def test_tables_are_made_once_whoever_comes_first(settings: Settings) -> None:
    store.create_tables(settings.database_url)
    store.create_tables(settings.database_url)


@contextmanager
def index_being_made(settings: Settings, conn: Conn) -> Iterator[Thread]:
    """An older register's index of the erased, whose maker waits for a writer who began before."""
    conn.execute(f"DROP INDEX {INDEX}")
    asked = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND wait_event_type = 'Lock'"

    def make() -> None:
        with suppress(psycopg.OperationalError):
            store.create_tables(settings.database_url)

    maker = Thread(target=make)
    with psycopg.connect(settings.database_url) as writer:
        writer.execute("LOCK TABLE register.stored_events IN ROW EXCLUSIVE MODE")
        maker.start()
        until(lambda: conn.execute(asked).fetchone() == (1,))
        yield maker
    maker.join(20)
    assert not maker.is_alive()


def test_while_the_index_of_the_erased_is_made_others_write_and_start(
    settings: Settings, conn: Conn, recorder: store.FactRecorder
) -> None:
    recorder.insert_events([store.stored(a_dose_fact(1))])
    with index_being_made(settings, conn):
        with psycopg.connect(settings.database_url) as other:
            other.execute("SET lock_timeout = '2s'")
            other.execute("LOCK TABLE register.stored_events IN ROW EXCLUSIVE MODE")
        store.create_tables(settings.database_url)
    assert conn.execute(IS_WHOLE).fetchone() == (True,)


def test_an_index_of_the_erased_that_was_broken_off_is_made_by_the_next_who_starts(
    settings: Settings, conn: Conn, recorder: store.FactRecorder
) -> None:
    recorder.insert_events([store.stored(a_dose_fact(1))])
    with index_being_made(settings, conn):
        conn.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%'")
    assert conn.execute(IS_WHOLE).fetchone() == (False,)
    store.create_tables(settings.database_url)
    assert conn.execute(IS_WHOLE).fetchone() == (True,)
