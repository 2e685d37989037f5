"""Every table of the database but the vault's, by the types of its columns; and what the planner keeps of them."""

import json
from collections.abc import Callable, Iterator, Sequence
from struct import Struct
from typing import Any, NamedTuple

from psycopg import Connection, sql
from psycopg.errors import UndefinedTable

from connectors.privacy.finding import Finding, finding
from connectors.privacy.looking import FIRST, LAST, Looker
from connectors.privacy.topics import fields_of

AT_ONCE = 4 << 20  # bytes of rows held in memory
SKIPPED = ("vault", "pg_catalog", "information_schema", "pg_toast")
Heard = Callable[[int], None]

RELATIONS = """
SELECT relation.oid, schema.nspname, relation.relname, relation.reltuples::bigint
FROM pg_class AS relation JOIN pg_namespace AS schema ON schema.oid = relation.relnamespace
WHERE relation.relkind IN ('r', 'm') AND schema.nspname <> ALL(%s)
ORDER BY 2, 3
"""
# The kind of each column: of a domain that of what it is made from, of an array that of its elements.
COLUMNS = """
SELECT attname, type.typcategory = 'A' AS is_array,
    CASE WHEN coalesce(element.oid, type.oid) = 'bytea'::regtype THEN 'bytes'
         WHEN coalesce(element.oid, type.oid) IN ('json'::regtype, 'jsonb'::regtype) THEN 'json'
         WHEN coalesce(element.oid, type.oid) IN ('int8'::regtype, 'numeric'::regtype, 'float8'::regtype) THEN 'number'
         WHEN coalesce(element.typcategory, type.typcategory) IN ('N', 'D', 'B', 'R', 'T') THEN ''
         WHEN coalesce(element.typtype, type.typtype) = 'm' THEN ''
         WHEN coalesce(element.oid, type.oid) = 'uuid'::regtype THEN ''
         ELSE 'text' END AS kind
FROM pg_attribute JOIN pg_type AS given ON given.oid = atttypid
JOIN pg_type AS type ON type.oid = CASE WHEN given.typtype = 'd' THEN given.typbasetype ELSE given.oid END
LEFT JOIN pg_type AS element ON type.typcategory = 'A' AND element.oid = type.typelem
WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped
ORDER BY attnum
"""
KEY = """
SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey)
WHERE indrelid = %s AND indisprimary ORDER BY array_position(indkey::int2[], attnum)
"""
SAMPLES = """
SELECT schemaname || '.' || tablename, attname, most_common_vals::text, histogram_bounds::text
FROM pg_stats WHERE schemaname <> ALL(%s)
"""
# Between the elements of an array: more than stands within a number.
_GAP = sql.Literal("\n\n\n\n")
_SIGNATURE = 19  # bytes before the first row of a binary copy
_INT, _SHORT = Struct(">i"), Struct(">h")


class Column(NamedTuple):
    """A column that can hold a number."""

    name: str
    is_array: bool
    kind: str


def scan_tables(conn: Connection[Any], looker: Looker, heard: Heard) -> Iterator[Finding]:
    """Where numbers stand in tables; one that is made meanwhile, as a rebuild does, is looked at as well."""
    seen: set[int] = set()
    while new := [row for row in conn.execute(RELATIONS, (list(SKIPPED),)) if row[0] not in seen]:
        for oid, schema, name, _ in new:
            seen.add(oid)
            if looker.text(schema) or looker.text(name):
                yield finding(f"table {schema}.{name}", "", "its name")
            try:
                yield from _scan_table(conn, (oid, schema, name), looker, heard)
            except UndefinedTable:  # dropped meanwhile
                continue
    yield from _scan_samples(conn, looker)


