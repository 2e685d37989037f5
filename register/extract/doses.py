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
    facts: Iterable[DoseFact], held: DoseHistory, known: Mapping[bytes, Record], hidden_fields: Collection[str] = ()
) -> list[ToldDose]:
    """Every dose that is true, or that facts in the order recorded tell of, by the day given.

    `facts`: those that may be told. `held`: the doses of the identity that keeps them. `known`: every record of all
    identities. `hidden_fields`: what is not shown of a protected person; where a dose was given neither, then, by its
    sender and receipts.
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
                record = known[fact.record]
                if isinstance(fact, DoseWithdrawn) and fact.record not in dose.records:
                    dose.told += _source(record)
                    dose.content = _words(record.content, shown) if record.content else dose.content
                dose.told.append(_taken_back(fact, record))
                dose.records.setdefault(fact.record, {})
            case _:
                assert_never(fact)
    hides_places = len(shown) < len(SHOWN)
    shown_doses = [_shown(dose_id, dose, held, shown, hides_places=hides_places) for dose_id, dose in doses.items()]
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


def _shown(dose_id: int, dose: _Dose, held: DoseHistory, shown: Sequence[str], *, hides_places: bool) -> ToldDose:
    now = held.told.get(dose_id)
    told = (*_sources(dose_id, dose, held), *dose.told)
    if told[0].what == DoseSourceAdded.__name__:
        # What was there before it was told of somebody else.
        told = (replace(told[0], what=DoseRecorded.__name__), *told[1:])
    if hides_places:
        told = tuple(replace(one, sender="", system_name="", receipt="", reason="") for one in told)
    if now is None:
        flags = tuple(flag for flag in dose.flags if flag not in FLAGS_AMONG_OTHERS)
        return ToldDose(show_id(dose_id), False, _merged_into(dose, held), None, dose.content, flags, told)
    repeats = show_id(now.suspected_duplicate_of) if now.suspected_duplicate_of is not None else None
    return ToldDose(show_id(dose_id), True, None, repeats, _words(now.content, shown), now.flags, told)


def _merged_into(dose: _Dose, held: DoseHistory) -> str | None:
    standing = (held.records[key] for key in dose.records if key in held.records)
    return next((show_id(record.dose_id) for record in standing if record.live), None)


def _sources(dose_id: int, dose: _Dose, held: DoseHistory) -> list[DoseTold]:
    """Whose records a true dose stands on of which nothing was told."""
    standing = (record for record in held.standing() if record.live and record.dose_id == dose_id)
    return [told for record in standing if record.key not in dose.records for told in _source(record)]


def _source(record: Record) -> list[DoseTold]:
    """Who says that a dose was given, where what led to it may not be told: as they wrote it, and when they did."""
    if record.content is None:
        return []
    what, at = DoseRecorded.__name__, record.reported_at
    return [DoseTold(at, what, "reported", record.sender, record.content.system_name, "", at)]
