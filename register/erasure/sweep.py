"""What people sent, until it is deleted: reports on Kafka and those in quarantine that hold an erased number."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaTimeoutError
from psycopg import Connection

from register import quarantine
from register.erasure.traces import Traces
from register.identities.number import Identity
from register.positions import intake_positions
from register.settings import Settings
from register.topics import is_reports

PATIENCE = 60_000  # milliseconds without any record
AT_ONCE = 5_000  # records

Offsets = dict[TopicPartition, list[int]]


class Swept(NamedTuple):
    """What was found: reports deleted, reports that intake has not decided yet, and reports blanked in quarantine."""

    deleted: int = 0
    undecided: int = 0
    blanked: int = 0


def sweep(settings: Settings, conn: Connection[Any], identities: Iterable[Identity]) -> Swept:
    """Delete and blank whatever holds one of these numbers; a report not yet decided must wait for intake."""
    traces = Traces(identities)
    found = _found(settings, traces)
    # Read after the reports: what has been decided meanwhile can go as well.
    decided = intake_positions(conn)
    before = {place: [one for one in offsets if one < decided.get(place, 0)] for place, offsets in found.items()}
    _delete(settings, {place: offsets[-1] + 1 for place, offsets in before.items() if offsets})
    deleted = sum(map(len, before.values()))
    # Last: what could not be read may have come into quarantine meanwhile.
    blanked = quarantine.blank(conn, settings.keys, traces.stand_in)
    return Swept(deleted, sum(map(len, found.values())) - deleted, blanked)


def _found(settings: Settings, traces: Traces) -> Offsets:
    """Where the numbers stand on the senders' topics, up to their ends now."""
    consumer = KafkaConsumer(
        **settings.kafka("vaxreg-erasure"),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        # Also what a transaction left behind: it is no report, and lies there all the same.
        isolation_level="read_uncommitted",
        allow_auto_create_topics=False,
        metrics_enabled=False,
        max_partition_fetch_bytes=16 << 20,
        fetch_max_bytes=64 << 20,
    )
    try:
        topics = [topic for topic in consumer.topics() if is_reports(topic)]
        places = [TopicPartition(topic, number) for topic in topics for number in consumer.partitions_for_topic(topic)]
        begins, ends = consumer.beginning_offsets(places), consumer.end_offsets(places)
        left = {place for place in places if begins[place] < ends[place]}
        consumer.assign(sorted(left))
        for place in left:
            consumer.seek(place, begins[place])
        found: Offsets = {}
        while left:
            some = consumer.poll(PATIENCE, max_records=AT_ONCE)
            for place, records in some.items():
                offsets = [one.offset for one in records if one.value and traces.stand_in(one.value)]
                if offsets:
                    found.setdefault(place, []).extend(offsets)
            arrived = {place for place in left if consumer.position(place) >= ends[place]}
            if not some and not arrived:
                raise KafkaTimeoutError("the senders' topics could not be read to their ends")
            left -= arrived
            consumer.pause(*arrived)
        return found
    finally:
        consumer.close(autocommit=False)


def _delete(settings: Settings, until: dict[TopicPartition, int]) -> None:
    """Move the beginnings of partitions: nobody is given what lies before, and the broker deletes its files soon."""
    if not until:
        return
    admin = KafkaAdminClient(**settings.kafka("vaxreg-erasure"))
    try:
        admin.delete_records(until)
    finally:
        admin.close()
