"""Whole Kafka record batches, built at once and handed to kafka-python's producer.

`KafkaProducer.send` takes 25 µs for a record. A batch of one partition, put together in one go, takes 2 µs for a
record; numbering, retries and acknowledgements stay with the producer. Its parts that are used here are private:
the version is pinned, and `tests/write_side/test_record_batches.py` reads back what the broker stored.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from kafka import KafkaProducer, TopicPartition
from kafka.partitioner.default import murmur2
from kafka.producer.producer_batch import ProducerBatch
from kafka.record.default_records import DefaultRecordBatchBuilder
from kafka.record.memory_records import MemoryRecordsBuilder

from register.settings import Settings
from register.varints import zigzag

Record = tuple[bytes, bytes]  # key and value

# Half of what a broker takes in one batch by default (1 MiB), before compression.
BATCH_BYTES = 512 * 1024
RECORD_OVERHEAD = 24
GIVES_UP_AFTER = 30  # seconds without an acknowledgement


class NotAcknowledged(Exception):
    """The broker did not acknowledge a batch; it may or may not have stored it."""


def connect(settings: Settings, client_id: str, sender: str | None = None) -> KafkaProducer:
    """A producer that numbers its batches (no repeats by retry) and waits for every replica in sync."""
    return KafkaProducer(
        **settings.kafka(client_id, sender),
        enable_idempotence=True,
        acks="all",
        compression_type="zstd",
        allow_auto_create_topics=False,
        delivery_timeout_ms=GIVES_UP_AFTER * 1000,
        request_timeout_ms=GIVES_UP_AFTER * 500,
        metrics_enabled=False,
    )


@lru_cache(maxsize=100_000)
def partition_of(key: bytes, partitions: int) -> int:
    """Where kafka-python and the Java client put a key (murmur2)."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions


def send(producer: KafkaProducer, topic: str, partition: int, records: Sequence[Record], timestamp_ms: int) -> Any:
    """Hand one batch over; returns what `acknowledged` waits for.

    A second batch for the same partition before the first is acknowledged could overtake it if the first fails.
    """
    return send_built(producer, built(producer, topic, partition, records, timestamp_ms))


def built(
    producer: KafkaProducer, topic: str, partition: int, records: Sequence[Record], timestamp_ms: int
) -> ProducerBatch:
    """A batch put together and not yet handed over."""
    records_of_batch = _Whole(records, timestamp_ms, producer.config["compression_attrs"])
    return ProducerBatch(TopicPartition(topic, partition), records_of_batch)


def send_built(producer: KafkaProducer, batch: ProducerBatch) -> Any:
    """Hand over a batch that is put together; what `send` says of batches of one partition holds here too."""
    place = batch.topic_partition
    producer.partitions_for(place.topic)  # a batch of a topic that the producer never heard of would lie still
    waiting = producer._accumulator
    with waiting._tp_lock(place):
        waiting._batches[place].append(batch)
        waiting._incomplete.add(batch)
    producer._sender.wakeup()
    return batch.produce_future


def acknowledged(future: Any) -> None:
    """Wait until the broker has stored the batch on every replica in sync; raises NotAcknowledged."""
    if not future.wait(GIVES_UP_AFTER + 10):
        raise NotAcknowledged("no answer")
    if future.failed():
        raise NotAcknowledged(type(future.exception).__name__)
    _offset, _time, why_failed = future.value
    if why_failed is not None:
        raise NotAcknowledged(type(why_failed(0)).__name__)


class _Whole(MemoryRecordsBuilder):  # type: ignore[misc]
    """A batch that is full from the start."""

    def __init__(self, records: Sequence[Record], timestamp_ms: int, codec: int) -> None:
        super().__init__(magic=2, compression_type=codec, batch_size=0)
        builder: DefaultRecordBatchBuilder = self._builder
        builder._buffer += record_section(records)
        builder._num_records = self._next_offset = len(records)
        builder._last_offset = len(records) - 1
        builder._first_timestamp = builder._max_timestamp = timestamp_ms


def record_section(records: Sequence[Record]) -> bytes:
    """The records of a batch, format v2, all at the batch's own time and without headers."""
    out: list[bytes] = []
    add = out.append
    for place, (key, value) in enumerate(records):
        body = b"".join((b"\0\0", zigzag(place), zigzag(len(key)), key, zigzag(len(value)), value, b"\0"))
        add(zigzag(len(body)))
        add(body)
    return b"".join(out)
