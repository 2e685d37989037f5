"""The facts that say who a person of several identities is held to be."""

from register.decision import Context
from register.people import History, Person, alone
from register.persons.facts import Cause, PersonRestated
from register.persons.held import Protection, description, died_on, protection, residences


def restated(person: Person, version: int, cause: Cause, ctx: Context) -> PersonRestated:
    """All that holds of the person, for the history of the root."""
    return _restated(person, protection(person), version, cause, ctx)


def hidden_with(person: Person, member: History, version: int, cause: Cause, ctx: Context) -> PersonRestated:
    """All that was said of one identity, with the protection of the person: for that identity's own history.

    What was counted of it before it was linked would else still tell where the protected person lived.
    """
    return _restated(alone(member), protection(person), version, cause, ctx)


def _restated(person: Person, protected: Protection, version: int, cause: Cause, ctx: Context) -> PersonRestated:
    described, lived = description(person), residences(person)
    places = lived.values()
    return PersonRestated(
        person.root.person_id,
        version,
        ctx.now,
        ctx.receipt,
        cause,
        described.birth_year,
        described.sex,
        died_on(person),
        protected.on,
        protected.grade,
        tuple(lived),
        tuple(municipality for municipality, _ in places),
        tuple(deso for _, deso in places),
    )
