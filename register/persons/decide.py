"""What a population change comes to, given what is known of the person."""

from datetime import datetime
from typing import assert_never

from register.decision import OLDER_THAN_KNOWN, Context, Decision, Outcome
from register.facts import PersonFact
from register.people import History
from register.persons.facts import PersonDied, PersonMoved, PersonProtected, PersonRegistered
from register.persons.history import (
    DEATH,
    PROTECTION,
    RESIDENCE,
    Aspect,
    Description,
    IdentityHistory,
    described,
    stated_anew,
)
from register.persons.identify import identified
from register.persons.secrecy import is_secret
from register.persons.understand import UnderstoodChange


def decide_change(understood: UnderstoodChange, person: History, ctx: Context) -> Decision[PersonFact]:
    """The facts that a population change leads to.

    One thing is known of a person per day and event; of several words on it the one written last holds.
    """
    told = person.identity.told.get(_aspect(understood))
    if told is not None and understood.reported_at < told:
        codes = (*understood.flags, OLDER_THAN_KNOWN)
        return Decision(_remembered(understood, person, told, ctx), "already-known", codes, person.person_id)
    first = identified(person, understood.identity, ctx)
    by_number = Description(understood.identity.birth_year, understood.identity.sex)
    outcome = _outcome(understood, person.identity)
    facts: tuple[PersonFact, ...] = ()
    if outcome != "already-known":
        facts = (*first, _fact(understood, person, by_number, person.version + len(first) + 1, ctx))
    facts += _protected_beside(understood, person, facts, ctx)
    return Decision(facts, outcome, understood.flags, person.person_id)


def _remembered(said: UnderstoodChange, person: History, told: datetime, ctx: Context) -> tuple[PersonFact, ...]:
    """An older word that an identity is a secret one changes nothing but this: it is never linked."""
    known = person.identity
    if said.event != "protected" or said.grade in known.grades or not is_secret(said.grade, ctx.definitions):
        return ()
    about = (person.person_id, person.version + 1, ctx.now, ctx.receipt)
    again = (person.person_id, person.version + 2, ctx.now, ctx.receipt)
    return (
        PersonProtected(*about, said.reported_at, said.on, said.grade),
        PersonProtected(*again, told, said.on, known.protections[said.on]),
    )


def _protected_beside(
    said: UnderstoodChange, person: History, written: tuple[PersonFact, ...], ctx: Context
) -> tuple[PersonFact, ...]:
    """A protection that stands beside another event holds: what the feed hides nobody may show."""
    if said.event == "protected" or not said.grade or person.identity.protections.get(said.on) == said.grade:
        return ()
    told = person.identity.told.get((PROTECTION, said.on))
    if told is not None and said.reported_at < told:
        return ()
    first = written or identified(person, said.identity, ctx)
    version = person.version + len(first) + 1
    added = PersonProtected(person.person_id, version, ctx.now, ctx.receipt, said.reported_at, said.on, said.grade)
    return (added,) if written else (*first, added)


def _aspect(said: UnderstoodChange) -> Aspect:
    match said.event:
        case "registered" | "moved":
            return RESIDENCE, said.on
        case "protected":
            return PROTECTION, said.on
        case "died":
            return DEATH, None
        case _:
            assert_never(said.event)


def _outcome(said: UnderstoodChange, known: IdentityHistory) -> Outcome:
    residence = (said.municipality, said.deso)
    match said.event:
        case "registered":
            if said.on not in known.registered and known.residences.get(said.on) in (None, residence):
                return "recorded"
            same = (
                said.on in known.registered
                and known.residences[said.on] == residence
                and stated_anew(known, said.stated, said.reported_at)[0] == known.by_population
            )
            return "already-known" if same else "corrected"
        case "moved":
            return _compared(known.residences.get(said.on), residence)
        case "died":
            return _compared(known.died_on, said.on)
        case "protected":
            return _compared(known.protections.get(said.on), said.grade)
        case _:
            assert_never(said.event)


def _compared(known: object, said: object) -> Outcome:
    if known is None:
        return "recorded"
    return "already-known" if known == said else "corrected"


def _fact(said: UnderstoodChange, person: History, by_number: Description, version: int, ctx: Context) -> PersonFact:
    about = (person.person_id, version, ctx.now, ctx.receipt, said.reported_at)
    match said.event:
        case "registered":
            stated, held = said.stated, _held(said, person.identity, by_number)
            described_as = stated.birth_year, stated.sex, held.birth_year, held.sex
            return PersonRegistered(*about, said.on, said.municipality, said.deso, *described_as)
        case "moved":
            return PersonMoved(*about, said.on, said.municipality, said.deso)
        case "died":
            return PersonDied(*about, said.on)
        case "protected":
            return PersonProtected(*about, said.on, said.grade)
        case _:
            assert_never(said.event)


def _held(said: UnderstoodChange, known: IdentityHistory, by_number: Description) -> Description:
    """Birth year and sex as the register holds them from then on."""
    by_population, _ = stated_anew(known, said.stated, said.reported_at)
    return described(known.by_number if known.kind is not None else by_number, by_population, known.registrations)
