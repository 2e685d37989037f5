"""Waiting until what was sent so far has been decided, published and projected."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from kafka import KafkaConsumer, TopicPartition

from register import topics
from register.positions import intake_positions, relay_position
from register.settings import Settings

_LOOKS_EVERY = 0.2  # seconds
_STANDS_STILL_AFTER = 60.0  # seconds without any position moving
_IDS = {
    "facts": "SELECT max(notification_id) FROM register.stored_events",
    "receipts": "SELECT max(id) FROM register.receipts",
}

Connection = psycopg.Connection[Any]
Ends = dict[TopicPartition, int]


class NotCaughtUp(Exception):
    """Nothing moves any more although something is left to do."""


@dataclass(frozen=True, slots=True)
class Left:
    """How much of one step is left: reports to decide, ids to publish, or records to project."""

    step: str
    left: int


def catch_up(
    settings: Settings,
    projected: Callable[[Connection], Mapping[TopicPartition, int]],
    tell: Callable[[Left], None],
    check: Callable[[], None],
) -> Ends:
    """Wait until every report on Kafka now is in every projection; returns the positions reached.

    `projected` reads the projections' positions, `check` raises if a service that is needed has ended.
    """
    with psycopg.connect(settings.database_url, autocommit=True) as conn, _consumer(settings) as consumer:
        reports = _ends(consumer, topics.is_reports)
        _wait("reports to decide", lambda: _behind(reports, intake_positions(conn)), tell, check)
        for name, query in _IDS.items():
            last = conn.execute(query).fetchone()
            end = int(last[0] or 0) if last else 0
            _wait(f"{name} to publish", lambda name=name, end=end: end - relay_position(conn, name), tell, check)  # type: ignore[misc]
        published = _ends(consumer, _is_published)
        _wait("records to project", lambda: _behind(published, projected(conn)), tell, check)
    return published


def published_ends(settings: Settings) -> Ends:
    """Where the topics that projections read end now."""
    with _consumer(settings) as consumer:
        return _ends(consumer, _is_published)


def _is_published(topic: str) -> bool:
    return topic in (topics.PEOPLE, topics.SUPPLY) or topic.startswith(topics.RECEIPTS)


def _behind(ends: Ends, positions: Mapping[TopicPartition, int]) -> int:
    return sum(max(0, end - positions.get(place, 0)) for place, end in ends.items())


def _ends(consumer: KafkaConsumer, wanted: Callable[[str], bool]) -> Ends:
    """End of every partition with something in it; what was deleted after its week is nobody's work any more."""
    found = [topic for topic in consumer.topics() if wanted(topic)]
    places = [TopicPartition(topic, n) for topic in found for n in sorted(consumer.partitions_for_topic(topic) or ())]
    begins, ends = consumer.beginning_offsets(places), consumer.end_offsets(places)
    return {place: ends[place] for place in places if ends[place] > begins[place]}


def _wait(step: str, left: Callable[[], int], tell: Callable[[Left], None], check: Callable[[], None]) -> None:
    last, moved = -1, time.monotonic()
    while (remaining := left()) > 0:
        if remaining != last:
            last, moved = remaining, time.monotonic()
        elif time.monotonic() - moved > _STANDS_STILL_AFTER:
            raise NotCaughtUp(f"{remaining} {step}, and nothing has moved for {_STANDS_STILL_AFTER:g} s")
        tell(Left(step, remaining))
        check()
        time.sleep(_LOOKS_EVERY)
    tell(Left(step, 0))


@contextmanager
def _consumer(settings: Settings) -> Iterator[KafkaConsumer]:
    consumer = KafkaConsumer(**settings.kafka("vaxreg-catch-up"), metrics_enabled=False)
    try:
        yield consumer
    finally:
        consumer.close(autocommit=False)
