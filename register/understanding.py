"""The part of a batch that needs nobody's history: reports read and understood, or refused, once."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

from register import definitions
from register.clock import day_in_sweden
from register.decision import Context, Refused
from register.identities.number import Identity, parse_identity
from register.ids import new_id
from register.kinds import KINDS, Kind
from register.own_words import kept_apart
from register.reports import NOT_DECIDABLE, NOT_DECODABLE, UNREADABLE, Report, Unreadable, record_key
from register.vault import Keys

Holder = Callable[[Report], str]

log = logging.getLogger(__name__)

# Rules that a row can break before it is a report: only these may a connector refuse by.
OF_ROWS = frozenset(
    {"NULLIFIED", "PATIENT-ID-TYPE", "REPORTED-AT", "ROW-CELLS", "ROW-NOT-TEXT", "ROW-TOO-LONG", "TEXT-TOO-LONG"}
)


@dataclass(frozen=True, slots=True)
class Understood:
    """A report that can be decided: about the person with this identity, or about the stock with this id."""

    report: Report
    kind: Kind
    meaning: Any = field(repr=False)
    ctx: Context
    identity: Identity | None
    lookup: bytes | None
    stock_id: int | None
    absorbed: Identity | None = None
    absorbed_lookup: bytes | None = None
    words: Mapping[str, str] = field(default_factory=dict, repr=False)  # of its own, by the marks that stand for them


@dataclass(frozen=True, slots=True)
class Told:
    """A report whose receipt is known without anybody's history: refused, or to be quarantined."""

    report: Report | Unreadable
    outcome: Literal["refused", "quarantined"]
    codes: tuple[str, ...]


def sender_itself(report: Report) -> str:
    """Whoever reports under a name that was given to nobody holds the records of it that are theirs."""
    return report.place.sender


def understand_all(
    reports: Iterable[Report | Unreadable], keys: Keys, now: datetime, holder: Holder = sender_itself
) -> Iterator[Understood | Told]:
    """Every report in its place: understood, refused with all broken rules, or quarantined.

    `holder` says under which sender the records of a report's system stand.
    """
    today = day_in_sweden(now)
    for report in reports:
        if isinstance(report, Unreadable):
            yield Told(report, "quarantined", (report.code,))
            continue
        if report.kind == UNREADABLE:
            yield _broken_row(report)
            continue
        try:
            yield _understand(report, keys, now, today, holder(report))
        except Exception as failure:
            yield not_decidable(report, failure)


def _broken_row(report: Report) -> Told:
    """A row of a file in which its connector found no report: refused with the rule that it named."""
    code = report.said["code"]
    return Told(report, "refused", (code,)) if code in OF_ROWS else Told(report, "quarantined", (NOT_DECODABLE,))


def not_decidable(report: Report, failure: Exception) -> Told:
    """A report on which the register's own programs fail: kept for later, so that the others go on."""
    # Type only: what a program says of its failure may hold what was reported.
    log.error("%s cannot be decided (%s)", report.place.receipt, type(failure).__name__)
    return Told(report, "quarantined", (NOT_DECIDABLE,))


def _understand(report: Report, keys: Keys, now: datetime, today: date, holder: str) -> Understood | Told:
    kind, said = KINDS[report.kind], report.said
    if not kind.about_person:
        ctx = _context(report, now, today, record_key(keys, report, None, holder))
        meaning = kind.understand(said, None, ctx)
        if isinstance(meaning, Refused):
            return Told(report, meaning.outcome, meaning.codes)
        return Understood(report, kind, meaning, ctx, None, None, meaning.stock_id)
    identity = parse_identity(said["identity_root"], said["identity_value"], today=today)
    known = identity if isinstance(identity, Identity) else None
    ctx = _context(report, now, today, record_key(keys, report, known, holder))
    absorbed = parse_identity(said["absorbed_root"], said["absorbed_value"], today=today) if kind.about_two else None
    meaning = kind.understand(said, (identity, absorbed) if kind.about_two else identity, ctx)
    if isinstance(meaning, Refused):
        return Told(report, meaning.outcome, meaning.codes)
    assert isinstance(identity, Identity)
    meaning, words = kept_apart(meaning, ctx, keys)
    found = Understood(report, kind, meaning, ctx, identity, keys.lookup(identity), None, words=words)
    if isinstance(absorbed, Identity):
        return replace(found, absorbed=absorbed, absorbed_lookup=keys.lookup(absorbed))
    return found


def _context(report: Report, now: datetime, today: date, record: bytes) -> Context:
    return Context(now, today, report.place.sender, report.place.receipt, record, new_id, definitions)
