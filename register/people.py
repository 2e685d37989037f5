"""A person's history: who they are, which doses they were given, and with whom they are one, folded from the facts."""

from collections.abc import Iterable
from typing import NamedTuple, assert_never

from register.doses.facts import (
    DoseCorrected,
    DoseRecorded,
    DoseReinstated,
    DoseReportedUnder,
    DoseSourceAdded,
    DoseSourceChanged,
    DoseSourceWithdrawn,
    DoseWithdrawn,
)
from register.doses.history import NO_DOSES, DoseHistory, evolve_doses
from register.erasure.facts import PersonErased
from register.facts import PersonFact
from register.links.facts import IdentitiesLinked, IdentitiesToldApart, IdentitiesUnlinked
from register.links.history import NO_LINKS, LinkHistory, evolve_links
from register.persons.facts import (
    PersonDied,
    PersonIdentified,
    PersonMoved,
    PersonProtected,
    PersonRegistered,
    PersonRestated,
    ReserveNumberCorrected,
    ReserveNumberRegistered,
    ReserveNumberWithdrawn,
)
from register.persons.history import NOBODY, IdentityHistory, evolve_identity


class History(NamedTuple):
    """The history of one identity of a person so far; `version` is that of the last fact, 0 before the first."""

    person_id: int
    version: int
    identity: IdentityHistory
    doses: DoseHistory
    links: LinkHistory = NO_LINKS


class Person(NamedTuple):
    """A human being: the identity that a report names, the one whose history holds the doses, and all of them.

    `members` begins with the root. Who has one identity only is their own root.
    """

    own: History
    root: History
    members: tuple[History, ...]


def alone(history: History) -> Person:
    """A person of one identity."""
    return Person(history, history, (history,))


def unknown_person(person_id: int) -> History:
    """The history of somebody of whom nothing is known."""
    return History(person_id, 0, NOBODY, NO_DOSES)


def evolve(history: History, fact: PersonFact, *, in_place: bool = False) -> History:
    """The history after one more fact of the same history, in the order of versions.

    With `in_place` the history before is nobody's any longer: who has thousands of doses is not copied for each.
    """
    match fact:
        case (
            DoseRecorded()
            | DoseCorrected()
            | DoseReinstated()
            | DoseWithdrawn()
            | DoseSourceAdded()
            | DoseSourceChanged()
            | DoseSourceWithdrawn()
            | DoseReportedUnder()
        ):
            doses = evolve_doses(history.doses, fact, in_place=in_place)
            return History(history.person_id, fact.version, history.identity, doses, history.links)
        case (
            PersonIdentified()
            | PersonRegistered()
            | PersonMoved()
            | PersonDied()
            | PersonProtected()
            | ReserveNumberRegistered()
            | ReserveNumberCorrected()
            | ReserveNumberWithdrawn()
            | PersonRestated()
        ):
            identity = evolve_identity(history.identity, fact)
            return History(history.person_id, fact.version, identity, history.doses, history.links)
        case IdentitiesLinked() | IdentitiesUnlinked() | IdentitiesToldApart():
            links = evolve_links(history.links, fact)
            return History(history.person_id, fact.version, history.identity, history.doses, links)
        case PersonErased():
            return history._replace(version=fact.version)  # who it was is gone, what was given is not
        case _:
            assert_never(fact)


def history_of(person_id: int, facts: Iterable[PersonFact]) -> History:
    """The history that all facts of a person amount to."""
    history = unknown_person(person_id)
    for fact in facts:
        history = evolve(history, fact, in_place=True)
    return history
