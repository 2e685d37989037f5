"""What every code on a receipt means, in words, and which column of a file it is about."""

import csv
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import NamedTuple

WITHHELD = "no"


class Meaning(NamedTuple):
    """The columns that a code is about (empty: the row as a whole), and the rule in English and in Swedish.

    `to_sender` says what a receipt tells of it: empty, the code itself; no, nothing, because it tells of what others
    reported; another code, that one.
    """

    field: str
    en: str
    sv: str
    to_sender: str = ""


@cache
def meanings() -> dict[str, Meaning]:
    """Every code that a receipt or an answer can carry. To add one, add a row; codes are never renamed or reused."""
    text = files(__package__).joinpath("codes.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter=";")
    return {row["code"]: Meaning(row["field"], row["en"], row["sv"], row["to_sender"] or "") for row in rows}


def for_sender(codes: Iterable[str]) -> tuple[str, ...]:
    """What of these codes a sender is told: what follows from its own report, and not what others reported."""
    told = (code if (known := meanings().get(code)) is None else known.to_sender or code for code in codes)
    return tuple(code for code in told if code != WITHHELD)


def in_words(code: str) -> str:
    """A code with the field and the rule that it stands for, in English."""
    meaning = meanings().get(code)
    if meaning is None:
        return code
    return f"{code} ({meaning.field + ': ' if meaning.field else ''}{meaning.en})"
