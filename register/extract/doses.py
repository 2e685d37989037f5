"""The doses of an extract: each with its sources, and every change with the old value beside the new one."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from register.doses.facts import (
    DoseCorrected,
    DoseFact,
    DoseRecorded,
    DoseReinstated,
    DoseReportedUnder,
    DoseSourceAdded,
    DoseSourceChanged,
    DoseSourceWithdrawn,
    DoseWithdrawn,
)
from register.doses.history import DoseContent, SaysADose, content_of
from register.ids import show_id

# What of a dose's content is shown, in this order.
SHOWN = (
    *("given_on", "disease", "product", "batch", "dose_number"),
    *("care_provider", "care_unit", "care_unit_municipality", "setting", "campaign"),
)


@dataclass(frozen=True, slots=True)
class Changed:
    """A word of a dose that became another one."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class DoseTold:
    """One thing that became true of a dose: what, why, by whose report, and what changed."""

    recorded_at: datetime
    what: str
    cause: str
    sender: str
    system_name: str
    receipt: str
    reported_at: datetime
    reason: str = ""
    changes: tuple[Changed, ...] = ()


@dataclass(frozen=True, slots=True)
class ToldDose:
    """A dose as the register now holds it, and all that was told of it, oldest first."""

    dose: str
    true: bool
    suspected_duplicate_of: str | None
    content: dict[str, str]
    flags: tuple[str, ...]
    told: tuple[DoseTold, ...]


@dataclass(slots=True)
class _Dose:
    content: dict[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    repeats: int | None = None
    true_in: set[int] = field(default_factory=set)  # the histories in which it stands
    told: list[DoseTold] = field(default_factory=list)
    records: dict[bytes, tuple[str, str, dict[str, str]]] = field(default_factory=dict)


def doses_told(
    facts: Iterable[DoseFact],
    *,
    hidden_fields: Collection[str] = (),
    hides_links: bool = False,
    hidden: Collection[str] = (),
) -> list[ToldDose]:
    """Every dose that facts in the order recorded tell of, by the day given.

    `hidden_fields`: what is not shown of a protected person; where a dose was given neither, then, by its sender and
    receipts. What was known of somebody else, who was parted from the person since, is left out; `hides_links`: also
    that there was a link.
    `hidden`: receipts of what nobody may be led by, so that nothing is told of what they led to.
    """
    shown = [name for name in SHOWN if name not in hidden_fields]
    told, doses = list(facts), dict[int, _Dose]()
    parted = _parted(told)
    for fact in told:
        if (fact.person_id, fact.record) in parted:
            continue
        match fact:
            case DoseRecorded() | DoseCorrected() | DoseReinstated():
                dose = doses.setdefault(fact.dose_id, _Dose())
                now = _words(content_of(fact), shown)
                dose.told.append(_said(fact, _changes(dose.content, now)))
                dose.content, dose.flags, dose.repeats = now, fact.flags, fact.suspected_duplicate_of
                dose.true_in.add(fact.person_id)
                dose.records[fact.record] = (fact.sender, fact.system_name, now)
            case DoseSourceAdded() | DoseSourceChanged():
                dose = doses.setdefault(fact.dose_id, _Dose())
                now = _words(content_of(fact), shown)
                before = dose.records.get(fact.record, ("", "", {}))[2]
                dose.told.append(_said(fact, _changes(before or dose.content, now)))
                dose.records[fact.record] = (fact.sender, fact.system_name, now)
            case DoseWithdrawn() | DoseSourceWithdrawn():
                dose = doses.setdefault(fact.dose_id, _Dose())
                sender, system, _ = dose.records.get(fact.record, ("", "", {}))
                dose.told.append(_taken_back(fact, sender, system))
                if isinstance(fact, DoseWithdrawn):
                    dose.true_in.discard(fact.person_id)
            case DoseReportedUnder():
                pass
            case _:
                assert_never(fact)
    if hides_links:
        for dose in doses.values():
            dose.told = [
                told for told in dose.told if told.cause not in ("linked", "unlinked") and told.receipt not in hidden
            ]
    hides_places = len(shown) < len(SHOWN)
    shown_doses = [_shown(dose_id, dose, hides_places) for dose_id, dose in doses.items()]
    return sorted(shown_doses, key=lambda dose: (dose.content.get("given_on", ""), dose.dose))


def _parted(facts: Iterable[DoseFact]) -> set[tuple[int, bytes]]:
    """Histories and records that were in them only as long as a link stood that was undone."""
    last = {
        (fact.person_id, fact.record): fact
        for fact in facts
        if not isinstance(fact, DoseReportedUnder | DoseCorrected | DoseSourceChanged)
    }
    gone = DoseWithdrawn | DoseSourceWithdrawn
    return {where for where, fact in last.items() if isinstance(fact, gone) and fact.cause == "unlinked"}


def _words(content: DoseContent, shown: Sequence[str]) -> dict[str, str]:
    return {name: "" if (value := getattr(content, name)) is None else str(value) for name in shown}


def _changes(old: dict[str, str], new: dict[str, str]) -> tuple[Changed, ...]:
    return tuple(Changed(name, old[name], new[name]) for name in new if name in old and old[name] != new[name])


def _said(fact: SaysADose, changes: tuple[Changed, ...]) -> DoseTold:
    what, at = fact.NAME.removesuffix(".v1"), fact.recorded_at
    return DoseTold(at, what, fact.cause, fact.sender, fact.system_name, fact.receipt, fact.reported_at, "", changes)


def _taken_back(fact: DoseWithdrawn | DoseSourceWithdrawn, sender: str, system: str) -> DoseTold:
    what = fact.NAME.removesuffix(".v1")
    return DoseTold(fact.recorded_at, what, fact.cause, sender, system, fact.receipt, fact.reported_at, fact.reason)


def _shown(dose_id: int, dose: _Dose, hides_places: bool) -> ToldDose:
    repeats = show_id(dose.repeats) if dose.repeats is not None else None
    told = tuple(dose.told)
    if hides_places:
        told = tuple(replace(one, sender="", system_name="", receipt="", reason="") for one in told)
    return ToldDose(show_id(dose_id), bool(dose.true_in), repeats, dose.content, dose.flags, told)
