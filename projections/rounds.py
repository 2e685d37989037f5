"""A round: what was read at once from some partitions, on its way into the projections' tables."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl
from kafka import TopicPartition
from psycopg import Connection

from projections import positions, unreadable
from projections.batches import RecordBatch
from projections.columnar import Decoded, decode
from projections.log_reader import Batches, is_read
from projections.positions import Positions
from projections.projection import Batch, Projection

# Polars decodes without holding other threads up: two parts at a time, where there is enough to share out.
_DECODERS = 2
_PART = 32_000  # records


@dataclass(frozen=True)
class Round:
    """Facts as columns, where they begin and where they end."""

    begins: Positions
    ends: Positions
    decoded: Sequence[Decoded]

    @property
    def facts(self) -> int:
        """How many offsets it passes over."""
        return sum(end - self.begins.get(place, 0) for place, end in self.ends.items())


def fields_read(projections: Sequence[Projection], topic: str) -> dict[str, frozenset[str]]:
    """Schema name -> the fields that any projection of this topic needs."""
    reads: dict[str, frozenset[str]] = {}
    for projection in projections:
        if is_read(topic, projection.topics):
            for name, fields in projection.reads.items():
                reads[name] = reads.get(name, frozenset()).union(fields)
    return reads


def decode_round(
    batches: Batches, begins: Positions, projections: Sequence[Projection], until: Positions | None = None
) -> Round:
    """The facts of these batches that lie from `begins` to before `until`."""
    reached = {
        place: found[-1].next_offset if until is None else min(found[-1].next_offset, until[place])
        for place, found in batches.items()
    }

    def decoded(part: tuple[TopicPartition, list[RecordBatch]]) -> Decoded:
        place, found = part
        reads = fields_read(projections, place.topic)
        first = begins.get(place, 0)
        return decode(place.topic, place.partition, found, reads, first=first, end=reached[place])

    parts = [(place, part) for place, found in batches.items() for part in _parts(found)]
    if sum(batch.count for _, part in parts for batch in part) < _PART:
        return Round(begins, reached, list(map(decoded, parts)))
    with ThreadPoolExecutor(_DECODERS) as decoders:
        return Round(begins, reached, list(decoders.map(decoded, parts)))


def _parts(batches: list[RecordBatch]) -> Iterator[list[RecordBatch]]:
    """The same batches in the same order, each part with about as many records as are decoded best at a time."""
    part: list[RecordBatch] = []
    records = 0
    for batch in batches:
        part.append(batch)
        records += batch.count
        if records >= _PART:
            yield part
            part, records = [], 0
    if part:
        yield part


def batch_for(projection: Projection, decoded: Sequence[Decoded]) -> Batch:
    """The facts that a projection asked for, of all partitions of its topics."""
    frames: dict[str, list[pl.DataFrame]] = {}
    for part in decoded:
        if is_read(part.topic, projection.topics):
            for name in projection.reads.keys() & part.frames.keys():
                frames.setdefault(name, []).append(part.frames[name])
    return Batch({name: pl.concat(found) for name, found in frames.items()})


def project(conn: Connection, done: Round, projections: Sequence[Projection]) -> None:
    """Positions and rows of a round, in the caller's transaction and schema; raises Fenced."""
    # Positions first: who comes too late learns it before any work, and waits for the other one here.
    positions.move(conn, done.begins, done.ends)
    unreadable.keep(conn, done.decoded)
    for projection in projections:
        batch = batch_for(projection, done.decoded)
        if batch.frames:
            projection.project(conn, batch)
