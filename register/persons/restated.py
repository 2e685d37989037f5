"""The fact that says who a person of several identities is held to be."""

from register.decision import Context
from register.people import Person
from register.persons.facts import Cause, PersonRestated
from register.persons.held import description, died_on, protection, residences


def restated(person: Person, version: int, cause: Cause, ctx: Context) -> PersonRestated:
    """All that holds of the person, for the history of the root."""
    described, protected, lived = description(person), protection(person), residences(person)
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
