"""Record batches to columns: a Kafka v2 record is, byte for byte, an Avro record, and Polars reads many in one call.

So the records of any number of batches, back to back, are one Avro block; the values of one schema in it are
another. What is not surely right (`Misread`) is halved until the batch at fault stands alone, and that one is read
record by record. Both ways give the same frames; what neither can read comes out as `Unreadable`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from projections.avro_block import Misread, container_header, read_block
from projections.batches import RecordBatch
from projections.one_by_one import Piece, Unreadable, read_one_by_one
from projections.wanted import FRAME, Wanted, wanted
from schemas import FRAME_LENGTH, MARKER, schemas_by_frame

# A record (format v2) as an Avro record. One with headers has more bytes after their count: it is read one by one.
_RECORD = {
    "length": "long",
    "attributes": "long",
    "timestamp_delta": "long",
    "offset_delta": "long",
    "key": "bytes",
    "value": "bytes",
    "headers": "long",
}
_FIELDS = [{"name": name, "type": kind} for name, kind in _RECORD.items()]
_RECORDS = container_header({"type": "record", "name": "Record", "fields": _FIELDS})
_READ = [name for name in _RECORD if name != "timestamp_delta"]


@dataclass
class Decoded:
    """Facts of one partition: schema name -> frame in the order of offsets, and what could not be read."""

    topic: str
    partition: int
    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)


def decode(
    topic: str,
    partition: int,
    batches: Sequence[RecordBatch],
    reads: Mapping[str, Collection[str]],
    *,
    first: int = 0,
    end: int | None = None,
) -> Decoded:
    """The wanted fields of the wanted schemas in these batches, from offset `first` to before `end`.

    Schemas that the register has but `reads` does not name are passed over.
    """
    by_name = {name: wanted(name, frozenset(fields)) for name, fields in reads.items()}
    last = 2**63 - 1 if end is None else end - 1
    cut = bool(batches) and not first <= batches[0].base_offset <= batches[-1].next_offset - 1 <= last
    decoded = Decoded(topic, partition)
    parts: dict[str, list[pl.DataFrame]] = {}
    for piece in _pieces(batches, by_name):
        decoded.unreadable += [each for each in piece.unreadable if first <= each.offset <= last]
        for name, frame in piece.frames.items():
            kept = frame.filter(pl.col("_offset").is_between(first, last)) if cut else frame
            if not kept.is_empty():
                parts.setdefault(name, []).append(kept)
    place = pl.lit(topic).alias("_topic"), pl.lit(partition, pl.Int32).alias("_partition")
    decoded.frames = {name: pl.concat(frames).with_columns(place) for name, frames in parts.items()}
    return decoded


def _pieces(batches: Sequence[RecordBatch], by_name: Mapping[str, Wanted]) -> Iterator[Piece]:
    if not batches:
        return
    try:
        piece = _in_columns(batches, by_name)
    except Misread:
        if len(batches) > 1:
            half = len(batches) // 2
            yield from _pieces(batches[:half], by_name)
            yield from _pieces(batches[half:], by_name)
            return
        piece = read_one_by_one(batches[0], by_name)
    yield piece


def _in_columns(batches: Sequence[RecordBatch], by_name: Mapping[str, Wanted]) -> Piece:
    counts = [batch.count for batch in batches]
    sections = [*_sections(batches)]
    size = sum(map(len, sections))
    if size == 0 == sum(counts):
        return Piece()
    records = read_block(_RECORDS, sum(counts), sections, _READ)
    _check_records(records, size)
    offsets = np.repeat([batch.base_offset for batch in batches], counts) + records["offset_delta"].to_numpy()
    names, which = _schemas_of(records["value"])
    piece = Piece()
    for name, reading in by_name.items():
        mask = pl.Series(which == names.index(name))
        if mask.any():
            frame = _values(records.filter(mask), reading)
            piece.frames[name] = frame.with_columns(pl.Series("_offset", offsets).filter(mask))
    for row in np.flatnonzero(which < 0).tolist():
        key, value = records["key"][row], records["value"][row]
        piece.unreadable.append(Unreadable(int(offsets[row]), key, value, "unknown schema"))
    return piece


def _sections(batches: Sequence[RecordBatch]) -> Iterator[memoryview]:
    for batch in batches:
        if batch.records is None:
            raise Misread("batch cannot be uncompressed")
        yield batch.records


def _check_records(records: pl.DataFrame, size: int) -> None:
    """Nothing but plain records without headers, and all bytes used up."""
    if (records["attributes"] != 0).any() or (records["headers"] != 0).any():
        raise Misread("attributes or headers")
    lengths = records["length"].to_numpy()
    own_sizes = 1 + sum((lengths >= 1 << bits).astype(np.int64) for bits in (6, 13, 20, 27))
    if (lengths < 0).any() or int((lengths + own_sizes).sum()) != size:
        raise Misread("bytes left over")


def _values(records: pl.DataFrame, reading: Wanted) -> pl.DataFrame:
    """The wanted fields of records whose values all have this schema's frame."""
    count = records.height
    ends, data = _bytes_of(records["value"])
    columns = dict.fromkeys((FRAME, *([reading.id_field] if reading.id_field else []), *reading.wire))
    frame = read_block(reading.header, count + 1, (data[: ends[-1]], reading.sentinel), [*columns])
    # A value too short or too long pushes the next one, at last the sentinel, from its place.
    if not (frame[FRAME] == pl.Series([reading.schema.frame])).all():
        raise Misread("frame out of its place")
    if reading.id_field is not None:
        ids = frame[reading.id_field].to_numpy()
        key_ends, keys = _bytes_of(records["key"])
        if ids[-1] != 0 or not np.array_equal(key_ends, np.arange(0, 8 * count + 1, 8)):
            raise Misread("key")
        if not np.array_equal(np.frombuffer(keys, ">i8", count), ids[:-1]):
            raise Misread("key")
    return reading.narrowed(frame.head(count).select(reading.wire.names()))


