"""Keeps the projections up with the log: read a round, fold it, write rows and positions in one transaction."""

import logging
from collections.abc import Callable, Sequence
from time import sleep
from typing import TypeVar

import psycopg
from kafka import TopicPartition
from kafka.errors import KafkaError, OffsetOutOfRangeError
from psycopg import Connection

from projections import live, log_reader, positions
from projections.follower import GROUP, Follower
from projections.log_reader import KafkaSettings
from projections.positions import Fenced, Positions
from projections.projection import Projection
from projections.rounds import Round, decode_round, project

log = logging.getLogger(__name__)

Stop = Callable[[], bool]
T = TypeVar("T")

MOST_ROWS = 250_000  # a round grows with the backlog up to about this
POLL = 1000  # milliseconds between looks at `stop` when nothing comes
PAUSE = 1.0  # seconds before a server that is gone is tried again
# SQLSTATEs of a database that is gone, stops, starts or is full (classes 08, 57P and 53): worth another try.
LOST = ("08", "57P", "53")


class LogLost(Exception):
    """Kafka's log ends before a position, or begins after it: it is not the log that was projected. Rebuild."""


def run(
    database_url: str,
    kafka: KafkaSettings,
    projections: Sequence[Projection],
    *,
    stop: Stop,
    until: Positions | None = None,
    group: str = GROUP,
    most_rows: int = MOST_ROWS,
) -> None:
    """Project until `stop`, or until every position in `until` has been reached (by whichever process).

    A server that is gone is waited for. Raises NeedsRebuild, LogLost, and whatever a projection raises.
    """
    database = _Database(database_url, stop)
    follower: Follower | None = None
    try:
        database.do(lambda conn: live.start(conn, projections))
        while until is None or not _reached(database.do(_positions), until):
            try:
                follower = follower or Follower(kafka, topics_of(projections), group)
                _round(database, follower, projections, most_rows)
            except OffsetOutOfRangeError as outside:
                raise LogLost(str(outside)) from outside
            except KafkaError as gone:
                log.warning("Kafka: %s; trying again", type(gone).__name__)
                sleep(PAUSE)
                if follower is not None:
                    follower.lose_place()
            if stop():
                break
    except _Stopped:
        pass
    finally:
        if follower is not None:
            follower.close()
        database.close()


def topics_of(projections: Sequence[Projection]) -> tuple[str, ...]:
    """The topics and patterns that any of them reads."""
    return tuple(sorted({topic for projection in projections for topic in projection.topics}))


def lag(
    database_url: str, kafka: KafkaSettings, projections: Sequence[Projection]
) -> dict[TopicPartition, tuple[int, int]]:
    """(position, end of the log) of every partition that the projections read."""
    ends = log_reader.ends(kafka, topics_of(projections))
    try:
        with live.connect(database_url) as conn:
            stored = positions.read(conn)
    except live.NothingLive:
        stored = {}
    return {place: (stored.get(place, 0), end) for place, end in ends.items()}


def caught_up(database_url: str, kafka: KafkaSettings, projections: Sequence[Projection]) -> bool:
    """Has everything been projected that was in the log a moment ago?"""
    return all(at >= end for at, end in lag(database_url, kafka, projections).values())


def _round(database: "_Database", follower: Follower, projections: Sequence[Projection], most_rows: int) -> None:
    found = follower.next_round(POLL, most_rows)
    if found is None:
        follower.place(database.do(_positions))
        return
    if not found:
        return
    this = decode_round(found, follower.begins, projections)
    try:
        database.do(lambda conn: _write(conn, this, projections))
    except Fenced as moved:
        log.warning("position moved by another process: %s", moved)
        follower.lose_place()
    else:
        follower.done(this.ends)


def _write(conn: Connection, this: Round, projections: Sequence[Projection]) -> None:
    with live.writing(conn):
        # A crash of PostgreSQL may take the last rounds with it, positions and rows alike; they are read again.
        # The log is what must not be lost, and it is not written here.
        conn.execute("SET LOCAL synchronous_commit = off")
        project(conn, this, projections)


def _positions(conn: Connection) -> Positions:
    with live.writing(conn):
        return positions.read(conn)


def _reached(stored: Positions, until: Positions) -> bool:
    return all(stored.get(place, 0) >= end for place, end in until.items())


class _Stopped(Exception):
    pass


class _Database:
    """A connection that is made again when it is lost."""

    def __init__(self, url: str, stop: Stop) -> None:
        self._url, self._stop = url, stop
        self._conn: Connection | None = None

    def do(self, work: Callable[[Connection], T]) -> T:
        """Do it until it is done. Where an answer was lost it may have been done before: positions tell."""
        while True:
            try:
                self._conn = self._conn or psycopg.connect(self._url, autocommit=True)
                return work(self._conn)
            except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure) as clash:
                log.warning("PostgreSQL: %s; trying again", type(clash).__name__)
            except (psycopg.OperationalError, psycopg.InterfaceError) as gone:
                if not (gone.sqlstate or LOST[0]).startswith(LOST):
                    raise  # what it refuses it will refuse again
                log.warning("PostgreSQL: %s; trying again", type(gone).__name__)
                self.close()
                sleep(PAUSE)
            if self._stop():
                raise _Stopped

    def close(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None
