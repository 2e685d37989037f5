"""Every topic but the senders' reports, record by record as the broker gives it, uncompressed."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
import polars as pl
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaTimeoutError

from connectors.privacy.finding import UNREADABLE, Finding, finding
from connectors.privacy.looking import Looker
from projections.avro_block import Misread, container_header, read_block
from projections.batches import RecordBatch, deliver_batches
from register.topics import is_reports
from schemas import Undecodable, UnknownSchema, decode

PATIENCE = 60_000  # milliseconds without anything
AT_ONCE = 4_000  # batches; the bytes that are fetched are bounded too
Heard = Callable[[int], None]

# A record is, byte for byte, an Avro record, as long as it has no headers.
_FIELDS = {
    "length": "long",
    "attributes": "long",
    "timestamp_delta": "long",
    "offset_delta": "long",
    "key": "bytes",
    "value": "bytes",
    "headers": "long",
}
_RECORDS = container_header(
    {"type": "record", "name": "Record", "fields": [{"name": name, "type": kind} for name, kind in _FIELDS.items()]}
)
_OVERHEAD = (6, 13, 20, 27)  # bits from which on a length takes one byte more


def topics_of(kafka: dict[str, Any]) -> list[str]:
    """Every topic that there is but the senders' reports, also the broker's own."""
    admin = KafkaAdminClient(**kafka)
    try:
        return sorted(topic for topic in admin.list_topics() if not is_reports(topic))
    finally:
        admin.close()


def scan_topics(kafka: dict[str, Any], looker: Looker, heard: Heard) -> Iterator[Finding]:
    """Where numbers stand in the topics, up to their ends now; `heard` is told how many records were looked at."""
    topics = topics_of(kafka)
    yield from (finding(f"topic {topic}", "", "its name") for topic in topics if looker.text(topic))
    consumer = KafkaConsumer(
        **kafka,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        # What a transaction left behind lies there all the same.
        isolation_level="read_uncommitted",
        allow_auto_create_topics=False,
        metrics_enabled=False,
        exclude_internal_topics=False,
        max_partition_fetch_bytes=4 << 20,
        fetch_max_bytes=32 << 20,
    )
    try:
        deliver_batches(consumer)
        places = [TopicPartition(topic, number) for topic in topics for number in consumer.partitions_for_topic(topic)]
        for place, batches in _read(consumer, places):
            heard(sum(batch.count for batch in batches))
            yield from _of_batches(place, batches, looker)
    finally:
        consumer.close(autocommit=False)


def _read(
    consumer: KafkaConsumer, places: Sequence[TopicPartition]
) -> Iterator[tuple[TopicPartition, list[RecordBatch]]]:
    begins, ends = consumer.beginning_offsets(places), consumer.end_offsets(places)
    left = {place for place in places if begins[place] < ends[place]}
    consumer.assign(sorted(left))
    for place in left:
        consumer.seek(place, begins[place])
    while left:
        some = consumer.poll(PATIENCE, max_records=AT_ONCE)
        yield from some.items()
        arrived = {place for place in left if consumer.position(place) >= ends[place]}
        if not some and not arrived:
            raise KafkaTimeoutError("the topics could not be read to their ends")
        left -= arrived
        consumer.pause(*arrived)


def _of_batches(place: TopicPartition, batches: Sequence[RecordBatch], looker: Looker) -> Iterator[Finding]:
    topic = f"topic {place.topic}"
    closed = [batch for batch in batches if batch.records is None]
    for batch in closed:
        yield finding(topic, f"partition {place.partition} from offset {batch.base_offset}", UNREADABLE)
    for offset, what in _of_open([batch for batch in batches if batch.count and batch not in closed], looker):
        yield finding(topic, f"partition {place.partition} offset {offset}", what)


def _of_open(batches: Sequence[RecordBatch], looker: Looker) -> Iterator[tuple[int, str]]:
    if not batches:
        return
    try:
        records = _in_columns(batches)
    except Misread:
        # Only the batch at fault is read record by record, which is slow.
        again = (_of_open([batch], looker) if len(batches) > 1 else _one_by_one(batch, looker) for batch in batches)
        yield from chain.from_iterable(again)
        return
    offsets = np.repeat([batch.base_offset for batch in batches], [batch.count for batch in batches])
    keys, values = records["key"].to_list(), records["value"].to_list()
    for row in sorted({*looker.suspects(keys), *looker.suspects(values)}):
        for what in _of_record(keys[row], values[row], (), looker):
            yield int(offsets[row]) + records["offset_delta"][row], what


def _one_by_one(batch: RecordBatch, looker: Looker) -> Iterator[tuple[int, str]]:
    for record in batch.stored:
        for what in _of_record(record.key, record.value, record.headers, looker):
            yield record.offset, what


def _in_columns(batches: Sequence[RecordBatch]) -> pl.DataFrame:
    """The records of these batches; raises Misread where they are not surely read right."""
    sections = [batch.records for batch in batches if batch.records is not None]
    names = [name for name in _FIELDS if name != "timestamp_delta"]
    records = read_block(_RECORDS, sum(batch.count for batch in batches), sections, names)
    lengths = records["length"].to_numpy()
    size = int((lengths + 1).sum()) + sum(int((lengths >= 1 << bits).sum()) for bits in _OVERHEAD)
    if (lengths < 0).any() or size != sum(map(len, sections)) or (records["headers"] != 0).any():
        raise Misread("headers")
    return records


def _of_record(key: bytes | None, value: bytes | None, headers: Any, looker: Looker) -> Iterator[str]:
    if key and looker.data(key):
        yield "key"
    for name, content in headers:
        if looker.text(name) or (content and looker.data(content)):
            yield "a header"
    if value:
        yield from (f"value, {field}" if field else "value" for field in fields_of(value, looker))


def fields_of(value: bytes, looker: Looker) -> Iterator[str]:
    """The fields, of a value in one of the register's schemas, in which a number stands; "" where it has none."""
    try:
        _, record = decode(value)
    except (UnknownSchema, Undecodable):
        if looker.data(value):
            yield ""
        return
    yield from looker.fields(record)
