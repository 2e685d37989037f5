"""Live tables, however the facts were batched, and rebuilt ones hold the same, which is what plain reckoning says."""

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections.coverage.causes import CAUSES
from projections.coverage.placed import CELL
from projections.people.project import People
from tests.coverage.histories import Fact, batch, deliveries, histories
from tests.coverage.oracle import MUNICIPAL_CELL, Counts, current, ledger

Conn = psycopg.Connection[Any]


@pytest.fixture
def database(fresh_database: str) -> Iterator[Conn]:
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        yield conn


def live(conn: Conn, batches: Sequence[Sequence[Fact]]) -> dict[str, list[tuple[Any, ...]]]:
    """What the tables hold after every batch in a transaction of its own."""
    people = People()
    _empty_schema(conn)
    with conn.transaction():
        people.create_tables(conn)
        people.create_indexes(conn)
    for one in batches:
        with conn.transaction():
            people.project(conn, batch(one))
    return _held(conn, people)


def rebuilt(conn: Conn, log: Sequence[Fact]) -> dict[str, list[tuple[Any, ...]]]:
    """What the tables hold after a rebuild."""
    people = People()
    _empty_schema(conn)
    with conn.transaction():
        people.create_tables(conn)
        people.rebuild(conn, batch(log))
        people.create_indexes(conn)
    return _held(conn, people)


def _empty_schema(conn: Conn) -> None:
    conn.execute("DROP SCHEMA IF EXISTS live CASCADE; CREATE SCHEMA live; SET search_path = live")


def _held(conn: Conn, people: People) -> dict[str, list[tuple[Any, ...]]]:
    return {table: sorted(conn.execute(query).fetchall(), key=repr) for table, query in people.tables().items()}


def _ledger(conn: Conn) -> Counts:
    columns = ", ".join(CELL)
    held = People().tables()["coverage_ledger"]
    rows = conn.execute(f"SELECT day_known, cause, {columns}, persons, doses FROM ({held}) held")
    return {(day, CAUSES[cause], *cell): (persons, doses) for day, cause, *cell, persons, doses in rows}


def _cells(conn: Conn) -> Counts:
    columns = ", ".join(MUNICIPAL_CELL)
    rows = conn.execute(f"SELECT {columns}, persons, doses FROM coverage WHERE persons <> 0 OR doses <> 0")
    return {tuple(cell): (persons, doses) for *cell, persons, doses in rows}


@settings(max_examples=18, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_live_tables_in_any_batches_equal_rebuilt_ones_and_the_plain_reckoning(
    database: Conn, data: st.DataObject
) -> None:
    log = data.draw(histories(persons=4, facts=24))
    lived = live(database, data.draw(deliveries(log)))
    assert _cells(database) == current(ledger(log))
    assert rebuilt(database, log) == lived
    assert _ledger(database) == ledger(log)
    assert _cells(database) == current(ledger(log))
