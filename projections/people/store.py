"""Rows of the persons that a batch touches, out of PostgreSQL and back into it, as sets."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import polars as pl
from psycopg import Connection
from psycopg.sql import SQL, Composable, Identifier

from projections.fill import copy_into, replace_rows
from projections.people.fold import Folded, Written
from projections.people.rows import COUNTED_DOSES, PEOPLE, RESIDENCES, Rows

KEYS = {"people": ("person_id",), "residences": ("person_id", "on"), "doses": ("person_id", "dose_id")}

_DAYS = SQL("{0} - DATE '1970-01-01'")


def rows_of(conn: Connection[Any], persons: pl.Series) -> Rows:
    """All rows of these persons, as they stand before the batch."""
    conn.execute("CREATE TEMP TABLE touched (person_id bigint NOT NULL) ON COMMIT DROP")
    copy_into(conn, "touched", persons.alias("person_id").to_frame())
    # Without statistics of a table just filled the planner would read all of it: each person's rows lie in the index.
    conn.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
    rows = Rows(
        _read(conn, "people", PEOPLE),
        _read(conn, "residences", RESIDENCES),
        _read(conn, "doses", COUNTED_DOSES),
    )
    conn.execute("DROP TABLE pg_temp.touched; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on")
    return rows


def write(conn: Connection[Any], folded: Folded) -> None:
    """New rows by COPY, changed ones in place."""
    for table, key in KEYS.items():
        written: Written = getattr(folded, table)
        copy_into(conn, table, written.new)
        replace_rows(conn, table, key, written.changed)


def _read(conn: Connection[Any], table: str, schema: Mapping[str, Any]) -> pl.DataFrame:
    columns = SQL(", ").join(_column(name, kind) for name, kind in schema.items())
    statement = SQL("COPY (SELECT {} FROM pg_temp.touched JOIN {} USING (person_id)) TO STDOUT (FORMAT csv)")
    with conn.cursor() as cursor, cursor.copy(statement.format(columns, Identifier(table))) as copy:
        text = b"".join(copy)
    if not text:
        return pl.DataFrame(schema=dict(schema))
    read = {
        name: pl.Int32 if kind == pl.Date else pl.Int8 if kind == pl.Boolean else kind for name, kind in schema.items()
    }
    frame = pl.read_csv(BytesIO(text), has_header=False, schema=read)
    return frame.select(pl.col(name).cast(kind) for name, kind in schema.items()).with_columns(
        pl.col(pl.String).fill_null("")
    )


def _column(name: str, kind: Any) -> Composable:
    if name == "counted":
        return SQL("(NOT withdrawn AND suspected_duplicate_of IS NULL)::int")
    return _DAYS.format(Identifier(name)) if kind == pl.Date else Identifier(name)
