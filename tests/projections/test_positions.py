"""Positions are moved by compare-and-set, or not at all."""

from collections.abc import Iterator

import psycopg
import pytest
from kafka import TopicPartition

from projections import positions
from projections.positions import Fenced

HERE, THERE = TopicPartition("events.test", 0), TopicPartition("events.test", 1)


@pytest.fixture
def conn(fresh_database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        conn.execute(positions.TABLE)
        yield conn


def test_a_position_moves_from_where_it_is_expected(conn: psycopg.Connection) -> None:
    positions.move(conn, {}, {HERE: 5, THERE: 7})
    positions.move(conn, {HERE: 5}, {HERE: 9})
    assert positions.read(conn) == {HERE: 9, THERE: 7}


@pytest.mark.parametrize("expected", [0, 4, 6, 9])
def test_a_position_that_is_elsewhere_fences_and_nothing_moves(conn: psycopg.Connection, expected: int) -> None:
    positions.move(conn, {}, {HERE: 5, THERE: 5})
    with pytest.raises(Fenced), conn.transaction():
        positions.move(conn, {HERE: 5, THERE: expected}, {HERE: 10, THERE: 10})
    assert positions.read(conn) == {HERE: 5, THERE: 5}


def test_a_position_that_should_be_there_and_is_not_fences(conn: psycopg.Connection) -> None:
    with pytest.raises(Fenced):
        positions.move(conn, {HERE: 5}, {HERE: 10})


@pytest.mark.parametrize("begins", [{}, {HERE: 5}])
def test_of_two_who_move_it_at_once_one_is_fenced(
    conn: psycopg.Connection, fresh_database: str, begins: dict[TopicPartition, int]
) -> None:
    if begins:
        positions.move(conn, {}, begins)
    with psycopg.connect(fresh_database) as other:
        positions.move(other, begins, {HERE: 8})
        conn.execute("SET lock_timeout = '100ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            positions.move(conn, begins, {HERE: 9})
        other.commit()
    with pytest.raises(Fenced):
        positions.move(conn, begins, {HERE: 9})
    assert positions.read(conn) == {HERE: 8}
