"""Intake: reports from Kafka, decided in batches, into the event store.

Positions are kept in PostgreSQL, in the transaction of the facts. So a crash at any point neither loses nor repeats
anything, and a process that has lost its partition to another one cannot write.
"""

import gc
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from math import inf
from threading import Event
from time import monotonic
from typing import Any

import psycopg
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import IllegalStateError, KafkaError
from psycopg.errors import DeadlockDetected, SerializationFailure, UniqueViolation

from register import batch, quarantine, vault
from register.erasure.again import ASKED_EVERY, erase_again, let_go
from register.known import Overtaken
from register.membership import PausedUntilPlaced, finish_joining, patience
from register.positions import Fenced, intake_positions
from register.reports import Report, Unreadable, read
from register.settings import Settings
from register.store import FactRecorder, open_recorder
from register.topics import REPORTS_PATTERN

log = logging.getLogger(__name__)

GROUP = "intake"
BATCH = 5_000  # reports decided at a time when there is a backlog
# Fewer reports wait so many seconds for more: one batch costs everybody behind intake less than many small ones.
FEW, GATHERS = 500, 0.05
LOOKS_EVERY = 1_000  # milliseconds between looks at `stop` when nothing comes
WAITS_AFTER_FAILURE = 0.5  # seconds
LOOKS_AGAIN_AFTER = 1.0  # seconds until a partition that is too short is looked at again
CONFLICTS = 10  # times a batch is decided again before it is read again

Connection = psycopg.Connection[tuple[Any, ...]]


def run_intake(settings: Settings, stop: Event) -> None:
    """Decide reports until told to stop; a lost server is waited for."""
    while not stop.is_set():
        try:
            recorder = open_recorder(settings.database_url)
            try:
                with psycopg.connect(settings.database_url, autocommit=True) as conn:
                    vault.check_keys(conn, settings.keys)
                    quarantine.seal_old(conn, settings.keys)
                    erase_again(conn, settings.keys, settings.clock())
                    _read_on(settings, recorder, conn, stop)
            finally:
                recorder.datastore.close()
        except (psycopg.OperationalError, KafkaError) as lost:
            log.warning("intake interrupted (%s), continues from its positions", type(lost).__name__)
            stop.wait(WAITS_AFTER_FAILURE)


def _read_on(settings: Settings, recorder: FactRecorder, conn: Connection, stop: Event) -> None:
    consumer = KafkaConsumer(
        **settings.kafka("vaxreg-intake"),
        group_id=GROUP,
        enable_auto_commit=False,
        auto_offset_reset="none",  # a position that Kafka no longer has must be noticed, not skipped
        isolation_level="read_committed",
        allow_auto_create_topics=False,
        metadata_max_age_ms=1_000,  # how soon a new sender is found
        session_timeout_ms=6_000,  # how soon the partitions of a killed process go to another one
        heartbeat_interval_ms=1_500,
        fetch_max_wait_ms=20,  # what comes meanwhile on another partition waits as long
        metrics_enabled=False,
    )
    try:
        intake = Intake(settings, recorder, conn, consumer)
        consumer.subscribe(pattern=REPORTS_PATTERN, listener=PausedUntilPlaced(consumer, intake.lose_place))
        while not stop.is_set():
            intake.look()
    finally:
        consumer.close(autocommit=False)


