"""The doses of an extract: each with its sources, and every change with the old value beside the new one."""

from collections.abc import Collection, Iterable, Mapping, Sequence
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
from register.doses.history import FLAGS_AMONG_OTHERS, DoseContent, DoseHistory, Record, SaysADose, content_of
from register.ids import show_id

# What of a dose's content is shown, in this order.
SHOWN = (
    *("given_on", "disease", "product", "batch", "dose_number"),
    *("care_provider", "care_unit", "care_unit_municipality", "setting", "campaign"),
)

# What is said of a dose only after it was recorded.
_OF_A_KNOWN_DOSE = {each.__name__ for each in (DoseSourceAdded, DoseSourceChanged, DoseCorrected, DoseReinstated)}


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
    """A dose as the register now holds it, and all that was told of it, oldest first.

    `merged_into`: the dose of which its record is now one more source, where it is no dose of its own any longer.
    """

    dose: str
    true: bool
    merged_into: str | None
    suspected_duplicate_of: str | None
    content: dict[str, str]
    flags: tuple[str, ...]
    told: tuple[DoseTold, ...]


@dataclass(slots=True)
class _Dose:
    content: dict[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    told: list[DoseTold] = field(default_factory=list)
    records: dict[bytes, dict[str, str]] = field(default_factory=dict)  # what each said last


def doses_told(
    facts: Iterable[DoseFact],
    held: DoseHistory,
    known: Mapping[bytes, Record],
    hidden_fields: Collection[str] = (),
    *,
    by_record: bool = False,
) -> list[ToldDose]:
    """Every dose that is true, or that facts in the order recorded tell of, by the day given.

    `facts`: those that may be told. `held`: the doses of the identity that keeps them. `known`: every record of all
    identities. `hidden_fields`: what is not shown of a protected person; where a dose was given neither, then, by its
    sender and receipts. `by_record`: doses are named by a record of theirs, as their own id may have stayed with
    somebody whom nobody may be led to.
    """
    shown = [name for name in SHOWN if name not in hidden_fields]
    doses: dict[int, _Dose] = {dose_id: _Dose() for dose_id in held.told}
    for fact in facts:
        if isinstance(fact, DoseReportedUnder):
            continue
        dose = doses.setdefault(fact.dose_id, _Dose())
        match fact:
            case DoseRecorded() | DoseCorrected() | DoseReinstated():
                now = _words(content_of(fact), shown)
                dose.told.append(_said(fact, _changes(dose.content, now)))
                dose.content, dose.flags, dose.records[fact.record] = now, fact.flags, now
            case DoseSourceAdded() | DoseSourceChanged():
                now = _words(content_of(fact), shown)
                dose.told.append(_said(fact, _changes(dose.records.get(fact.record) or dose.content, now)))
                dose.content, dose.records[fact.record] = dose.content or now, now
            case DoseWithdrawn() | DoseSourceWithdrawn():
                dose.told.append(_taken_back(fact, known[fact.record]))
                dose.records.setdefault(fact.record, {})
            case _:
                assert_never(fact)
    hides_places = len(shown) < len(SHOWN)
    names = {
        dose_id: next(iter(dose.records)).hex()[:16] if by_record else show_id(dose_id)
        for dose_id, dose in doses.items()
    }
    shown_doses = [_shown(names, *each, held, shown, hides_places=hides_places) for each in doses.items()]
    return sorted(shown_doses, key=lambda dose: (dose.content.get("given_on", ""), dose.dose))


def _words(content: DoseContent, shown: Sequence[str]) -> dict[str, str]:
    return {name: "" if (value := getattr(content, name)) is None else str(value) for name in shown}


def _changes(old: dict[str, str], new: dict[str, str]) -> tuple[Changed, ...]:
    return tuple(Changed(name, old[name], new[name]) for name in new if name in old and old[name] != new[name])


def _said(fact: SaysADose, changes: tuple[Changed, ...]) -> DoseTold:
    what, at = fact.NAME.removesuffix(".v1"), fact.recorded_at
    return DoseTold(at, what, fact.cause, fact.sender, fact.system_name, fact.receipt, fact.reported_at, "", changes)


def _taken_back(fact: DoseWithdrawn | DoseSourceWithdrawn, record: Record) -> DoseTold:
    what, at = fact.NAME.removesuffix(".v1"), fact.recorded_at
    system_name = record.content.system_name if record.content else ""
    return DoseTold(at, what, fact.cause, record.sender, system_name, fact.receipt, fact.reported_at, fact.reason)


def _shown(
    names: Mapping[int, str], dose_id: int, dose: _Dose, held: DoseHistory, shown: Sequence[str], *, hides_places: bool
) -> ToldDose:
    now, told = held.told.get(dose_id), tuple(dose.told)
    if told[0].what in _OF_A_KNOWN_DOSE:
        # What it was before was told of somebody else.
        told = (replace(told[0], what=DoseRecorded.__name__), *told[1:])
    if hides_places:
        told = tuple(replace(one, sender="", system_name="", receipt="", reason="") for one in told)
    if now is None:
        flags = tuple(flag for flag in dose.flags if flag not in FLAGS_AMONG_OTHERS)
        return ToldDose(names[dose_id], False, _merged_into(names, dose, held), None, dose.content, flags, told)
    repeats = None if now.suspected_duplicate_of is None else names.get(now.suspected_duplicate_of)
    return ToldDose(names[dose_id], True, None, repeats, _words(now.content, shown), now.flags, told)


def _merged_into(names: Mapping[int, str], dose: _Dose, held: DoseHistory) -> str | None:
    standing = (held.records[key] for key in dose.records if key in held.records)
    return next((names.get(record.dose_id) for record in standing if record.live), None)
