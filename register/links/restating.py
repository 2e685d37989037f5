"""What is said of one identity of a person who has several: the person is restated, or parted from a secret one."""

from typing import assert_never

from register.decision import Context, Decision
from register.facts import PersonFact
from register.links.decide import part
from register.links.settle import Histories, Homes
from register.people import Person
from register.persons.decide import decide_change
from register.persons.decide_registration import decide_registration
from register.persons.facts import Cause, PersonProtected
from register.persons.secrecy import was_secret
from register.persons.understand import PopulationEvent, UnderstoodChange, UnderstoodRegistration


def decide_change_of_person(
    understood: UnderstoodChange, person: Person, homes: Homes | None, ctx: Context
) -> Decision[PersonFact]:
    """What a population change comes to; `homes` is given where the person has several identities."""
    decision = decide_change(understood, person.own, ctx)
    if homes is None or not decision.facts:
        return decision
    histories = Histories((person,))
    histories.write(*decision.facts)
    if was_secret(histories.by_id[person.own.person_id].identity, ctx.definitions):
        settled = part(person, homes, understood.reported_at, histories, ctx)
        return decision._replace(facts=tuple(histories.facts), homes=settled.homes, roots=settled.roots)
    protects = [isinstance(fact, PersonProtected) for fact in decision.facts]
    cause = "protected" if all(protects) else _cause(understood.event)
    return decision._replace(facts=_restated(histories, (person,), cause, ctx, members=any(protects)))


def decide_registration_of_person(
    understood: UnderstoodRegistration, person: Person, other: Person | None, ctx: Context
) -> Decision[PersonFact]:
    """What a registration comes to; `other` is given where the record is known under somebody else."""
    decision = decide_registration(understood, person.own, other.own if other else None, ctx)
    several = [one for one in (person, other) if one is not None and len(one.members) > 1]
    if not several or not decision.facts:
        return decision
    histories = Histories(one for one in (person, other) if one is not None)
    histories.write(*decision.facts)
    return decision._replace(facts=_restated(histories, several, "corrected", ctx, members=False))


def _restated(
    histories: Histories, persons: "list[Person] | tuple[Person, ...]", cause: Cause, ctx: Context, *, members: bool
) -> tuple[PersonFact, ...]:
    """The facts written, and after them who each of these persons now is."""
    root_of = histories.roots()
    for root in sorted({root_of[person.own.person_id] for person in persons}):
        histories.restate(histories.person(root, root_of), cause, ctx, members=members)
    return tuple(histories.facts)


def _cause(event: PopulationEvent) -> Cause:
    match event:
        case "registered":
            return "corrected"
        case "moved" | "died" | "protected":
            return event
        case _:
            assert_never(event)
