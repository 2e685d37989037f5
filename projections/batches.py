"""Whole record batches out of Kafka, without a Python object per record.

kafka-python keeps this in a private class (`Fetcher.PartitionRecords`): its version is pinned, and
`tests/projections/test_batches.py` holds every private part used here, so that an upgrade fails loudly.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer
from kafka.consumer.fetcher import Fetcher, IsolationLevel
from kafka.errors import CorruptRecordError


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """A batch as the broker stored it; `records` are its records back to back, uncompressed (format v2)."""

    base_offset: int
    next_offset: int
    count: int
    records: memoryview | None  # None: the checksum holds, but it cannot be uncompressed
    stored: Any  # kafka-python's own batch: gives the records one by one, once


def record_batch(stored: Any) -> RecordBatch:
    """From kafka-python's own batch (`DefaultRecordBatch`), not yet read from."""
    return RecordBatch(stored.base_offset, stored.next_offset, stored.records_count, _section(stored), stored)


def deliver_batches(consumer: KafkaConsumer) -> None:
    """From now on `consumer.poll` gives `RecordBatch`es instead of records, and `max_records` counts batches.

    A poll that begins inside a batch gets the whole batch: the reader drops what lies before. What a transaction
    left behind comes as a batch without records, so that each batch begins where the one before it ended.
    """
    consumer._fetcher.PartitionRecords = _PartitionBatches


class _PartitionBatches(Fetcher.PartitionRecords):  # type: ignore[misc]  # kafka-python has no types
    def _maybe_skip_record(self, record: RecordBatch) -> bool:  # noqa: ARG002
        return False

    def _unpack_records(self, _place: Any, records: Any, *_deserializers: Any) -> Iterator[RecordBatch]:
        while (batch := records.next_batch()) is not None:
            # Not quarantined: bytes that the broker did not store are fetched again.
            if self.check_crcs and not batch.validate_crc():
                raise CorruptRecordError(f"{self.topic_partition} at {batch.base_offset}: checksum")
            self.next_fetch_offset = batch.next_offset
            if batch.magic < 2:
                raise CorruptRecordError(f"{self.topic_partition} at {batch.base_offset}: message format before v2")
            self.leader_epoch = batch.leader_epoch
            if self._undone(batch) or batch.is_control_batch:
                yield RecordBatch(batch.base_offset, batch.next_offset, 0, memoryview(b""), batch)
                continue
            self.records_read += batch.records_count
            self.bytes_read += batch.size_in_bytes
            yield record_batch(batch)
        self.drain()

    def _undone(self, batch: Any) -> bool:
        """Does it belong to a transaction that was aborted? Only asked for with isolation `read_committed`."""
        if self.isolation_level != IsolationLevel.READ_COMMITTED or not batch.has_producer_id():
            return False
        self._consume_aborted_transactions_up_to(batch.last_offset)
        if self._contains_abort_marker(batch):
            self.aborted_producer_ids.discard(batch.producer_id)
            return False
        return bool(self._is_batch_aborted(batch))


def _section(batch: Any) -> memoryview | None:
    try:
        batch._maybe_uncompress()
    except Exception:  # each codec has its own errors, and none of them may stop the stream
        return None
    return memoryview(batch._buffer)[batch._pos :]
