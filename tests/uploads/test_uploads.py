"""Every uploaded file: what became of its rows, and why."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import polars as pl
import psycopg
import pytest

from projections.municipality_uploads import MunicipalityUploads, not_taken, rows_of, uploads
from projections.projection import Batch

Connection = psycopg.Connection[Any]
MORNING = datetime(2021, 3, 1, 8, tzinfo=UTC)
NOON = datetime(2021, 3, 1, 12, tzinfo=UTC)

KINDS: dict[str, pl.DataType | type[pl.DataType]] = {
    "receipt": pl.String,
    "sender": pl.String,
    "outcome": pl.String,
    "codes": pl.List(pl.String),
    "report_topic": pl.String,
    "report_partition": pl.Int32,
    "report_offset": pl.Int64,
    "recorded_at": pl.Datetime("us", "UTC"),
    "upload": pl.String,
    "upload_name": pl.String,
    "row": pl.Int32,
}


@pytest.fixture
def conn(fresh_database: str) -> Iterator[Connection]:
    with psycopg.connect(fresh_database) as conn:
        MunicipalityUploads().create_tables(conn)
        MunicipalityUploads().create_indexes(conn)
        yield conn


def receipt(  # a receipt with the fields that a test is about
    offset: int,
    outcome: str = "recorded",
    *codes: str,
    upload: str | None = "u1",
    at: datetime = MORNING,
    sender: str = "umea",
) -> dict[str, Any]:
    return {
        "receipt": f"{sender}-0-{offset}",
        "sender": sender,
        "outcome": outcome,
        "codes": list(codes),
        "report_topic": f"reports.{sender}",
        "report_partition": 0,
        "report_offset": offset,
        "recorded_at": at,
        "upload": upload,
        "upload_name": upload and f"{upload}.csv",
        "row": upload and offset + 1,
    }


def batch(*receipts: dict[str, Any]) -> Batch:
    return Batch({"Receipt.v1": pl.DataFrame(list(receipts), schema=KINDS)})


def project(conn: Connection, *receipts: dict[str, Any]) -> None:
    MunicipalityUploads().project(conn, batch(*receipts))


def test_an_upload_shows_its_rows_by_outcome_and_when_they_were_decided(conn: Connection) -> None:
    project(conn, receipt(0), receipt(1))
    project(conn, receipt(2, "refused", "BATCH-TOO-LONG", at=NOON))
    [upload] = uploads(conn)
    assert (upload.sender, upload.name, upload.recorded, upload.refused) == ("umea", "u1.csv", 2, 1)
    assert (upload.first_at, upload.last_at) == (MORNING, NOON)


def test_the_reasons_are_told_row_by_row(conn: Connection) -> None:
    project(conn, receipt(0), receipt(1, "refused", "BATCH-TOO-LONG", "DATE-IN-FUTURE"), receipt(2, "recorded", "LATE"))
    assert [(row.row, row.outcome, row.codes) for row in rows_of(conn, "u1")] == [
        (2, "refused", ["BATCH-TOO-LONG", "DATE-IN-FUTURE"]),
        (3, "recorded", ["LATE"]),
    ]


def test_a_receipt_that_the_relay_says_twice_counts_once(conn: Connection) -> None:
    project(conn, receipt(0, "refused", "X"), receipt(0, "refused", "X"))
    project(conn, receipt(0, "refused", "X"), receipt(1))
    assert [(upload.recorded, upload.refused) for upload in uploads(conn)] == [(1, 1)]


def test_receipts_may_come_in_another_order_than_their_reports(conn: Connection) -> None:
    for offset in (3, 0, 7, 1, 2, 3):
        project(conn, receipt(offset))
    assert [upload.recorded for upload in uploads(conn)] == [5]


def test_reports_that_came_in_no_file_are_no_upload(conn: Connection) -> None:
    project(conn, receipt(0, upload=None))
    assert uploads(conn) == []


def test_refusals_are_counted_by_sender_and_code_whether_they_came_in_a_file_or_not(conn: Connection) -> None:
    project(conn, receipt(0, "refused", "A", "B"), receipt(1, "refused", "A", upload=None), receipt(2, "recorded", "A"))
    project(conn, receipt(1, "refused", "A", upload=None), receipt(3, "quarantined", "C", upload=None, at=NOON))
    project(conn, receipt(0, "refused", "A", sender="lund", upload=None))
    assert not_taken(conn) == [
        ("lund", "refused", "A", 1),
        ("umea", "quarantined", "C", 1),
        ("umea", "refused", "A", 2),
        ("umea", "refused", "B", 1),
    ]


def test_uploads_of_one_sender_can_be_asked_for(conn: Connection) -> None:
    project(conn, receipt(0), receipt(0, sender="lund", upload="u2"))
    assert [upload.upload for upload in uploads(conn, sender="lund")] == ["u2"]


def test_any_cut_into_rounds_gives_what_a_rebuild_gives(conn: Connection) -> None:
    receipts = [receipt(n, "refused" if n % 3 else "recorded", *["X"] * (n % 3), upload=f"u{n % 4}") for n in range(60)]
    receipts += [receipt(n, upload=None) for n in range(60, 70)]
    for at in range(0, 70, 7):
        project(conn, *receipts[max(0, at - 2) : at + 7])
    live = _held(conn)

    conn.execute("DROP TABLE uploads, upload_reasons, receipt_counts, uploads_answered")
    MunicipalityUploads().create_tables(conn)
    MunicipalityUploads().rebuild(conn, batch(*receipts))
    MunicipalityUploads().create_indexes(conn)

    assert _held(conn) == live


def _held(conn: Connection) -> dict[str, list[Any]]:
    asked = MunicipalityUploads().tables().items()
    return {table: sorted(map(str, conn.execute(select))) for table, select in asked}
