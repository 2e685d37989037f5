"""How far behind the write side is: reports not yet decided, facts and receipts not yet published."""

from dataclasses import dataclass

import psycopg
from kafka import KafkaConsumer, TopicPartition

from register.positions import intake_positions, relay_position
from register.settings import Settings
from register.topics import REPORTS, is_reports


@dataclass(frozen=True, slots=True)
class RelayLag:
    """Rows that are committed and not yet acknowledged by Kafka."""

    facts: int
    receipts: int


def intake_lag(settings: Settings) -> dict[str, int]:
    """Reports not yet decided, by sender; senders without reports are there with 0."""
    with psycopg.connect(settings.database_url, autocommit=True) as conn:
        positions = intake_positions(conn)
    consumer = KafkaConsumer(**settings.kafka("vaxreg-lag"), metrics_enabled=False)
    try:
        found = [topic for topic in consumer.topics() if is_reports(topic)]
        places = [TopicPartition(topic, n) for topic in found for n in consumer.partitions_for_topic(topic)]
        begins, ends = consumer.beginning_offsets(places), consumer.end_offsets(places)
    finally:
        consumer.close(autocommit=False)
    lag = dict.fromkeys((topic.removeprefix(REPORTS) for topic in sorted(found)), 0)
    for place in places:
        lag[place.topic.removeprefix(REPORTS)] += max(0, ends[place] - max(positions.get(place, 0), begins[place]))
    return lag


def relay_lag(settings: Settings) -> RelayLag:
    """Facts and receipts not yet published. Ids have gaps, so this counts rows, which takes time when far behind."""
    with psycopg.connect(settings.database_url, autocommit=True) as conn:
        return RelayLag(
            _behind(conn, "SELECT count(*) FROM register.stored_events WHERE notification_id > %s", "facts"),
            _behind(conn, "SELECT count(*) FROM register.receipts WHERE id > %s", "receipts"),
        )


def _behind(conn: psycopg.Connection[tuple[int]], query: str, name: str) -> int:
    row = conn.execute(query, (relay_position(conn, name),)).fetchone()
    return row[0] if row else 0
