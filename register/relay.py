"""The relay: committed facts and receipts out to Kafka, in the order decided, unchanged, at least once.

A crash between an acknowledgement and the saved position makes facts come again; readers drop what they have seen
(the version of a fact, the number of a receipt).
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any

import psycopg
from kafka import KafkaProducer
from kafka.errors import KafkaError

from register import record_batches, topics
from register.clock import Clock
from register.ids import PERSON_TAG
from register.positions import Fenced, move_relay, relay_position
from register.record_batches import BATCH_BYTES, RECORD_OVERHEAD, NotAcknowledged, Record
from register.settings import Settings
from register.store import CHANNEL

log = logging.getLogger(__name__)

PAGE = 8_000  # facts, and as many receipts, read, published and acknowledged at a time: all that is ever in flight
LOOKS_EVERY = 0.2  # seconds between looks when nobody notifies
WAITS_AFTER_FAILURE = 0.5  # seconds

Connection = psycopg.Connection[tuple[Any, ...]]
Batches = dict[tuple[str, int], list[list[Record]]]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Something that is published in the order of its ids: `query` gives id, where to, key and value."""

    name: str
    query: str
    topic: Callable[[Any], str]


Positions = dict[Outgoing, int]  # the last id that was published

FACTS = Outgoing(
    "facts",
    # Byte 8 of a stream's id tells persons from stocks, the last eight are the Kafka key.
    "SELECT notification_id, get_byte(uuid_send(originator_id), 7), substring(uuid_send(originator_id) FROM 9), state"
    " FROM register.stored_events WHERE notification_id > %s ORDER BY notification_id LIMIT %s",
    lambda tag: topics.PEOPLE if tag == PERSON_TAG else topics.SUPPLY,
)
RECEIPTS = Outgoing(
    "receipts",
    "SELECT id, sender, key, state FROM register.receipts WHERE id > %s ORDER BY id LIMIT %s",
    topics.receipts,
)


def run_relay(settings: Settings, stop: Event) -> None:
    """Publish until told to stop; a lost server is waited for, a second relay waits as standby."""
    while not stop.is_set():
        try:
            with psycopg.connect(settings.database_url, autocommit=True) as conn:
                if not _alone(conn, stop):
                    return
                producer = record_batches.connect(settings, "vaxreg-relay")
                try:
                    _publish(conn, Publisher(settings, producer, settings.clock), stop)
                finally:
                    producer.close(timeout=1)
        except (psycopg.OperationalError, KafkaError, NotAcknowledged, Fenced) as lost:
            log.warning("relay interrupted (%s), continues from its position", type(lost).__name__)
            stop.wait(WAITS_AFTER_FAILURE)


def _alone(conn: Connection, stop: Event) -> bool:
    """Wait for the one lock that a relay holds while it lives."""
    lock = "SELECT pg_try_advisory_lock(hashtext('register.relay'))"
    while not stop.is_set():
        row = conn.execute(lock).fetchone()
        if row is not None and row[0]:
            return True
        stop.wait(LOOKS_EVERY)
    return False


def _publish(conn: Connection, publisher: "Publisher", stop: Event) -> None:
    # A crash of PostgreSQL may take the last positions with it: what followed them is published again.
    conn.execute("SET synchronous_commit = off")
    conn.execute(f"LISTEN {CHANNEL}")
    positions = {outgoing: relay_position(conn, outgoing.name) for outgoing in (FACTS, RECEIPTS)}
    while not stop.is_set():
        reached = publisher.publish_page(conn, positions)
        if not reached:
            for _ in conn.notifies(timeout=LOOKS_EVERY, stop_after=1):
                pass
        positions |= reached


class Publisher:
    """Puts pages of rows on Kafka, one unacknowledged batch per partition at a time: so nothing overtakes."""

    def __init__(self, settings: Settings, producer: KafkaProducer, clock: Clock) -> None:
        self._settings = settings
        self._producer = producer
        self._clock = clock
        self._partitions: dict[str, int] = {}

    def publish_page(self, conn: Connection, positions: Mapping[Outgoing, int]) -> Positions:
        """Publish a page of what follows each position, wait until all is acknowledged, and save how far it went."""
        reached: Positions = {}
        batches: Batches = {}
        for outgoing, position in positions.items():
            if rows := conn.execute(outgoing.query, (position, PAGE), binary=True).fetchall():
                reached[outgoing] = int(rows[-1][0])
                batches |= self._batches(rows, outgoing)
        if reached:
            self._send(batches)
            with conn.transaction():
                for outgoing, last in reached.items():
                    move_relay(conn, outgoing.name, positions[outgoing], last)
        return reached

    def _batches(self, rows: Sequence[tuple[Any, ...]], outgoing: Outgoing) -> Batches:
        batches: Batches = defaultdict(lambda: [[]])
        sizes: dict[tuple[str, int], int] = defaultdict(int)
        for _, where, key, value in rows:
            topic = outgoing.topic(where)
            place = topic, record_batches.partition_of(key, self._count(topic))
            size = len(key) + len(value) + RECORD_OVERHEAD
            sizes[place] += size
            if sizes[place] > BATCH_BYTES and batches[place][-1]:
                batches[place].append([])
                sizes[place] = size
            batches[place][-1].append((key, value))
        return batches

    def _send(self, batches: Batches) -> None:
        now_ms = int(self._clock().timestamp() * 1000)
        waves = max(len(of_partition) for of_partition in batches.values())
        for wave in range(waves):
            sent = [
                record_batches.send(self._producer, topic, partition, of_partition[wave], now_ms)
                for (topic, partition), of_partition in batches.items()
                if wave < len(of_partition)
            ]
            for future in sent:
                record_batches.acknowledged(future)

    def _count(self, topic: str) -> int:
        if topic not in self._partitions:
            topics.create(self._settings, [topics.kept_for_ever(topic)])
            self._partitions[topic] = len(self._producer.partitions_for(topic))
        return self._partitions[topic]
