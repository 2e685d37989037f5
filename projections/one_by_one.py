"""A record batch read record by record: slow, and exact about what is wrong with which record."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from kafka.errors import KafkaError

from projections.avro_block import Misread
from projections.batches import RecordBatch
from projections.wanted import Wanted
from schemas import FRAME_LENGTH, schemas_by_frame


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What could not be read, kept whole. Where the batch itself is damaged, `value` is the rest of the batch."""

    offset: int
    key: bytes | None
    value: bytes | None
    reason: str


@dataclass
class Piece:
    """Facts of some batches in a row: schema name -> wanted fields and `_offset`."""

    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)


def read_one_by_one(batch: RecordBatch, by_name: Mapping[str, Wanted]) -> Piece:
    """The same frames as the columnar reader gives, where it gives any."""
    piece = Piece()
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in by_name}
    offset = batch.base_offset
    try:
        if batch.records is None:
            raise Misread("batch cannot be uncompressed")
        for record in batch.stored:
            try:
                _read(record, by_name, rows)
            except Misread as why:
                piece.unreadable.append(Unreadable(record.offset, record.key, record.value, str(why)))
            offset = record.offset + 1
    except (KafkaError, Misread) as why:
        reason = str(why) if isinstance(why, Misread) else "damaged batch"
        offset = min(offset, batch.next_offset - 1)
        piece.unreadable.append(Unreadable(offset, None, bytes(batch.stored._buffer), reason))
    for name, found in rows.items():
        if found:
            wanted = by_name[name]
            frame = pl.DataFrame(found, schema=wanted.wire | {"_offset": pl.Int64()}, orient="row")
            piece.frames[name] = wanted.narrowed(frame)
    return piece


def _read(record: Any, by_name: Mapping[str, Wanted], rows: Mapping[str, list[dict[str, Any]]]) -> None:
    if record.value is None:
        raise Misread("no value")
    schema = schemas_by_frame().get(record.value[:FRAME_LENGTH])
    if schema is None:
        raise Misread("unknown schema")
    if wanted := by_name.get(schema.name):
        rows[schema.name].append(wanted.decode(record.key, record.value) | {"_offset": record.offset})
