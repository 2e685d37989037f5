"""What a population change or a reserve-number registration comes to, given what is known."""

from register.decision import Context, Decision
from register.facts import PersonFact
from register.people import History
from register.persons.understand import UnderstoodChange, UnderstoodRegistration


def decide_change(understood: UnderstoodChange, person: History, ctx: Context) -> Decision[PersonFact]:
    """The facts that a population change leads to."""
    raise NotImplementedError


def decide_registration(
    understood: UnderstoodRegistration, person: History, other: History | None, ctx: Context
) -> Decision[PersonFact]:
    """The facts that a registration leads to; `other` is given where the record is known under somebody else."""
    raise NotImplementedError