def _bytes_of(column: pl.Series) -> tuple[npt.NDArray[np.int64], memoryview]:
    """Where each value begins (and the last ends), and all values back to back."""
    array = column.to_arrow()
    _validity, ends, data = array.buffers()
    begins = np.frombuffer(ends, np.int64)[array.offset : array.offset + len(array) + 1]
    if begins[0] != 0 or data is None:
        raise Misread("bytes are not where Arrow promises them")
    return begins, memoryview(data)


def _schemas_of(values: pl.Series) -> tuple[list[str], npt.NDArray[np.int64]]:
    """All schemas, and for each value the number of its schema among them, or -1."""
    names, marks = _known()
    begins, data = _bytes_of(values)
    unknown = np.full(len(values), -1, np.int64)
    if len(data) < FRAME_LENGTH:
        return names, unknown
    windows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(data, np.uint8), FRAME_LENGTH)
    frames = windows[np.minimum(begins[:-1], len(windows) - 1)]
    mark = np.ascontiguousarray(frames[:, len(MARKER) :]).view(np.uint64)[:, 0]
    nearest = np.minimum(np.searchsorted(marks, mark), len(marks) - 1)
    is_known = (
        (np.diff(begins) >= FRAME_LENGTH)
        & (frames[:, : len(MARKER)] == np.frombuffer(MARKER, np.uint8)).all(axis=1)
        & (marks[nearest] == mark)
    )
    return names, np.where(is_known, nearest, unknown)


@cache
def _known() -> tuple[list[str], npt.NDArray[np.uint64]]:
    """Every schema's name and fingerprint, in the order of the fingerprints as numbers."""
    marks = {
        schema.name: np.frombuffer(frame, np.uint64, 1, len(MARKER))[0] for frame, schema in schemas_by_frame().items()
    }
    names = sorted(marks, key=lambda name: int(marks[name]))
    return names, np.array([marks[name] for name in names], np.uint64)