def _scan_table(conn: Connection[Any], table: tuple[int, str, str], looker: Looker, heard: Heard) -> Iterator[Finding]:
    oid, schema, name = table
    columns = [Column(*row) for row in conn.execute(COLUMNS, (oid,)) if row[2]]
    if not columns:
        return
    key = [row[0] for row in conn.execute(KEY, (oid,))] or ["ctid"]
    asked = [
        *(_asked(one, looker.numbers) for one in columns),
        *(sql.SQL("{}::text").format(sql.Identifier(one)) for one in key),
    ]
    query = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT (FORMAT binary)").format(
        sql.SQL(", ").join(asked), sql.Identifier(schema, name)
    )
    for rows in _rows(conn, query):
        heard(len(rows))
        for place in looker.suspects(rows):
            values = _values(rows[place])
            named = ", ".join(
                f"{one} {value.decode()}"
                for one, value in zip(key, values[len(columns) :], strict=True)
                if value is not None
            )
            for column, value in zip(columns, values, strict=False):
                for what in _looked_at(value, column, looker):
                    yield finding(f"table {schema}.{name}", named, what)


def _asked(column: Column, numbers: Sequence[int]) -> sql.Composable:
    """The column as text or as bytes; of numbers only what can be an identity number."""
    name = sql.Identifier(column.name)
    within = sql.SQL("(one BETWEEN {} AND {} OR one = ANY({}::numeric[]))").format(
        sql.Literal(FIRST), sql.Literal(LAST), sql.Literal([str(number) for number in numbers])
    )
    each = sql.SQL("(SELECT {} FROM unnest({}) AS one {})")
    match column.kind, column.is_array:
        case "bytes", False:
            return name
        case "bytes", True:
            return each.format(sql.SQL("string_agg(one, '\\x0a0a0a0a'::bytea)"), name, sql.SQL(""))
        case "number", False:
            return sql.SQL("(SELECT one::text FROM (SELECT {} AS one) AS this WHERE {})").format(name, within)
        case "number", True:
            return each.format(
                sql.SQL("string_agg(one::text, {})").format(_GAP), name, sql.SQL("WHERE {}").format(within)
            )
        case _, True:
            return each.format(sql.SQL("string_agg(one::text, {})").format(_GAP), name, sql.SQL(""))
    return sql.SQL("{}::text").format(name)


def _rows(conn: Connection[Any], query: sql.Composed) -> Iterator[list[bytes]]:
    """Rows in PostgreSQL's binary form, some megabytes at a time."""
    rows: list[bytes] = []
    size, is_first = 0, True
    with conn.cursor() as curs, curs.copy(query) as copied:
        for data in copied:
            row = bytes(data)[_SIGNATURE:] if is_first else bytes(data)
            is_first = False
            if len(row) <= _SHORT.size:  # the end
                continue
            rows.append(row)
            size += len(row)
            if size > AT_ONCE:
                yield rows
                rows, size = [], 0
    yield rows


def _values(row: bytes) -> list[bytes | None]:
    values: list[bytes | None] = []
    at = _SHORT.size
    while at < len(row):
        (length,) = _INT.unpack_from(row, at)
        at += _INT.size
        values.append(None if length < 0 else row[at : at + length])
        at += max(0, length)
    return values


def _looked_at(value: bytes | None, column: Column, looker: Looker) -> Iterator[str]:
    if value is None:
        return
    name = f"column {column.name}"
    if column.kind == "bytes":
        yield from (f"{name}, {field}" if field else name for field in fields_of(value, looker))
        return
    text = value.decode()
    parts: Sequence[str] = text.split("\n\n\n\n") if column.is_array else (text,)
    if column.kind == "json":
        fields = [field for part in parts for field in looker.fields(json.loads(part), column.name)]
        yield from (f"{name}, {field}" for field in fields)
    elif any(looker.text(part, column.name) for part in parts):
        yield name


def _scan_samples(conn: Connection[Any], looker: Looker) -> Iterator[Finding]:
    """Values that the planner keeps of columns with text, which outlive the rows they were taken from."""
    for table, column, *samples in conn.execute(SAMPLES, (list(SKIPPED),)).fetchall():
        kinds = {one.name: one.kind for one in _columns_named(conn, table)}
        if kinds.get(column) in ("text", "json") and any(looker.cells(text) for text in samples if text):
            yield finding(f"statistics of {table}", "", f"column {column}")


def _columns_named(conn: Connection[Any], table: str) -> list[Column]:
    schema, _, name = table.partition(".")
    oid = conn.execute(
        "SELECT pg_class.oid FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
        " WHERE (nspname, relname) = (%s, %s)",
        (schema, name),
    ).fetchone()
    return [Column(*row) for row in conn.execute(COLUMNS, oid)] if oid else []
