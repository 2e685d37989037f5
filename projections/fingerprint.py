"""What a table holds in one number: equal for the same rows in any order, however they came to be there."""

from dataclasses import dataclass

from psycopg import Connection
from psycopg.sql import SQL

# The hash of each row's text, summed: nothing is sorted, and PostgreSQL may share the work out.
_HASH = """
SELECT count(*), coalesce(sum(('x' || left(md5(each::text), 15))::bit(60)::bigint::numeric), 0)::text
FROM ({rows}) AS each
"""
_SETTINGS = """
SELECT set_config('datestyle', 'ISO, YMD', true), set_config('timezone', 'UTC', true),
       set_config('bytea_output', 'hex', true), set_config('extra_float_digits', '1', true)
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
