"""The kinds of report: how each is understood, whose history it concerns, and how it is decided.

To add a kind: a schema, a slice with `understand` and `decide`, and a row at the end of this module.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from register.decision import Context, Decision
from register.deliveries.decide import decide_delivery
from register.deliveries.understand import understand_delivery
from register.doses.decide import decide_dose
from register.doses.understand import understand_dose
from register.links.decide import decide_link
from register.links.restating import decide_change_of_person, decide_registration_of_person
from register.links.understand import understand_link
from register.persons.understand import understand_change, understand_registration

# What is understood and what is known differ from kind to kind; the other fields of `Kind` say what to hand over.
Understand = Callable[[dict[str, Any], Any, Context], Any]
Decide = Callable[[Any, Any, Any, Context], Decision[Any]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of report.

    A kind that keeps its record finds the history in which it was written before. One about two people names the other
    in `absorbed_root` and `absorbed_value`. One that can move doses needs to know who holds each record. A restricted
    one is only taken from senders that were let send it. One that states a birth date needs to know the one it stated.
    """

    about_person: bool
    keeps_record: bool
    understand: Understand
    decide: Decide
    about_two: bool = False
    moves_doses: bool = False
    restricted: bool = False
    states_birth: bool = False


def _understand_delivery(said: dict[str, Any], _nobody: Any, ctx: Context) -> Any:
    return understand_delivery(said, ctx)


def _understand_link(said: dict[str, Any], both: Any, ctx: Context) -> Any:
    kept, absorbed = both
    return understand_link(said, kept, absorbed, ctx)


KINDS: dict[str, Kind] = {
    "dose": Kind(True, True, understand_dose, decide_dose),
    "reserve-number": Kind(True, True, understand_registration, decide_registration_of_person, states_birth=True),
    "population": Kind(True, False, understand_change, decide_change_of_person, moves_doses=True, restricted=True),
    "identity-link": Kind(
        True, False, _understand_link, decide_link, about_two=True, moves_doses=True, restricted=True
    ),
    "delivery": Kind(False, True, _understand_delivery, decide_delivery),
}
