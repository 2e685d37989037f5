"""What a question asked of the register is made of: tables that follow the facts, live and rebuilt."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import polars as pl
from psycopg import Connection


@dataclass(frozen=True)
class Batch:
    """Facts of one round from any number of partitions, as columns.

    `frames`: schema name (`DoseRecorded.v1`) -> one row per fact, only the schemas that occurred. Beside the
    fields that were asked for, each frame has `_topic` (String), `_partition` (Int32) and `_offset` (Int64).
    Within a partition the offset is the order of all facts, whatever their schema; everything about one person
    or stock lies on one partition, in the order of `version`. A fact can come again: same key, same version.
    Dates are Date, instants Datetime("us", "UTC"), lists List of what they hold, bytes Binary.
    """

    frames: Mapping[str, pl.DataFrame]


class Projection(Protocol):
    """One question: its tables, how facts change them, and the same from nothing.

    Every method runs in the caller's transaction, with the projections' schema first in the search path: name
    tables without a schema, never commit. Other processes may project other partitions at the same moment, so
    rows that persons on several partitions share are written in the order of their key.
    """

    @property
    def name(self) -> str: ...

    @property
    def topics(self) -> tuple[str, ...]:
        """Topics it reads; `receipts.*` stands for every topic with that beginning."""
        ...

    @property
    def reads(self) -> Mapping[str, tuple[str, ...]]:
        """Schema name -> the fields it needs of it. Other schemas and fields are not even decoded."""
        ...

    def create_tables(self, conn: Connection) -> None:
        """Empty tables, without what slows a first filling down."""
        ...

    def create_indexes(self, conn: Connection) -> None:
        """Primary keys and indexes: called right after `create_tables`, in a rebuild after `rebuild`."""
        ...

    def project(self, conn: Connection, batch: Batch) -> None:
        """Fold a round of facts into the tables. Facts seen before change nothing."""
        ...

    def rebuild(self, conn: Connection, batch: Batch) -> None:
        """Fill the empty tables from every fact there is, with COPY; the same rows as `project` would leave."""
        ...

    def tables(self) -> Mapping[str, str]:
        """Table -> a SELECT whose rows say what it holds, in any order; live and rebuilt must agree on them."""
        ...

    def answers(self) -> Mapping[str, str]:
        """Table -> a SELECT of what it answers with, without how that came to be known.

        Left out are versions, what was withdrawn, and lines of the ledger that a link and its undoing leave behind, of
        which only the sum is looked at: the same before two identities are linked and after they are unlinked.
        """
        ...
