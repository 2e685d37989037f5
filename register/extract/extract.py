"""Everything that the facts of all identities of a person amount to, for the person and whoever may read it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from types import MappingProxyType
from typing import get_args

from register.doses.facts import DoseFact
from register.extract.doses import Changed, ToldDose, doses_told
from register.facts import PersonFact
from register.hidden_fields import FIELDS, MUNICIPALITY, UNIT, fields_hidden, hidden_by
from register.ids import show_id
from register.links.facts import IdentitiesLinked, IdentitiesToldApart, IdentitiesUnlinked
from register.people import Person, history_of
from register.persons.facts import (
    PersonDied,
    PersonMoved,
    PersonProtected,
    PersonRegistered,
    ReserveNumberCorrected,
    ReserveNumberRegistered,
    ReserveNumberWithdrawn,
)
from register.persons.held import description, died_on, protection, residences

_DOSE_FACTS = get_args(DoseFact)
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
_NOT_SHOWN = frozenset(("person_id", "version", "recorded_at", "receipt", "record", "flags"))


@dataclass(frozen=True, slots=True)
class Residence:
    """Where the person lived from a day."""

    on: date
    municipality: str
    deso: str


@dataclass(frozen=True, slots=True)
class IdentityTold:
    """Something that was told of one identity: by the population register or the issuer of a reserve number.

    `changes`: what a correction of a registration made another.
    """

    identity: str
    recorded_at: datetime
    what: str
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
    receipt: str


@dataclass(frozen=True, slots=True)
class Extract:
    """All that the register holds about one person."""

    identities: tuple[str, ...]
    birth_year: int | None
    sex: str
    died_on: date | None
    protection: str
    residences: tuple[Residence, ...]
    doses: tuple[ToldDose, ...]
    told: tuple[IdentityTold, ...]
    links: tuple[LinkTold, ...]


def extract(
    facts: Mapping[int, Sequence[PersonFact]],
    *,
    with_others: Collection[int] = (),
    births: Mapping[str, date] = MappingProxyType({}),
) -> Extract:
    """The extract of a person; `facts` holds every identity's history by person id, that of the root first.

    Of a person with protected identity what tells of places is left out: what is printed may be seen by others. Words
    on a pair are told where the other identity is the person's own, or one of `with_others`: of whom it may be known.
    `births`: the days that registrations stated, by receipt; facts carry the year alone.
    """
    members = tuple(history_of(person_id, history) for person_id, history in facts.items())
    person = Person(members[0], members[0], members)
    protected = protection(person).grade
    hides = hidden_by(protected)
    hides_places, not_shown = bool(hides & (UNIT | MUNICIPALITY)), fields_hidden(hides)
    # At one moment a dose leaves one identity before it stands under the root.
    in_order = sorted((fact for history in reversed([*facts.values()]) for fact in history), key=_when)
    # Where even the municipality is hidden, the days of the moves are too.
    homes = {} if "municipality" in not_shown else residences(person)
    described, may_be_known = description(person), {*facts, *with_others}
    return Extract(
        tuple(show_id(person_id) for person_id in facts),
        described.birth_year,
        described.sex,
        died_on(person),
        protected,
        tuple(Residence(day, place[0], "" if "deso" in not_shown else place[1]) for day, place in homes.items()),
        tuple(
            doses_told(
                (fact for fact in in_order if isinstance(fact, _DOSE_FACTS)),
                hidden_fields=not_shown,
                hides_links=not partners(in_order) <= may_be_known,
                hidden=_led_by_hidden(in_order, may_be_known),
            )
        ),
        tuple(_identities_told(in_order, births, not_shown, hides_places=hides_places)),
        _links(in_order, may_be_known, hides_places=hides_places),
    )


def _when(fact: PersonFact) -> datetime:
    return fact.recorded_at


def _identities_told(
    facts: Iterable[PersonFact], births: Mapping[str, date], not_shown: Collection[str], *, hides_places: bool
) -> Iterator[IdentityTold]:
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
        changes: tuple[Changed, ...] = ()
        if isinstance(fact, ReserveNumberRegistered | ReserveNumberCorrected):
            if fact.receipt in births:
                words["stated_birth_date"] = births[fact.receipt].isoformat()
            changes = _changes(stated.get(fact.record, words), words)
            stated[fact.record] = words
        what, receipt = fact.NAME.removesuffix(".v1"), "" if hides_places else fact.receipt
        yield IdentityTold(show_id(fact.person_id), fact.recorded_at, what, receipt, words, changes)


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Changed, ...]:
    """Every word that became another, or came, or went."""
    named = [name for name in dict.fromkeys((*new, *old)) if name not in _OF_THE_REPORT]
    pairs = [(name, old.get(name, ""), new.get(name, "")) for name in named]
    return tuple(Changed(*pair) for pair in pairs if pair[1] != pair[2])


def _links(facts: Sequence[PersonFact], known: Collection[int], *, hides_places: bool) -> tuple[LinkTold, ...]:
    """Each word on a pair once, though it stands in several histories."""
    told: dict[tuple[str, str], LinkTold] = {}
    linked: set[frozenset[int]] = set()
    for fact in facts:
        if isinstance(fact, IdentitiesLinked | IdentitiesUnlinked | IdentitiesToldApart):
            if fact.kept not in known or fact.absorbed not in known:
                continue
            what, pair = fact.NAME.removesuffix(".v1"), frozenset((fact.kept, fact.absorbed))
            if isinstance(fact, IdentitiesLinked):
                linked.add(pair)
            elif isinstance(fact, IdentitiesUnlinked) and pair not in linked:
                what = NEVER_LINKED
            told[fact.receipt, what] = LinkTold(
                fact.recorded_at,
                what,
                show_id(fact.kept),
                show_id(fact.absorbed),
                fact.reason if isinstance(fact, IdentitiesLinked) else "",
                "" if hides_places else fact.evidence,
                "" if hides_places else fact.by,
                "" if hides_places else fact.receipt,
            )
    return tuple(told.values())


def _led_by_hidden(facts: Sequence[PersonFact], known: Collection[int]) -> set[str]:
    """The receipts of words on pairs of which one may not be known."""
    words = (fact for fact in facts if isinstance(fact, IdentitiesLinked | IdentitiesUnlinked | IdentitiesToldApart))
    return {fact.receipt for fact in words if fact.kept not in known or fact.absorbed not in known}


def partners(facts: Iterable[PersonFact]) -> set[int]:
    """Everybody whom words on pairs name."""
    words = [fact for fact in facts if isinstance(fact, IdentitiesLinked | IdentitiesUnlinked | IdentitiesToldApart)]
    return {identity for fact in words for identity in (fact.kept, fact.absorbed)}
