"""One identity of a person, and the answer when what was sent names no person."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

Kind = Literal["personal", "coordination", "reserve"]
# The number that holds longest first: of two that are one person's it is the one to keep the doses.
KINDS: tuple[Kind, ...] = get_args(Kind)
Sex = Literal["F", "M", "unknown"]


@dataclass(frozen=True, slots=True)
class Identity:
    """One identity of a person, always (OID, value); the printed form shows neither the value nor the birth."""

    root: str
    value: str = field(repr=False)
    kind: Kind = field(compare=False)
    birth_date: date | None = field(compare=False, repr=False)
    birth_year: int | None = field(compare=False, repr=False)
    sex: Sex = field(compare=False, repr=False)
    # What was odd about the way it was sent: two reports of one number are about the same identity all the same.
    flags: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class BrokenIdentity:
    """An identity that names no person: every code that applies, and never what was sent."""

    codes: tuple[str, ...]
