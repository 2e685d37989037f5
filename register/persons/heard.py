"""What one of the things comes to that a population change says: the event, or the protection that stands beside it."""

from typing import NamedTuple

from register.decision import Outcome
from register.facts import PersonFact


class Heard(NamedTuple):
    """The facts that one word leads to; `older`: another word on the same thing, written later, holds."""

    facts: tuple[PersonFact, ...] = ()
    outcome: Outcome = "already-known"
    older: bool = False


NOTHING_SAID = Heard()
