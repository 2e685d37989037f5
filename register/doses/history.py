"""A person's doses as the register knows them: every record's latest report, and what was told of each dose."""

from datetime import date, datetime
from typing import NamedTuple, assert_never

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

INTERVAL_SHORT = "INTERVAL-SHORT"
SAME_SYSTEM_TWICE = "SAME-SYSTEM-TWICE"
# Flags that come and go with a person's other doses; a record is kept without them.
FLAGS_AMONG_OTHERS = frozenset((INTERVAL_SHORT, SAME_SYSTEM_TWICE))
# The flag of a record without a reference of its own; the history knows such a record by it.
REFERENCE_MISSING = "REFERENCE-MISSING"

SaysADose = DoseRecorded | DoseCorrected | DoseReinstated | DoseSourceAdded | DoseSourceChanged


class DoseContent(NamedTuple):
    """What a report says of a dose, understood: days are days, products have the register's names."""

    system_name: str
    given_on: date
    disease: str
    product: str
    batch: str
    dose_number: int | None
    care_provider: str
    care_unit: str
    care_unit_municipality: str
    setting: str
    campaign: str


class Record(NamedTuple):
    """The latest report of one record. One that was only ever taken back has no content."""

    key: bytes
    dose_id: int
    reported_at: datetime
    sender: str
    content: DoseContent | None
    flags: tuple[str, ...]  # without those of a dose among others
    live: bool
    joined: int  # version of the fact with which it became a source of its dose: the first one leads
    moved: bool = False  # not live, because it stands in another history

    @property
    def has_reference(self) -> bool:
        """Whether the sender's system has a name of its own for the record."""
        return REFERENCE_MISSING not in self.flags


class Told(NamedTuple):
    """What the last fact about a true dose said of it."""

    record: bytes
    content: DoseContent
    flags: tuple[str, ...]
    suspected_duplicate_of: int | None


class DoseHistory(NamedTuple):
    """Records by key, and the doses that are true by id. Never changed in place.

    `under` holds the identity (its person id) of each record that was not reported under this history's own.
    """

    records: dict[bytes, Record]
    told: dict[int, Told]
    under: dict[bytes, int]

    def standing(self) -> list[Record]:
        """Records that this history holds, live or taken back by their sender, in the order in which they joined."""
        return sorted((record for record in self.records.values() if not record.moved), key=lambda one: one.joined)


NO_DOSES = DoseHistory({}, {}, {})


def evolve_doses(history: DoseHistory, fact: DoseFact) -> DoseHistory:
    """The doses after one more fact."""
    match fact:
        case DoseRecorded() | DoseReinstated():
            content = content_of(fact)
            record = _record(fact, content, joined=fact.version)
            told = {**history.told, fact.dose_id: _told(fact, content)}
            return DoseHistory({**history.records, fact.record: record}, told, history.under)
        case DoseCorrected():
            content = content_of(fact)
            record = _record(fact, content, joined=history.records[fact.record].joined)
            told = {**history.told, fact.dose_id: _told(fact, content)}
            return DoseHistory({**history.records, fact.record: record}, told, history.under)
        case DoseSourceAdded():
            record = _record(fact, content_of(fact), joined=fact.version)
            return DoseHistory({**history.records, fact.record: record}, history.told, history.under)
        case DoseSourceChanged():
            record = _record(fact, content_of(fact), joined=history.records[fact.record].joined)
            return DoseHistory({**history.records, fact.record: record}, history.told, history.under)
        case DoseSourceWithdrawn():
            return DoseHistory(
                {**history.records, fact.record: _taken_back(history, fact)}, history.told, history.under
            )
        case DoseWithdrawn():
            told = {dose_id: dose for dose_id, dose in history.told.items() if dose_id != fact.dose_id}
            return DoseHistory({**history.records, fact.record: _taken_back(history, fact)}, told, history.under)
        case DoseReportedUnder():
            return history._replace(under={**history.under, fact.record: fact.identity})
        case _:
            assert_never(fact)


def content_of(fact: SaysADose) -> DoseContent:
    """What the fact says of its dose."""
    return DoseContent(
        fact.system_name,
        fact.given_on,
        fact.disease,
        fact.product,
        fact.batch,
        fact.dose_number,
        fact.care_provider,
        fact.care_unit,
        fact.care_unit_municipality,
        fact.setting,
        fact.campaign,
    )


def _record(fact: SaysADose, content: DoseContent, joined: int) -> Record:
    flags = fact.flags
    if not FLAGS_AMONG_OTHERS.isdisjoint(flags):
        flags = tuple(flag for flag in flags if flag not in FLAGS_AMONG_OTHERS)
    return Record(fact.record, fact.dose_id, fact.reported_at, fact.sender, content, flags, True, joined)


def _told(fact: SaysADose, content: DoseContent) -> Told:
    return Told(fact.record, content, fact.flags, fact.suspected_duplicate_of)


def _taken_back(history: DoseHistory, fact: DoseSourceWithdrawn | DoseWithdrawn) -> Record:
    known = history.records.get(fact.record)
    content, flags, sender = (known.content, known.flags, known.sender) if known else (None, (), "")
    moved = fact.cause != "withdrawn"
    return Record(fact.record, fact.dose_id, fact.reported_at, sender, content, flags, False, fact.version, moved)
