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
from register.persons.decide import decide_change
from register.persons.decide_registration import decide_registration
from register.persons.understand import understand_change, understand_registration

# What is understood and what is known differ from kind to kind; `about` and `keeps_record` say what to hand over.
Understand = Callable[[dict[str, Any], Any, Context], Any]
Decide = Callable[[Any, Any, Any, Context], Decision[Any]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of report; a kind that keeps its record finds the history in which it was written before."""

    about_person: bool
    keeps_record: bool
    understand: Understand
    decide: Decide


def _understand_delivery(said: dict[str, Any], _nobody: Any, ctx: Context) -> Any:
    return understand_delivery(said, ctx)


def _decide_change(understood: Any, person: Any, _other: Any, ctx: Context) -> Decision[Any]:
    return decide_change(understood, person, ctx)


KINDS: dict[str, Kind] = {
    "dose": Kind(True, True, understand_dose, decide_dose),
    "reserve-number": Kind(True, True, understand_registration, decide_registration),
    "population": Kind(True, False, understand_change, _decide_change),
    "delivery": Kind(False, True, _understand_delivery, decide_delivery),
}
