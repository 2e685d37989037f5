"""Rows of the persons that a batch touches, out of PostgreSQL and back into it, as sets."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from psycopg import Connection

from projections.fill import copy_into, remove_rows, replace_rows
from projections.people.fold import Folded, Written
from projections.people.rows import COUNTED_DOSES, PEOPLE, RESIDENCES, Rows

KEYS = {"people": ("person_id",), "residences": ("person_id", "on"), "doses": ("person_id", "dose_id")}

# Read as one array of bigint per column: of all ways to bring a hundred thousand rows here the cheapest, as there is
# no text to parse and no object per row. Dates as days since 1970; who is protected is read apart, there are few.
_NEVER = -(1 << 40)
_PEOPLE = {
    "person_id": "person_id",
    "version": "version",
    "birth_year": "birth_year",
    "sex": "sex",
    "died_on": f"coalesce(died_on - DATE '1970-01-01', {_NEVER})",
}
_RESIDENCES = {
    "person_id": "person_id",
    "on": "\"on\" - DATE '1970-01-01'",
    "version": "version",
    "area": "area",
    "deso": "deso",
}
_DOSES = {
    "person_id": "person_id",
    "dose_id": "dose_id",
    "version": "version",
    "day_known": "day_known - DATE '1970-01-01'",
    "cause": "cause",
    "counted": "(NOT withdrawn AND suspected_duplicate_of IS NULL)::int",
    "given_on": f"coalesce(given_on - DATE '1970-01-01', {_NEVER})",
    "disease": "coalesce(disease, 0)",
    "product": "coalesce(product, 0)",
}
_PROTECTED = """
json_agg(json_build_array(person_id, protected_on, protection, protects)) FILTER (WHERE protected_on IS NOT NULL)
"""
_ELEMENT = np.dtype([("length", ">i4"), ("number", ">i8")])
_HEADER = 20  # bytes of a one-dimensional array before its elements, in PostgreSQL's binary form


def rows_of(conn: Connection[Any], persons: pl.Series) -> Rows:
    """All rows of these persons, as they stand before the batch."""
    conn.execute("CREATE TEMP TABLE touched (person_id bigint NOT NULL) ON COMMIT DROP")
    copy_into(conn, "touched", persons.alias("person_id").to_frame())
    # Without statistics of a table just filled the planner would read all of it: each person's rows lie in the index.
    conn.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off")
    rows = Rows(
        _read(conn, "people", _PEOPLE, PEOPLE),
        _read(conn, "residences", _RESIDENCES, RESIDENCES),
        _read(conn, "doses", _DOSES, COUNTED_DOSES),
    )
    conn.execute("DROP TABLE pg_temp.touched; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on")
    return rows


def write(conn: Connection[Any], folded: Folded) -> None:
    """New rows by COPY, changed ones in place; residences that are held no longer go."""
    remove_rows(conn, "residences", folded.left)
    for table, key in KEYS.items():
        written: Written = getattr(folded, table)
        copy_into(conn, table, written.new)
        replace_rows(conn, table, key, written.changed)


def _read(
    conn: Connection[Any], table: str, columns: Mapping[str, str], schema: Mapping[str, type[pl.DataType]]
) -> pl.DataFrame:
    arrays = [f"array_agg(({column})::bigint)" for column in columns.values()]
    if table == "people":
        arrays.append(_PROTECTED)
    rows = conn.execute(f"SELECT {', '.join(arrays)} FROM pg_temp.touched JOIN {table} USING (person_id)", binary=True)
    result = rows.pgresult
    if result is None or result.get_value(0, 0) is None:
        return pl.DataFrame(schema=dict(schema))
    frame = pl.DataFrame({name: _numbers(result.get_value(0, at)) for at, name in enumerate(columns)})
    days = [name for name, kind in schema.items() if kind == pl.Date and name in columns]
    frame = frame.with_columns(pl.when(pl.col(name) != _NEVER).then(pl.col(name)).cast(pl.Int32) for name in days)
    if table == "people":
        frame = frame.join(_protected(result.get_value(0, len(columns))), on="person_id", how="left")
        frame = frame.with_columns(pl.col("protects").fill_null(0))
    return frame.select(pl.col(name).cast(kind) for name, kind in schema.items())


def _numbers(array: bytes | None) -> npt.NDArray[np.int64]:
    return np.frombuffer(array or b"", _ELEMENT, offset=_HEADER)["number"].astype(np.int64)


def _protected(told: bytes | None) -> pl.DataFrame:
    schema = {"person_id": pl.Int64, "protected_on": pl.String, "protection": pl.String, "protects": pl.Int16}
    rows = pl.DataFrame(json.loads(told or b"[]"), schema=schema, orient="row")
    return rows.with_columns(pl.col("protected_on").str.to_date("%Y-%m-%d"))
