"""Record batches with the bytes that a broker would store."""

from collections.abc import Sequence

from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

from projections.batches import RecordBatch, record_batch

NONE, GZIP, SNAPPY, LZ4, ZSTD = range(5)
Header = tuple[str, bytes]
Entry = tuple[bytes | None, bytes | None] | tuple[bytes | None, bytes | None, list[Header]]


def stored(records: Sequence[Entry], base_offset: int = 0, codec: int = NONE) -> bytes:
    """A record batch, format v2."""
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 30)
    for place, (key, value, *headers) in enumerate(records):
        builder.append(place, 1_622_548_800_000 + place, key, value, headers[0] if headers else [])
    batch = bytearray(builder.build())
    batch[:8] = base_offset.to_bytes(8, "big")  # as the broker does; the checksum does not cover it
    return bytes(batch)


def a_batch(records: Sequence[Entry], base_offset: int = 0, codec: int = NONE) -> RecordBatch:
    """A record batch as the consumer delivers it."""
    batch = DefaultRecordBatch(stored(records, base_offset, codec))
    assert batch.validate_crc()
    return record_batch(batch)
