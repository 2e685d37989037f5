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
    """Records by key, and the doses that are true by id. Changed in place only where nobody else holds it.

    `under` holds the identity (its person id) of each record that was not reported under this history's own.
    """

    records: dict[bytes, Record]
    told: dict[int, Told]
    under: dict[bytes, int]

    def standing(self) -> list[Record]:
        """Records that this history holds, live or taken back by their sender, in the order in which they joined."""
        return sorted((record for record in self.records.values() if not record.moved), key=lambda one: one.joined)


NO_DOSES = DoseHistory({}, {}, {})


def evolve_doses(history: DoseHistory, fact: DoseFact, *, in_place: bool = False) -> DoseHistory:
    """The doses after one more fact. With `in_place` the history before is nobody's any longer, and becomes the new."""
    after = history
    if history is NO_DOSES:
        after = DoseHistory({}, {}, {})
    elif not in_place:
        after = DoseHistory(dict(history.records), dict(history.told), dict(history.under))
    records, told = after.records, after.told
    match fact:
        case DoseRecorded() | DoseReinstated():
            content = content_of(fact)
            records[fact.record] = _record(fact, content, joined=fact.version)
            told[fact.dose_id] = _told(fact, content)
        case DoseCorrected():
            content = content_of(fact)
            records[fact.record] = _record(fact, content, joined=records[fact.record].joined)
            told[fact.dose_id] = _told(fact, content)
        case DoseSourceAdded():
            records[fact.record] = _record(fact, content_of(fact), joined=fact.version)
        case DoseSourceChanged():
            records[fact.record] = _record(fact, content_of(fact), joined=records[fact.record].joined)
        case DoseSourceWithdrawn():
            records[fact.record] = _taken_back(records, fact)
        case DoseWithdrawn():
            told.pop(fact.dose_id, None)
            records[fact.record] = _taken_back(records, fact)
        case DoseReportedUnder():
            after.under[fact.record] = fact.identity
        case _:
            assert_never(fact)
    return after


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


def _taken_back(records: dict[bytes, Record], fact: DoseSourceWithdrawn | DoseWithdrawn) -> Record:
    known = records.get(fact.record)
    content, flags, sender = (known.content, known.flags, known.sender) if known else (None, (), "")
    moved = fact.cause != "withdrawn"
    return Record(fact.record, fact.dose_id, fact.reported_at, sender, content, flags, False, fact.version, moved)