@contextmanager
def _no_garbage_collected() -> Iterator[None]:
    """A batch makes a hundred thousand objects that refer to nothing in a circle: looking for circles takes 20 %."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Intake:
    """One reader of a share of the partitions; whenever it could have lost its place, it asks the register."""

    def __init__(self, settings: Settings, recorder: FactRecorder, conn: Connection, consumer: KafkaConsumer) -> None:
        self._settings = settings
        self._recorder = recorder
        self._conn = conn
        self._consumer = consumer
        self._positions: dict[TopicPartition, int] = {}
        self._short: set[TopicPartition] = set()
        self._again_at = inf
        self._lost = True
        self._lets_go_at = datetime.min.replace(tzinfo=UTC)

    def lose_place(self) -> None:
        """What is read from now on is not used until the register has been asked for its positions."""
        self._lost = True

    def look(self) -> None:
        """Decide what is there now; wait a little for the first report."""
        if self._lost or monotonic() > self._again_at:
            self._go_to_positions()
        self._let_go()
        found = self.drain()
        if self._lost:
            return
        if found:
            self.take(found)
        else:
            self._pass_over()

    def _let_go(self) -> None:
        """An intake may run for months: once a day numbers of the erased go that no report can hold any more."""
        if (now := self._settings.clock()) >= self._lets_go_at:
            let_go(self._conn, now)
            self._lets_go_at = now + ASKED_EVERY

    def _go_to_positions(self) -> None:
        """Go on where the register's own positions are; what was never begun is read from the start."""
        self._lost = False  # first: a rebalance meanwhile sets it again
        self._positions = intake_positions(self._conn)
        mine = list(self._consumer.assignment())
        begins, ends = self._consumer.beginning_offsets(mine), self._consumer.end_offsets(mine)
        self._leave_out({place for place in mine if self._positions.get(place, 0) > ends[place]})
        for place in mine:
            at = self._positions.get(place, 0)
            if at < begins[place]:
                log.error(
                    "%s %s: offsets %s to %s were deleted before they were decided; their sender must send them again",
                    *(place.topic, place.partition, at, begins[place] - 1),
                )
            try:
                self._consumer.seek(place, max(at, begins[place]))
                (self._consumer.pause if place in self._short else self._consumer.resume)(place)
            except (ValueError, KeyError):  # taken from us meanwhile; the listener has been called
                continue

    def _leave_out(self, short: set[TopicPartition]) -> None:
        """Partitions that end before what was decided of them wait, and hold up no other; they are looked at again.

        A broker that has just started may not tell its whole log yet. A log that was lost and is filled anew grows past
        the position some day: what lies before it there is never decided, and its sender must send it again.
        """
        for place in short - self._short:
            log.error("%s %s ends before what was decided of it: it waits", place.topic, place.partition)
        for place in (self._short - short) & self._consumer.assignment():
            log.error(
                "%s %s goes on at %s: if its log was lost, what was sent since below that must be sent again",
                *(place.topic, place.partition, self._positions.get(place, 0)),
            )
        self._short, self._again_at = short, monotonic() + LOOKS_AGAIN_AFTER if short else inf

    def drain(self) -> dict[TopicPartition, list[Any]]:
        """Wait for the first reports, then take along what else is there or comes soon."""
        finish_joining(self._consumer)
        found: dict[TopicPartition, list[Any]] = {}
        count, wait, until = 0, patience(self._consumer, LOOKS_EVERY), inf
        while count < BATCH and (more := self._consumer.poll(wait, max_records=BATCH - count)):
            for place, records in more.items():
                found.setdefault(place, []).extend(records)
                count += len(records)
            until = min(until, monotonic() + GATHERS)
            wait = max(0, round(1_000 * (until - monotonic()))) if count < FEW else 0
        return found

    def take(self, found: Mapping[TopicPartition, list[Any]]) -> None:
        """Decide and write what was read; decide again where another process wrote to the same histories."""
        reports: list[Report | Unreadable] = []
        reached: dict[TopicPartition, int] = {}
        with _no_garbage_collected():
            for place, records in found.items():
                position = self._positions.get(place, 0)
                for record in records:
                    if record.offset >= position:
                        reports.append(read(place.topic, place.partition, record.offset, record.value))
                        reached[place] = position = record.offset + 1
            if reports:
                self._write(reports, reached)

    def _pass_over(self) -> None:
        """Go past what is no record, as the marks of a transaction are: else somebody would wait for it for ever."""
        reached: dict[TopicPartition, int] = {}
        for place in self._consumer.assignment() - self._consumer.paused():
            try:
                at = self._consumer.position(place, timeout_ms=LOOKS_EVERY)
            except IllegalStateError:  # taken from us meanwhile
                return
            if at is not None and at > self._positions.get(place, 0):
                reached[place] = at
        if reached and not self._lost:
            self._write([], reached)

    def _write(self, reports: Sequence[Report | Unreadable], reached: Mapping[TopicPartition, int]) -> None:
        expected = {place: self._positions.get(place) for place in reached}
        now = self._settings.clock()
        for _ in range(CONFLICTS):
            outcome = batch.decide(self._conn, self._settings.keys, reports, now)
            try:
                batch.write(self._conn, self._recorder, outcome, expected, reached)
            except (UniqueViolation, DeadlockDetected, SerializationFailure, Overtaken) as conflict:
                log.info("%s reports are decided again (%s)", len(reports), type(conflict).__name__)
            except Fenced:
                log.warning("positions were moved by another intake")
                break
            else:
                self._positions |= reached
                return
        else:
            log.error("%s reports were overtaken %s times and are read again", len(reports), CONFLICTS)
        self.lose_place()
