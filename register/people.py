"""One person's history: who they are and which doses they were given, folded from the facts in order."""

from collections.abc import Iterable
from functools import reduce
from typing import NamedTuple, assert_never

from register.doses.facts import (
    DoseCorrected,
    DoseRecorded,
    DoseReinstated,
    DoseSourceAdded,
    DoseSourceChanged,
    DoseSourceWithdrawn,
    DoseWithdrawn,
)
from register.doses.history import NO_DOSES, DoseHistory, evolve_doses
from register.facts import PersonFact
from register.persons.facts import (
    PersonDied,
    PersonIdentified,
    PersonMoved,
    PersonProtected,
    PersonRegistered,
    ReserveNumberCorrected,
    ReserveNumberRegistered,
    ReserveNumberWithdrawn,
)
from register.persons.history import NOBODY, IdentityHistory, evolve_identity


class History(NamedTuple):
    """A person's history so far; `version` is that of the last fact, 0 before the first."""

    person_id: int
    version: int
    identity: IdentityHistory
    doses: DoseHistory


def unknown_person(person_id: int) -> History:
    """The history of somebody of whom nothing is known."""
    return History(person_id, 0, NOBODY, NO_DOSES)


def evolve(history: History, fact: PersonFact) -> History:
    """The history after one more fact of the same history, in the order of versions."""
    match fact:
        case (
            DoseRecorded()
            | DoseCorrected()
            | DoseReinstated()
            | DoseWithdrawn()
            | DoseSourceAdded()
            | DoseSourceChanged()
            | DoseSourceWithdrawn()
        ):
            return History(history.person_id, fact.version, history.identity, evolve_doses(history.doses, fact))
        case (
            PersonIdentified()
            | PersonRegistered()
            | PersonMoved()
            | PersonDied()
            | PersonProtected()
            | ReserveNumberRegistered()
            | ReserveNumberCorrected()
            | ReserveNumberWithdrawn()
        ):
            return History(history.person_id, fact.version, evolve_identity(history.identity, fact), history.doses)
        case _:
            assert_never(fact)


def history_of(person_id: int, facts: Iterable[PersonFact]) -> History:
    """The history that all facts of a person amount to."""
    return reduce(evolve, facts, unknown_person(person_id))
