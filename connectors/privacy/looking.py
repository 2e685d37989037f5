"""What counts as an identity number in a text, in a number, and in bytes of any kind.

`suspects` looks at very much in little time and never passes one over; what it names is looked at closely, field by
field, because a date beside a municipality's code is no identity number.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.privacy.suspicion import suspicious
from register.erasure.traces import Traces
from register.identities.free_text import in_one_line
from register.identities.number import Identity, looks_like_identity
from register.identities.written import written_out

# Twelve digits that can be a number with its century. Ten digits alone are also what counters come to.
FIRST, LAST = 180_000_000_000, 209_999_999_999
# What stands between the cells of files and of tables for people: no number goes on behind it.
_BETWEEN_CELLS = re.compile(r'[;,\t|"\r\n]|\s{2,}')
_UTF_16 = re.compile(rb"(?:[\x20-\x7e]\0){10,}|(?:\0[\x20-\x7e]){10,}")


@cache
def allowed() -> dict[str, re.Pattern[str]]:
    """What looks like a number by chance in a field of this name. To add one, add a row to `allowed.csv`."""
    text = files(__package__).joinpath("allowed.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter=";")
    return {row["field"]: re.compile(row["shape"]) for row in rows}


class Looker:
    """Looks for every national number, and for the identities it is told of."""

    def __init__(self, known: Iterable[Identity] = ()) -> None:
        identities = list(known)
        self._traces = Traces(identities) if identities else None
        values = {identity.value for identity in identities}
        self.numbers = sorted(int(value) for value in values if value.isascii() and value.isdigit())
        self._suspicious = suspicious(values)

    def suspects(self, values: Sequence[bytes]) -> list[int]:
        """Which of these may hold one, by place; in each of them several fields may lie side by side."""
        found = pc.match_substring_regex(pa.array(values, pa.large_binary()), self._suspicious)
        places: list[int] = pc.indices_nonzero(found).to_pylist()
        return places

    def text(self, text: str, field: str = "") -> bool:
        """Whether one stands in the text of a field."""
        shape = allowed().get(field)
        if shape is not None and shape.fullmatch(text):
            return False
        return looks_like_identity(text) or (
            self._traces is not None and self._traces.stand_in(text.encode("utf-8", "replace"))
        )

    def cells(self, line: str) -> bool:
        """Whether one stands in a line of a file, within one cell of it."""
        # Without escapes first: some hold a sign that stands between cells.
        plain = written_out(line)
        return any(map(self.text, _BETWEEN_CELLS.split(plain))) or in_one_line(plain)

    def number(self, number: int) -> bool:
        """Whether a whole number is one."""
        if FIRST <= number <= LAST and looks_like_identity(str(number)):
            return True
        return number in self.numbers

    def data(self, value: bytes) -> bool:
        """Whether one stands in bytes of no known kind: as text in UTF-8, Latin-1 or UTF-16."""
        if self.text(value.decode("utf-8", "replace")):
            return True
        return any(self.text(found[0].replace(b"\0", b"").decode()) for found in _UTF_16.finditer(value))

    def fields(self, value: Any, field: str = "") -> Iterator[str]:
        """The names of the fields, of a record or of parsed JSON, in which one stands."""
        if isinstance(value, dict):
            for name, inner in value.items():
                if self.text(str(name)):
                    yield f"{field}, in a name" if field else "in a name"
                    yield from self.fields(inner, field)
                else:
                    yield from self.fields(inner, str(name))
        elif isinstance(value, list | tuple):
            for inner in value:
                yield from self.fields(inner, field)
        elif self._is_one(value, field):
            yield field

    def _is_one(self, value: Any, field: str) -> bool:
        match value:
            case str():
                return self.text(value, field)
            case bytes():
                return self.data(value)
            case bool():
                return False
            case int():
                return self.number(value)
            case float():
                return value.is_integer() and self.number(int(value))
        return False

    def line(self, line: str) -> bool:
        """Whether one stands in a line of a log or a file: in a field of it, if it is JSON, else in a cell."""
        if line.lstrip().startswith(("{", "[")):
            try:
                return any(self.fields(json.loads(line)))
            except (ValueError, RecursionError):
                pass
        return self.cells(line)
