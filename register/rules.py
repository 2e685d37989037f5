"""Rules as dated rows: a stable code that senders see, and one predicate that says when it applies."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Generic, TypeVar

Subject_contra = TypeVar("Subject_contra", contravariant=True)

ALWAYS = date.min


@dataclass(frozen=True, slots=True, eq=False)
class Rule(Generic[Subject_contra]):
    """One row. It is in force on the register's days from `valid_from` to `valid_to`, both included."""

    code: str
    applies: Callable[[Subject_contra], bool]
    valid_from: date = ALWAYS
    valid_to: date = date.max


Rules = tuple[Rule[Subject_contra], ...]


def codes_of(rules: Rules[Subject_contra], subject: Subject_contra, today: date) -> tuple[str, ...]:
    """The codes of all rules in force that apply, in the order of the table."""
    return tuple([rule.code for rule in _in_force(rules, today) if rule.applies(subject)])


@lru_cache(maxsize=1024)
def _in_force(rules: Rules[Any], today: date) -> Rules[Any]:
    return tuple(rule for rule in rules if rule.valid_from <= today <= rule.valid_to)
