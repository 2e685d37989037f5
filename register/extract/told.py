"""What an extract tells of the identities themselves: by the population, by who issued a number, by who linked them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import NamedTuple

from register.definitions import protection_code
from register.extract.doses import Changed
from register.facts import PersonFact
from register.hidden_fields import FIELDS
from register.ids import show_id
from register.links.facts import IdentitiesLinked, IdentitiesUnlinked, LinkFact
from register.persons.facts import (
    PersonDied,
    PersonMoved,
    PersonProtected,
    PersonRegistered,
    ReserveNumberCorrected,
    ReserveNumberRegistered,
    ReserveNumberWithdrawn,
)

_TOLD = (
    PersonRegistered,
    PersonMoved,
    PersonDied,
    PersonProtected,
    ReserveNumberRegistered,
    ReserveNumberCorrected,
    ReserveNumberWithdrawn,
)
# Of a protected person, what tells of no place.
_NO_PLACE = frozenset(("on", "grade", "stated_birth_year", "stated_sex", "birth_year", "sex", "reported_at"))
_OF_THE_REPORT = frozenset(("reported_at",))
# What the end of a link is called that never was.
NEVER_LINKED = "IdentitiesNeverLinked"
NO_PROTECTION = "none"  # the grade by which one ends; facts leave it empty
_NOT_SHOWN = frozenset(("person_id", "version", "recorded_at", "receipt", "record", "flags"))


class Source(NamedTuple):
    """Who sent a report, and the system that they named."""

    sender: str = ""
    system_name: str = ""


@dataclass(frozen=True, slots=True)
class IdentityTold:
    """Something that was told of one identity: by the population register or the issuer of a reserve number.

    `changes`: what a correction of a registration made another.
    """

    identity: str
    recorded_at: datetime
    what: str
    sender: str
    system_name: str
    receipt: str
    words: Mapping[str, str]
    changes: tuple[Changed, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkTold:
    """A word on two of the identities, or on one of them and somebody else's."""

    recorded_at: datetime
    what: str
    kept: str
    absorbed: str
    reason: str
    evidence: str
    by: str
    sender: str
    system_name: str
    receipt: str


def identities_told(
    facts: Iterable[PersonFact],
    births: Mapping[str, date],
    sources: Mapping[str, Source],
    not_shown: Collection[str],
    *,
    hides_places: bool,
) -> Iterator[IdentityTold]:
    """What was told of each identity; of a protected one without what tells of a place."""
    stated: dict[bytes, dict[str, str]] = {}  # by each registration so far
    for fact in facts:
        if not isinstance(fact, _TOLD):
            continue
        words = {
            field.name: str(value)
            for field in fields(fact)
            if (field.name in _NO_PLACE or field.name in FIELDS if hides_places else field.name not in _NOT_SHOWN)
            and field.name not in not_shown
            and (value := getattr(fact, field.name)) not in (None, "")
        }
        if isinstance(fact, PersonProtected):
            words["grade"] = protection_code(fact.grade or NO_PROTECTION)
        changes: tuple[Changed, ...] = ()
        if isinstance(fact, ReserveNumberRegistered | ReserveNumberCorrected):
            if fact.receipt in births:
                words["stated_birth_date"] = births[fact.receipt].isoformat()
            changes = _changes(stated.get(fact.record, words), words)
            stated[fact.record] = words
        what = fact.NAME.removesuffix(".v1")
        source, receipt = (Source(), "") if hides_places else (sources.get(fact.receipt, Source()), fact.receipt)
        yield IdentityTold(show_id(fact.person_id), fact.recorded_at, what, *source, receipt, words, changes)


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Changed, ...]:
    """Every word that became another, or came, or went."""
    named = [name for name in dict.fromkeys((*new, *old)) if name not in _OF_THE_REPORT]
    pairs = [(name, old.get(name, ""), new.get(name, "")) for name in named]
    return tuple(Changed(*pair) for pair in pairs if pair[1] != pair[2])


def links_told(facts: Iterable[LinkFact], sources: Mapping[str, Source], *, hides_places: bool) -> Iterator[LinkTold]:
    """Each word on a pair once, though it stands in several histories."""
    told: dict[tuple[str, str], LinkFact] = {}
    linked: set[frozenset[int]] = set()
    for fact in facts:
        what, pair = fact.NAME.removesuffix(".v1"), frozenset((fact.kept, fact.absorbed))
        if isinstance(fact, IdentitiesLinked):
            linked.add(pair)
        elif isinstance(fact, IdentitiesUnlinked) and pair not in linked:
            what = NEVER_LINKED
        told[fact.receipt, what] = fact
    for (receipt, what), fact in told.items():
        pair_and_reason = show_id(fact.kept), show_id(fact.absorbed), getattr(fact, "reason", "")
        system_name = sources.get(receipt, Source()).system_name
        by = ("",) * 5 if hides_places else (fact.evidence, fact.by, fact.sender, system_name, receipt)
        yield LinkTold(fact.recorded_at, what, *pair_and_reason, *by)
