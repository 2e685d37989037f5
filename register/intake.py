"""Intake: reports from Kafka, decided in batches, into the event store.

Positions are kept in PostgreSQL, in the transaction of the facts. So a crash at any point neither loses nor repeats
anything, and a process that has lost its partition to another one cannot write.
"""

import logging
from collections.abc import Collection, Mapping
from threading import Event
from typing import Any

import psycopg
from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from psycopg.errors import DeadlockDetected, SerializationFailure, UniqueViolation

from register import batch, vault
from register.positions import Fenced, intake_positions
from register.reports import Report, Unreadable, read
from register.settings import Settings
from register.store import FactRecorder, open_recorder
from register.topics import REPORTS_PATTERN

log = logging.getLogger(__name__)

GROUP = "intake"
BATCH = 5_000  # reports decided at a time when there is a backlog
LOOKS_EVERY = 1_000  # milliseconds between looks at `stop` when nothing comes
WAITS_AFTER_FAILURE = 0.5  # seconds

Connection = psycopg.Connection[tuple[Any, ...]]


def run_intake(settings: Settings, stop: Event) -> None:
    """Decide reports until told to stop; a lost server is waited for."""
    while not stop.is_set():
        try:
            recorder = open_recorder(settings.database_url)
            try:
                with psycopg.connect(settings.database_url, autocommit=True) as conn:
                    vault.check_keys(conn, settings.keys)
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
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        allow_auto_create_topics=False,
        metadata_max_age_ms=1_000,  # how soon a new sender is found
        session_timeout_ms=6_000,  # how soon the partitions of a killed process go to another one
        heartbeat_interval_ms=1_500,
        fetch_max_wait_ms=100,
        metrics_enabled=False,
    )
    try:
        intake = Intake(settings, recorder, conn, consumer)
        consumer.subscribe(pattern=REPORTS_PATTERN, listener=intake)
        while not stop.is_set():
            intake.take(intake.drain())
    finally:
        consumer.close(autocommit=False)


class Intake(ConsumerRebalanceListener):  # type: ignore[misc]
    """One reader of a share of the partitions."""

    def __init__(self, settings: Settings, recorder: FactRecorder, conn: Connection, consumer: KafkaConsumer) -> None:
        self._settings = settings
        self._recorder = recorder
        self._conn = conn
        self._consumer = consumer
        self._positions: dict[TopicPartition, int] = {}

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Go on where the register's own positions are; what was never begun is read from the start."""
        self._positions = intake_positions(self._conn)
        for place in assigned:
            if place in self._positions:
                self._consumer.seek(place, self._positions[place])

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Nothing to hand over: the next owner reads the positions itself."""

    def drain(self) -> dict[TopicPartition, list[Any]]:
        """Wait for the first reports, then take along what else is there already."""
        self._finish_joining()
        found: dict[TopicPartition, list[Any]] = {}
        count, wait = 0, LOOKS_EVERY
        while count < BATCH and (more := self._consumer.poll(wait, max_records=BATCH - count)):
            for place, records in more.items():
                found.setdefault(place, []).extend(records)
                count += len(records)
            wait = 0
        return found

    def _finish_joining(self) -> None:
        """Keep at it when a `poll` ended while the group was being joined.

        kafka-python 3.0.12 forgets a join that a new topic led to and that took longer than one `poll`: nothing is
        ever assigned again.
        """
        if self._consumer._coordinator.rejoining:
            self._consumer._coordinator.request_rejoin()

    def take(self, found: Mapping[TopicPartition, list[Any]]) -> None:
        """Decide and write what was read; decide again where another process wrote to the same histories."""
        reports: list[Report | Unreadable] = []
        reached: dict[TopicPartition, int] = {}
        for place, records in found.items():
            position = self._positions.get(place, 0)
            fresh = [record for record in records if record.offset >= position]
            if not fresh:
                continue
            reports += [read(place.topic, place.partition, record.offset, record.value) for record in fresh]
            reached[place] = fresh[-1].offset + 1
        if not reports:
            return
        expected = {place: self._positions.get(place) for place in reached}
        now = self._settings.clock()
        while True:
            outcome = batch.decide(self._conn, self._settings.keys, reports, now)
            try:
                batch.write(self._conn, self._recorder, outcome, expected, reached)
            except (UniqueViolation, DeadlockDetected, SerializationFailure) as conflict:
                log.info("%s reports are decided again (%s)", len(reports), type(conflict).__name__)
                continue
            except Fenced:
                self._go_back()
            else:
                self._positions |= reached
            return

    def _go_back(self) -> None:
        """Another process decided some of these reports: read on from where the register now is."""
        log.warning("positions were moved by another intake")
        self.on_partitions_assigned(self._consumer.assignment())
