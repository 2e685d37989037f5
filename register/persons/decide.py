"""What a population change comes to, given what is known of the person."""

from typing import assert_never

from register.decision import OLDER_THAN_KNOWN, Context, Decision, Outcome
from register.facts import PersonFact
from register.people import History
from register.persons.facts import PersonDied, PersonMoved, PersonRegistered
from register.persons.heard import NOTHING_SAID, Heard
from register.persons.history import (
    DEATH,
    RESIDENCE,
    Aspect,
    Description,
    IdentityHistory,
    Residence,
    described,
    stated_anew,
)
from register.persons.identify import identified
from register.persons.protection import protected
from register.persons.understand import UnderstoodChange


def decide_change(understood: UnderstoodChange, person: History, ctx: Context) -> Decision[PersonFact]:
    """The facts that a population change leads to.

    It says two things, an event and a protection, and an old word on the one may be the newest on the other: what the
    feed hides nobody may show.
    """
    first = identified(person, understood.identity, ctx)
    version = person.version + len(first) + 1
    event = _happened(understood, person, version, ctx)
    protection = protected(understood, person, version + len(event.facts), ctx)
    facts = event.facts + protection.facts
    outcome = event.outcome if event.outcome != "already-known" else protection.outcome
    codes = understood.flags
    if event.older or protection.older:
        codes = (*codes, OLDER_THAN_KNOWN)
    return Decision((*first, *facts) if facts else (), outcome, codes, person.person_id)


def _happened(said: UnderstoodChange, person: History, version: int, ctx: Context) -> Heard:
    """What the event comes to: one thing is known of a person per day and event, as it was written last."""
    match said.event:
        case "registered":
            return _registered(said, person, version, ctx)
        case "moved":
            return _moved(said, person, version, ctx)
        case "died":
            return _died(said, person, version, ctx)
        case "protected":
            return NOTHING_SAID
        case _:
            assert_never(said.event)


def _registered(said: UnderstoodChange, person: History, version: int, ctx: Context) -> Heard:
    known, residence = person.identity, (said.municipality, said.deso)
    states_anew = stated_anew(known, said.stated, said.reported_at)[0] != known.by_population
    outcome: Outcome = "corrected" if said.on in known.registered else "recorded"
    if _is_older(said, known, (RESIDENCE, said.on)):
        if not states_anew:
            return Heard(older=True)
        # Of birth and sex it may be the first word, or the newest; of the residence the newer one is told again.
        lives, told = known.residences[said.on], known.told[RESIDENCE, said.on]
        again = PersonMoved(person.person_id, version + 1, ctx.now, ctx.receipt, told, said.on, *lives)
        return Heard((_registration(said, person, lives, version, ctx), again), outcome, older=True)
    if known.residences.get(said.on, residence) != residence:
        outcome = "corrected"
    elif outcome == "corrected" and not states_anew:
        return NOTHING_SAID
    return Heard((_registration(said, person, residence, version, ctx),), outcome)


def _registration(
    said: UnderstoodChange, person: History, lives: Residence, version: int, ctx: Context
) -> PersonRegistered:
    """The fact, with birth year and sex as the register holds them from then on."""
    known, stated = person.identity, said.stated
    by_population, _ = stated_anew(known, stated, said.reported_at)
    by_number = Description(said.identity.birth_year, said.identity.sex)
    held = described(known.by_number if known.kind is not None else by_number, by_population, known.registrations)
    about = person.person_id, version, ctx.now, ctx.receipt, said.reported_at, said.on
    return PersonRegistered(*about, *lives, stated.birth_year, stated.sex, held.birth_year, held.sex)


def _moved(said: UnderstoodChange, person: History, version: int, ctx: Context) -> Heard:
    residence = (said.municipality, said.deso)
    if _is_older(said, person.identity, (RESIDENCE, said.on)):
        return Heard(older=True)
    outcome = _compared(person.identity.residences.get(said.on), residence)
    if outcome == "already-known":
        return NOTHING_SAID
    about = person.person_id, version, ctx.now, ctx.receipt, said.reported_at, said.on
    return Heard((PersonMoved(*about, *residence),), outcome)


def _died(said: UnderstoodChange, person: History, version: int, ctx: Context) -> Heard:
    if _is_older(said, person.identity, (DEATH, None)):
        return Heard(older=True)
    outcome = _compared(person.identity.died_on, said.on)
    if outcome == "already-known":
        return NOTHING_SAID
    return Heard((PersonDied(person.person_id, version, ctx.now, ctx.receipt, said.reported_at, said.on),), outcome)


def _is_older(said: UnderstoodChange, known: IdentityHistory, aspect: Aspect) -> bool:
    told = known.told.get(aspect)
    return told is not None and said.reported_at < told


def _compared(known: object, said: object) -> Outcome:
    if known is None:
        return "recorded"
    return "already-known" if known == said else "corrected"
