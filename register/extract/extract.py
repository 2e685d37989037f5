"""Everything that the facts of all identities of a person amount to, for the person and whoever may read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import get_args

from register.definitions import protection_named
from register.doses.facts import DoseFact
from register.extract.doses import PLACES, ToldDose, doses_told
from register.facts import PersonFact
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
_NOT_SHOWN = frozenset(("person_id", "version", "recorded_at", "receipt", "record", "flags"))


@dataclass(frozen=True, slots=True)
class Residence:
    """Where the person lived from a day."""

    on: date
    municipality: str
    deso: str


@dataclass(frozen=True, slots=True)
class IdentityTold:
    """Something that was told of one identity: by the population register or the issuer of a reserve number."""

    identity: str
    recorded_at: datetime
    what: str
    receipt: str
    words: Mapping[str, str]


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


def extract(facts: Mapping[int, Sequence[PersonFact]]) -> Extract:
    """The extract of a person; `facts` holds every identity's history by person id, that of the root first.

    Of a person with protected identity the places are left out: what is printed may be seen by others.
    """
    members = tuple(history_of(person_id, history) for person_id, history in facts.items())
    person = Person(members[0], members[0], members)
    protected = protection(person).grade
    grade = protection_named(protected) if protected else None
    hides_units = bool(protected) and (grade is None or grade.masks_unit)
    hides_places = bool(protected) and (grade is None or grade.masks_municipality)
    # At one moment a dose leaves one identity before it stands under the root.
    in_order = sorted((fact for history in reversed([*facts.values()]) for fact in history), key=_when)
    lived = () if hides_places else tuple(Residence(day, *place) for day, place in residences(person).items())
    described = description(person)
    return Extract(
        tuple(show_id(person_id) for person_id in facts),
        described.birth_year,
        described.sex,
        died_on(person),
        protected,
        lived,
        tuple(
            doses_told(
                [fact for fact in in_order if isinstance(fact, _DOSE_FACTS)], masked=PLACES if hides_units else ()
            )
        ),
        tuple(_identity_told(fact, hides_places) for fact in in_order if isinstance(fact, _TOLD)),
        _links(in_order),
    )


def _when(fact: PersonFact) -> datetime:
    return fact.recorded_at


def _identity_told(fact: PersonFact, hides_places: bool) -> IdentityTold:
    hidden = {*_NOT_SHOWN, *(("municipality", "deso") if hides_places else ())}
    words = {
        field.name: str(value)
        for field in fields(fact)
        if field.name not in hidden and (value := getattr(fact, field.name)) not in (None, "")
    }
    what = fact.NAME.removesuffix(".v1")
    return IdentityTold(show_id(fact.person_id), fact.recorded_at, what, fact.receipt, words)


def _links(facts: Sequence[PersonFact]) -> tuple[LinkTold, ...]:
    """Each word on a pair once, though it stands in several histories."""
    told: dict[tuple[str, str], LinkTold] = {}
    for fact in facts:
        if isinstance(fact, IdentitiesLinked | IdentitiesUnlinked | IdentitiesToldApart):
            what = fact.NAME.removesuffix(".v1")
            told[fact.receipt, what] = LinkTold(
                fact.recorded_at,
                what,
                show_id(fact.kept),
                show_id(fact.absorbed),
                fact.reason if isinstance(fact, IdentitiesLinked) else "",
                fact.evidence,
                fact.by,
                fact.receipt,
            )
    return tuple(told.values())
