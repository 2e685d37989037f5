"""Holds what is used of kafka-python's inside: what it stores is what a consumer and its own code would make."""

import os
import random

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.partitioner.default import DefaultPartitioner
from kafka.record.default_records import DefaultRecordBatchBuilder

from register import record_batches, topics
from register.settings import Settings

LENGTHS = (0, 1, 8, 63, 64, 127, 128, 8191, 8192, 16_383, 16_384, 70_000)


def some_records(count: int) -> list[tuple[bytes, bytes]]:
    return [(os.urandom(8), os.urandom(LENGTHS[n % len(LENGTHS)])) for n in range(count)]


def test_records_are_laid_out_as_kafka_python_does() -> None:
    records = some_records(300)
    theirs = DefaultRecordBatchBuilder(2, 0, False, -1, -1, -1, 1 << 30)
    for place, (key, value) in enumerate(records):
        theirs.append(place, 7, key, value, [])
    assert record_batches.record_section(records) == bytes(theirs._buffer[61:])


def test_a_batch_is_read_back_as_it_was_sent(settings: Settings) -> None:
    topics.create(settings, topics.events())
    first, second = some_records(40), some_records(25)
    producer = record_batches.connect(settings, "test")
    for records in (first, second):
        record_batches.acknowledged(record_batches.send(producer, topics.PEOPLE, 1, records, 1_600_000_000_000))
    producer.close()
    place = TopicPartition(topics.PEOPLE, 1)
    consumer = KafkaConsumer(**settings.kafka("test"))
    consumer.assign([place])
    consumer.seek_to_beginning()
    found: list[tuple[bytes, bytes]] = []
    while len(found) < 65:
        found += [(record.key, record.value) for record in consumer.poll(1000).get(place, [])]
    assert consumer.end_offsets([place]) == {place: 65}
    consumer.close()
    assert found == first + second


def test_a_batch_that_the_broker_refuses_is_not_taken_for_stored(settings: Settings) -> None:
    topics.create(settings, topics.events())
    producer = record_batches.connect(settings, "test")
    too_large = [(bytes(8), random.randbytes(2_000_000))]
    with pytest.raises(record_batches.NotAcknowledged):
        record_batches.acknowledged(record_batches.send(producer, topics.PEOPLE, 0, too_large, 0))
    producer.close(timeout=1)


@pytest.mark.parametrize("partitions", [1, 4, 6, 100])
def test_a_key_lies_where_kafka_python_puts_it(partitions: int) -> None:
    class Cluster:
        def topics(self) -> set[str]:
            return {"t"}

        def partitions_for_topic(self, _: str) -> set[int]:
            return set(range(partitions))

        available_partitions_for_topic = partitions_for_topic

    theirs = DefaultPartitioner()
    for length in (1, 8, 25):
        key = os.urandom(length)
        assert record_batches.partition_of(key, partitions) == theirs.partition("t", key, key, b"", b"", Cluster())
