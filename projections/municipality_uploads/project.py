"""The projection `municipality_uploads`: receipts into files with their rows by outcome, and the reasons per row.

And all receipts, in a file or not, into counts by sender, day, outcome and code.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl
from psycopg import Connection

from projections.fill import copy_into
from projections.municipality_uploads.count import STRETCHES, by_code, files, reasons, stretches, unanswered
from projections.municipality_uploads.table import ANSWERS, HELD, INDEXES, OUTCOMES, TABLES
from projections.projection import Batch

RECEIPT = "Receipt.v1"
_FIELDS = (
    "receipt",
    "sender",
    "outcome",
    "codes",
    "report_topic",
    "report_partition",
    "report_offset",
    "recorded_at",
    "upload",
    "upload_name",
    "row",
)

_ANSWERED = """
SELECT report_topic, report_partition, lower(stretch), upper(stretch)
FROM uploads_answered, unnest(report_offsets) AS stretch
"""
_ADD_FILE = f"""
INSERT INTO uploads AS known (sender, upload, name, first_at, last_at, {", ".join(f'"{name}"' for name in OUTCOMES)})
SELECT * FROM uploads_new ORDER BY sender, upload
ON CONFLICT (sender, upload) DO UPDATE SET
    name = greatest(known.name, excluded.name),
    first_at = least(known.first_at, excluded.first_at),
    last_at = greatest(known.last_at, excluded.last_at),
    {", ".join(f'"{name}" = known."{name}" + excluded."{name}"' for name in OUTCOMES)}
"""
_ADD_COUNTS = """
INSERT INTO receipt_counts AS known (sender, day, outcome, code, receipts)
SELECT * FROM receipt_counts_new ORDER BY sender, day, outcome, code
ON CONFLICT (sender, day, outcome, code) DO UPDATE SET receipts = known.receipts + excluded.receipts
"""
_ADD_ANSWERED = """
INSERT INTO uploads_answered AS known (report_topic, report_partition, report_offsets)
SELECT report_topic, report_partition, range_agg(int8range("first", "end")) FROM uploads_stretches
GROUP BY report_topic, report_partition ORDER BY report_topic, report_partition
ON CONFLICT (report_topic, report_partition) DO UPDATE
SET report_offsets = known.report_offsets + excluded.report_offsets
"""
_STRETCHES = (
    "CREATE TEMP TABLE uploads_stretches"
    ' (report_topic text, report_partition int, "first" bigint, "end" bigint) ON COMMIT DROP'
)


class MunicipalityUploads:
    """Uploads with their sender, time and rows by outcome, and the reasons of each row that has any."""

    name = "municipality_uploads"
    topics: tuple[str, ...] = ("receipts.*",)
    reads: Mapping[str, tuple[str, ...]] = {RECEIPT: _FIELDS}

    def create_tables(self, conn: Connection[Any]) -> None:
        """Empty tables, without what slows a first filling down."""
        conn.execute(TABLES)

    def create_indexes(self, conn: Connection[Any]) -> None:
        """The keys, and the reasons by upload."""
        conn.execute(INDEXES)

    def project(self, conn: Connection[Any], batch: Batch) -> None:
        """Add what a round of receipts says. Receipts seen before change nothing."""
        if RECEIPT not in batch.frames:
            return
        answered = pl.DataFrame(conn.execute(_ANSWERED).fetchall(), schema=STRETCHES, orient="row")
        new = unanswered(batch.frames[RECEIPT], answered)
        conn.execute("CREATE TEMP TABLE uploads_new (LIKE uploads) ON COMMIT DROP")
        copy_into(conn, "uploads_new", files(new))
        conn.execute(_ADD_FILE)
        conn.execute("DROP TABLE uploads_new")
        copy_into(conn, "upload_reasons", reasons(new))
        conn.execute("CREATE TEMP TABLE receipt_counts_new (LIKE receipt_counts) ON COMMIT DROP")
        copy_into(conn, "receipt_counts_new", by_code(new))
        conn.execute(_ADD_COUNTS)
        conn.execute("DROP TABLE receipt_counts_new")
        _add_answered(conn, new)

    def rebuild(self, conn: Connection[Any], batch: Batch) -> None:
        """Fill the empty tables from every receipt there is; the same rows as `project` would leave."""
        if RECEIPT not in batch.frames:
            return
        every = unanswered(batch.frames[RECEIPT], STRETCHES.to_frame())
        copy_into(conn, "uploads", files(every))
        copy_into(conn, "upload_reasons", reasons(every))
        copy_into(conn, "receipt_counts", by_code(every))
        _add_answered(conn, every)

    def tables(self) -> Mapping[str, str]:
        """What live and rebuilt must agree on."""
        return HELD

    def answers(self) -> Mapping[str, str]:
        """Files, the reasons of their rows, and what was not taken."""
        return ANSWERS


def _add_answered(conn: Connection[Any], receipts: pl.DataFrame) -> None:
    conn.execute(_STRETCHES)
    copy_into(conn, "uploads_stretches", stretches(receipts))
    conn.execute(_ADD_ANSWERED)
    conn.execute("DROP TABLE uploads_stretches")
