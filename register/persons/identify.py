"""The first fact of every person's history."""

from register.decision import Context
from register.identities.number import Identity
from register.people import History
from register.persons.facts import PersonIdentified


def identified(person: History, identity: Identity, ctx: Context) -> tuple[PersonIdentified, ...]:
    """The fact that the register met the identity, if it had not."""
    if person.version:
        return ()
    return (
        PersonIdentified(person.person_id, 1, ctx.now, ctx.receipt, identity.kind, identity.birth_year, identity.sex),
    )
