"""Who may ask what: one table of role, purpose, question and region. What does not stand in it is denied."""

import csv
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from register.codes import in_words

Scope = Literal["own", "any", "none"]
Concerns = Literal["nobody", "sender", "region", "person", "own", "log"]
SCOPES: tuple[Scope, ...] = ("own", "any", "none")

ROLE_UNKNOWN = "ROLE-UNKNOWN"
PURPOSE_MISSING = "PURPOSE-MISSING"
PURPOSE_NOT_OF_ROLE = "PURPOSE-NOT-OF-ROLE"
QUESTION_NOT_OF_ROLE = "QUESTION-NOT-OF-ROLE"
OTHER_REGION = "OTHER-REGION"
OTHER_PERSON = "OTHER-PERSON"


class Denied(Exception):
    """This may not be asked; `code` says why. It is an answer of `decide`, and raised where something is to be read."""

    def __init__(self, code: str, purposes: Iterable[str] = ()) -> None:
        named = ", ".join(purposes)
        super().__init__(f"{in_words(code)}: one of {named}" if named else in_words(code))
        self.code = code


class Allowed(NamedTuple):
    """This may be asked; the row of the table that says so."""

    role: str
    purpose: str
    action: str
    region: Scope
    source: str


class Action(NamedTuple):
    """Something that can be asked or done, and what it is about."""

    action: str
    concerns: Concerns
    about_two: Literal["yes", "no"]
    en: str


@cache
def table() -> dict[tuple[str, str, str], Allowed]:
    """To let a role ask more, add a row to roles.csv. Regions: own, any, or none = it is about no region at all."""
    rows = [Allowed(**row) for row in _rows("roles.csv")]
    assert all(row.region in SCOPES for row in rows)
    return {row[:3]: row for row in rows}


@cache
def actions() -> dict[str, Action]:
    """Everything that can be asked. To add something, add a row to actions.csv and to roles.csv who may."""
    return {row["action"]: Action(**row) for row in _rows("actions.csv")}


def is_about_two(action: str) -> bool:
    """Whether a word on a pair was said, for which both are read at one moment."""
    known = actions().get(action)
    return known is not None and known.about_two == "yes"


def decide(role: str, purpose: str, action: str, own_region: str, asked_region: str) -> Allowed | Denied:
    """Whether a role may ask this for a purpose.

    Regions are 2-digit codes, empty if there is none. What belongs to a sender (see actions.csv) is decided the same
    way, with the senders' names in their places.
    """
    row = table().get((role, purpose, action))
    if row is None:
        return _why_not(role, purpose, action)
    match row.region:
        case "own":
            within = bool(own_region) and own_region == asked_region
        case "none":
            within = not asked_region
        case "any":
            within = True
    return row if within else Denied(OTHER_REGION)


def implied_purpose(role: str, action: str) -> str:
    """The purpose of a role that may ask this for one purpose only; empty if there are several, or none."""
    purposes = [row.purpose for row in table().values() if (row.role, row.action) == (role, action)]
    return purposes[0] if len(purposes) == 1 else ""


def _why_not(role: str, purpose: str, action: str) -> Denied:
    rows = [row for row in table().values() if row.role == role]
    if not rows:
        return Denied(ROLE_UNKNOWN)
    if not purpose:
        of_action = sorted({row.purpose for row in rows if row.action == action})
        return Denied(PURPOSE_MISSING, of_action) if of_action else Denied(QUESTION_NOT_OF_ROLE)
    return Denied(QUESTION_NOT_OF_ROLE if any(row.purpose == purpose for row in rows) else PURPOSE_NOT_OF_ROLE)


def _rows(name: str) -> list[dict[str, Any]]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter=";"))
