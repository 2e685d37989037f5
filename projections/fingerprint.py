"""What a table holds in one number: equal for the same rows in any order, however they came to be there."""

from dataclasses import dataclass

from psycopg import Connection
from psycopg.sql import SQL

# The 64-bit hash of each row's text, summed: nothing is sorted, and PostgreSQL may share the work out. Not the hash of
# the row itself (hash_record_extended): that one adds its columns up, so two rows could swap a value unnoticed.
_HASH = """
SELECT count(*), coalesce(sum(hashtextextended(each::text, 0)), 0)::text
FROM ({rows}) AS each
"""
_SETTINGS = """
SELECT set_config('datestyle', 'ISO, YMD', true), set_config('timezone', 'UTC', true),
       set_config('bytea_output', 'hex', true), set_config('extra_float_digits', '1', true),
       set_config('jit', 'off', true)
"""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Number of rows, and the sum of their hashes (decimal)."""

    rows: int
    hash: str


def fingerprint(conn: Connection, select: str) -> Fingerprint:
    """Of the rows of a SELECT; in a transaction, whose settings for text it fixes."""
    conn.execute(_SETTINGS)
    row = conn.execute(SQL(_HASH).format(rows=SQL(select))).fetchone()
    assert row is not None
    return Fingerprint(*row)
