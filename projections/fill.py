"""Columns into PostgreSQL tables as sets: COPY for what is new, one statement for what may be there already."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import polars as pl
from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier


def copy_into(conn: Connection[Any], table: str, frame: pl.DataFrame) -> None:
    """Add the rows of a frame whose columns are named as the table's."""
    if frame.is_empty():
        return
    text = BytesIO()
    # Quoted, an empty text stays apart from null, which is written as nothing at all.
    frame.write_csv(text, include_header=False, quote_style="non_numeric")
    statement = SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(Identifier(table), _names(frame.columns))
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(text.getbuffer())


def replace_rows(conn: Connection[Any], table: str, key: Sequence[str], frame: pl.DataFrame) -> None:
    """Put the rows of a frame in place of those with the same key, in the order of the key."""
    if frame.is_empty():
        return
    staged = f"{table}_staged"
    conn.execute(SQL("CREATE TEMP TABLE {} (LIKE {}) ON COMMIT DROP").format(Identifier(staged), Identifier(table)))
    copy_into(conn, staged, frame)
    others = [name for name in frame.columns if name not in key]
    values = SQL(", ").join(SQL("{0} = excluded.{0}").format(Identifier(name)) for name in others)
    conn.execute(
        SQL("INSERT INTO {0} ({1}) SELECT {1} FROM {2} ORDER BY {3} ON CONFLICT ({3}) DO UPDATE SET {4}").format(
            Identifier(table), _names(frame.columns), Identifier(staged), _names(key), values
        )
    )
    conn.execute(SQL("DROP TABLE {}").format(Identifier("pg_temp", staged)))


def remove_rows(conn: Connection[Any], table: str, keys: pl.DataFrame) -> None:
    """Take away the rows with these keys."""
    if keys.is_empty():
        return
    gone = f"{table}_gone"
    names = {"gone": Identifier("pg_temp", gone), "table": Identifier(table), "key": _names(keys.columns)}
    conn.execute(
        SQL("CREATE TEMP TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
            Identifier(gone), names["key"], names["table"]
        )
    )
    copy_into(conn, gone, keys)
    conn.execute(SQL("DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {gone})").format(**names))
    conn.execute(SQL("DROP TABLE {gone}").format(**names))


def _names(columns: Sequence[str]) -> Composed:
    return SQL(", ").join(map(Identifier, columns))
