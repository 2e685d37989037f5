"""Rows of a `;`-separated UTF-8 file with a header: read as a stream, and a broken row never costs the next one.

A file becomes reports in two steps: `read` finds the cells of each row by the header, and the format's own
module (`agency_csv` and its neighbours) says what a row of cells reports. Whatever can be a report goes to the
register, which decides; a row answered here is one that cannot even become a report.
"""

import csv
import re
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from register.masking import masked
from register.reports import LONGEST_TEXT

Cells = dict[str, str]
Row = TypeVar("Row")

# A report must fit into one Kafka message (1 MiB by default), and a character takes up to four bytes.
LONGEST_ROW = 100_000  # characters

# Bytes that are not UTF-8 were read as lone surrogates, which no UTF-8 text can hold.
_SURROGATES = re.compile("[\ud800-\udfff]")


class UnreadableFile(Exception):
    """The file as a whole is not of the format: nothing of it was sent."""


class BrokenCell(Exception):
    """A cell without which the row is no report: (column, code of `register/codes.csv`)."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field, self.code = field, code


class Report(NamedTuple):
    """A row that says something: its number (from 1 after the header), its schema and the schema's fields."""

    row: int
    schema: str
    fields: dict[str, Any]


class BrokenRow(NamedTuple):
    """A row that cannot become a report, and why; never what stood in it."""

    row: int
    field: str
    code: str


@dataclass(frozen=True)
class Columns:
    """The columns of a format; a file without one of the needed ones is not of the format."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table(Generic[Row]):
    """The rows of a file, to be gone through once, and the columns of its header that nobody knows."""

    rows: Iterator[Row]
    unknown_columns: tuple[str, ...]


def read(lines: Iterable[str], columns: Columns, make: Callable[[int, Cells], Row]) -> "Table[Row | BrokenRow]":
    """The rows of a file, each through `make`, which may raise BrokenCell. Columns left out are empty cells."""
    source = _Lines(lines)
    reader = csv.reader(source, delimiter=";")
    header = _header(reader, columns)
    known = {*columns.needed, *columns.optional}
    unknown = tuple(masked(name) for name in header if name not in known)
    empty = dict.fromkeys((*columns.needed, *columns.optional), "")
    return Table(_rows(source, reader, header, empty, make), unknown)


def _header(reader: Iterator[list[str]], columns: Columns) -> list[str]:
    try:
        header = [name.strip().lstrip("\ufeff") for name in next(reader)]
    except StopIteration:
        raise UnreadableFile("the file is empty: it has no header") from None
    except csv.Error:
        raise UnreadableFile("the first line is not a header of column names separated by ';'") from None
    if any(_SURROGATES.search(name) for name in header):
        raise UnreadableFile("the file is not UTF-8: save it as UTF-8 (in Excel: CSV UTF-8) and send it again")
    missing = [name for name in columns.needed if name not in header]
    if missing:
        hint = " (columns are separated by ';')" if len(header) == 1 else ""
        raise UnreadableFile(f"the header lacks {', '.join(missing)}{hint}")
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise UnreadableFile(f"the header names {', '.join(twice)} more than once")
    return header


def _rows(
    source: "_Lines", reader: Iterator[list[str]], header: list[str], empty: Cells, make: Callable[[int, Cells], Row]
) -> Iterator[Row | BrokenRow]:
    row = 0
    while True:
        source.taken.clear()
        try:
            texts = next(reader)
        except StopIteration:
            return
        except csv.Error:
            # A cell beyond csv's own limit: as a rule a quote that was never closed.
            texts = None
        if not texts and texts is not None:
            continue
        row += 1
        if texts is None or len(texts) != len(header):
            # An open quote swallows the rows below it: give them back and answer for the first line alone.
            source.give_back_all_but_the_first()
            yield BrokenRow(row, "", "ROW-TOO-LONG" if texts is None else "ROW-CELLS")
            continue
        wrong = _unfit(texts, header, empty)
        if wrong:
            yield BrokenRow(row, *wrong)
            continue
        try:
            yield make(row, empty | dict(zip(header, [text.strip() for text in texts], strict=True)))
        except BrokenCell as broken:
            yield BrokenRow(row, broken.field, broken.code)


def _unfit(texts: list[str], header: list[str], known: Container[str]) -> tuple[str, str] | None:
    """Column and code of the first cell that no report can hold; a column that nobody knows is not named."""
    together = "".join(texts)
    if len(together) > LONGEST_TEXT:
        if len(together) > LONGEST_ROW:
            return "", "ROW-TOO-LONG"
        for name, text in zip(header, texts, strict=True):
            if len(text) > LONGEST_TEXT:
                return name if name in known else "", "TEXT-TOO-LONG"
    if together.isascii() and "\0" not in together:
        return None
    for name, text in zip(header, texts, strict=True):
        if "\0" in text or _SURROGATES.search(text):
            return name if name in known else "", "ROW-NOT-TEXT"
    return None


class _Lines:
    """The lines of the file, with those of the row being read kept so that they can be given back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._ahead: deque[str] = deque()
        self._lines = iter(lines)
        self.taken: list[str] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else next(self._lines)
        self.taken.append(line)
        return line

    def give_back_all_but_the_first(self) -> None:
        self._ahead.extendleft(reversed(self.taken[1:]))
        self.taken.clear()
