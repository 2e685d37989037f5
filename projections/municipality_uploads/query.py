"""The questions: which files were uploaded and what became of them, and why a file's rows were refused or flagged."""

from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row

_UPLOADS = """
SELECT sender, upload, name, first_at, last_at,
    recorded, "already-known" AS already_known, corrected, withdrawn, refused, quarantined
FROM uploads WHERE sender = coalesce(%(sender)s, sender) ORDER BY first_at DESC, sender, upload LIMIT %(limit)s
"""
_ROWS = """
SELECT row, outcome, codes, receipt FROM upload_reasons
WHERE upload = %(upload)s AND sender = coalesce(%(sender)s, sender) ORDER BY row, receipt
"""

_NOT_TAKEN = """
SELECT sender, outcome, code, sum(receipts)::bigint FROM receipt_counts
WHERE outcome IN ('refused', 'quarantined') GROUP BY sender, outcome, code ORDER BY sender, outcome, code
"""


class Upload(NamedTuple):
    """One file: from whom, when its first and last row were decided, and its rows by outcome."""

    sender: str
    upload: str
    name: str
    first_at: datetime
    last_at: datetime
    recorded: int
    already_known: int
    corrected: int
    withdrawn: int
    refused: int
    quarantined: int


class UploadRow(NamedTuple):
    """A row of a file that was refused or flagged: the codes of the rules, and its receipt."""

    row: int
    outcome: str
    codes: list[str]
    receipt: str


class NotTaken(NamedTuple):
    """How many of a sender's reports were refused or quarantined with a code; with two codes they count for both."""

    sender: str
    outcome: str
    code: str
    reports: int


def uploads(conn: Connection[Any], *, sender: str | None = None, limit: int | None = None) -> list[Upload]:
    """The files, newest first."""
    with conn.cursor(row_factory=class_row(Upload)) as cursor:
        return cursor.execute(_UPLOADS, {"sender": sender, "limit": limit}).fetchall()


def rows_of(conn: Connection[Any], upload: str, *, sender: str | None = None) -> list[UploadRow]:
    """Why rows of one file were refused or flagged."""
    with conn.cursor(row_factory=class_row(UploadRow)) as cursor:
        return cursor.execute(_ROWS, {"upload": upload, "sender": sender}).fetchall()


def not_taken(conn: Connection[Any]) -> list[NotTaken]:
    """Refused and quarantined reports of every sender, whether they came in a file or not."""
    return [NotTaken(*row) for row in conn.execute(_NOT_TAKEN)]
