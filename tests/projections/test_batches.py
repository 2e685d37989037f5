"""The private part of kafka-python that delivers whole batches: an upgrade that changes it fails here."""

from importlib.metadata import version
from inspect import signature
from itertools import pairwise
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.consumer.fetcher import Fetcher
from kafka.errors import CorruptRecordError
from kafka.record.default_records import DefaultRecordBatch
from kafka.record.memory_records import MemoryRecords

from projections.batches import RecordBatch, _PartitionBatches, deliver_batches
from projections.columnar import decode
from projections.log_reader import READING
from tests.projections.facts import encoded, histories
from tests.projections.stored import ZSTD, stored

PLACE = TopicPartition("events.test", 0)
READS = {"DoseRecorded.v1": ("person_id",), "PersonMoved.v1": ("person_id",), "PersonDied.v1": ("person_id",)}


def fetched(*batches: bytes, begins: int = 0) -> Any:
    """What the fetcher makes of the answer to a fetch."""
    return _PartitionBatches(begins, PLACE, MemoryRecords(b"".join(batches)))


def facts(count: int) -> list[tuple[bytes, bytes]]:
    return [encoded(fact) for fact in histories(count, 10)]


def test_the_version_that_was_looked_into_is_the_one_in_use() -> None:
    assert version("kafka-python") == "3.0.12"


def test_the_private_parts_are_what_they_were() -> None:
    parts = Fetcher.PartitionRecords
    taken = ["self", "fetch_offset", "tp", "records", "key_deserializer", "value_deserializer", "check_crcs"]
    taken += ["isolation_level", "aborted_transactions", "metric_aggregator", "on_drain"]
    assert [*signature(parts.__init__).parameters] == taken
    unpacked = ["self", "tp", "records", "key_deserializer", "value_deserializer"]
    assert [*signature(parts._unpack_records).parameters] == unpacked
    assert [*signature(parts._maybe_skip_record).parameters] == ["self", "record"]
    for name in ("take", "drain", "_consume_aborted_transactions_up_to", "_is_batch_aborted", "_contains_abort_marker"):
        assert callable(getattr(parts, name))
    assert {"_buffer", "_pos"} <= {*DefaultRecordBatch.__slots__}
    assert callable(DefaultRecordBatch._maybe_uncompress)


def test_one_item_for_each_batch_and_the_next_fetch_begins_after_it() -> None:
    got = fetched(stored(facts(3)), stored(facts(4), 3), stored(facts(5), 7))
    assert [batch.count for batch in got.take(2)] == [3, 4]
    assert got.next_fetch_offset == 7
    assert got
    assert [batch.count for batch in got.take(2)] == [5]
    assert got.next_fetch_offset == 12
    assert not got


def test_a_fetch_that_begins_inside_a_batch_gets_the_whole_batch() -> None:
    [batch] = fetched(stored(facts(10)), begins=4).take()
    assert (batch.base_offset, batch.next_offset, batch.count) == (0, 10, 10)


def test_a_batch_whose_checksum_is_wrong_is_never_delivered() -> None:
    broken = bytearray(stored(facts(4), 3))
    broken[100] ^= 1
    got = fetched(stored(facts(3)), bytes(broken))
    [first] = got.take()
    assert first.count == 3
    assert got.next_fetch_offset == 3
    with pytest.raises(CorruptRecordError, match="checksum"):
        got.take()


def test_the_attributes_of_a_batch_are_not_changed_by_uncompressing() -> None:
    told = facts(200)
    [plain], [packed] = fetched(stored(told)).take(), fetched(stored(told, 0, ZSTD)).take()
    assert packed.stored.size_in_bytes < plain.stored.size_in_bytes
    assert packed.records == plain.records


@pytest.fixture
def topic(kafka_address: str, unique_name: str) -> str:
    """A topic of one partition."""
    admin = KafkaAdminClient(bootstrap_servers=kafka_address)
    admin.create_topics({unique_name: {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
    admin.close()
    return unique_name


def poll_all(kafka_address: str, topic: str, end: int, begins: int = 0, isolation: str = "") -> list[RecordBatch]:
    settings = READING | ({"isolation_level": isolation} if isolation else {})
    consumer = KafkaConsumer(bootstrap_servers=kafka_address, **settings)
    deliver_batches(consumer)
    consumer.assign([TopicPartition(topic, 0)])
    consumer.seek(TopicPartition(topic, 0), begins)
    found: list[RecordBatch] = []
    while not found or found[-1].next_offset < end:
        for batches in consumer.poll(timeout_ms=500, max_records=3).values():
            found += batches
    consumer.close()
    return found


@pytest.mark.parametrize("codec", [None, "gzip", "lz4", "zstd"])
def test_batches_of_a_real_broker_follow_each_other_and_hold_every_fact(
    kafka_address: str, topic: str, codec: str | None
) -> None:
    told = facts(3000)
    producer = KafkaProducer(bootstrap_servers=kafka_address, compression_type=codec, batch_size=4096)
    for key, value in told:
        producer.send(topic, key=key, value=value, headers=[])
    producer.close()
    found = poll_all(kafka_address, topic, 3000)
    assert found[0].base_offset == 0
    assert all(before.next_offset == after.base_offset for before, after in pairwise(found))
    assert sum(batch.count for batch in found) == 3000
    everyone = decode(topic, 0, found, READS | {"PersonRegistered.v1": ("person_id",)})
    assert sum(frame.height for frame in everyone.frames.values()) == 3000
    inside = poll_all(kafka_address, topic, 3000, begins=1500)
    assert inside[0].base_offset <= 1500 < inside[0].next_offset


def test_an_aborted_transaction_leaves_nothing_but_its_place(kafka_address: str, topic: str) -> None:
    told = facts(30)
    producer = KafkaProducer(bootstrap_servers=kafka_address, transactional_id=topic)
    producer.init_transactions()
    for part, keep in ((told[:10], True), (told[10:20], False), (told[20:], True)):
        producer.begin_transaction()
        for key, value in part:
            producer.send(topic, key=key, value=value)
        producer.flush()
        if keep:
            producer.commit_transaction()
        else:
            producer.abort_transaction()
    producer.close()
    found = poll_all(kafka_address, topic, 33)
    assert all(before.next_offset == after.base_offset for before, after in pairwise(found))
    offsets = [o for b in found for o in range(b.base_offset, b.next_offset) if b.count]
    assert offsets == [*range(10), *range(22, 32)]
