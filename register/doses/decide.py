"""What a dose report comes to, given what is known."""

from register.decision import Context, Decision
from register.doses.understand import UnderstoodDose
from register.facts import PersonFact
from register.people import History


def decide_dose(
    understood: UnderstoodDose, person: History, other: History | None, ctx: Context
) -> Decision[PersonFact]:
    """The facts that the report leads to.

    `person` is whom the report names; `other` is given where the record is known under somebody else.
    """
    raise NotImplementedError
