"""Rows for people and for programs: a table, CSV (`;`), JSON or Parquet, on standard output."""

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # https://owasp.org/www-community/attacks/CSV_Injection

FormatOption = Annotated[Format, typer.Option("--format", help="how the rows are written on standard output")]


def write_rows(columns: Sequence[str], rows: Iterable[Sequence[Any]], form: Format) -> None:
    """Write rows whose values stand in the order of the columns."""
    match form:
        case Format.TABLE:
            _table(columns, rows)
        case Format.CSV:
            out = csv.writer(sys.stdout, delimiter=";", lineterminator="\n")
            out.writerow(columns)
            out.writerows([_cell(value) for value in row] for row in rows)
        case Format.JSON:
            named = [dict(zip(columns, row, strict=True)) for row in rows]
            json.dump(named, sys.stdout, default=str, ensure_ascii=False, indent=1)
            sys.stdout.write("\n")
        case Format.PARQUET:
            import polars as pl  # noqa: PLC0415

            frame = pl.DataFrame([list(row) for row in rows], schema=list(columns), orient="row")
            frame.write_parquet(sys.stdout.buffer)


def _cell(value: Any) -> Any:
    """As it stands in a CSV file: what a spreadsheet would take for a formula begins with an apostrophe."""
    if isinstance(value, list):
        return ",".join(map(str, value))
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    texts = [[_text(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *texts, strict=True)]
    numbers = [bool(texts) and all(_is_number(row[at]) for row in texts) for at in range(len(columns))]
    for row in (list(columns), *texts):
        cells = zip(row, widths, numbers, strict=True)
        print("  ".join(text.rjust(width) if number else text.ljust(width) for text, width, number in cells).rstrip())


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4f}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _is_number(text: str) -> bool:
    return not text or text.lstrip("-").replace(".", "", 1).isdigit()
