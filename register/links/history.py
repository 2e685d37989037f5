"""What was last said of each pair of identities that a person is in."""

from datetime import datetime
from typing import Literal, NamedTuple, assert_never

from register.links.facts import IdentitiesLinked, IdentitiesToldApart, IdentitiesUnlinked, LinkFact

Pair = tuple[int, int]  # two person ids, the lower first
State = Literal["linked", "unlinked", "apart"]


class Said(NamedTuple):
    """The latest word on a pair; `number` orders the links of one person as they were written, 0 for what is no link.

    `was_apart`: before they were linked somebody had found them to be two people, which holds again when the link ends.
    """

    state: State
    reported_at: datetime
    kept: int
    absorbed: int
    number: int = 0
    reason: str = ""
    was_apart: bool = False


LinkHistory = dict[Pair, Said]  # never changed in place

NO_LINKS: LinkHistory = {}


def pair_of(one: int, other: int) -> Pair:
    """Two identities, whichever is named first."""
    return (one, other) if one < other else (other, one)


def evolve_links(history: LinkHistory, fact: LinkFact) -> LinkHistory:
    """What is known of the pairs after one more fact; a copy for somebody who is in neither of them says nothing."""
    if fact.person_id not in (fact.kept, fact.absorbed):
        return history
    pair = pair_of(fact.kept, fact.absorbed)
    return {**history, pair: _said(fact, history.get(pair))}


def _said(fact: LinkFact, before: Said | None) -> Said:
    match fact:
        case IdentitiesLinked():
            apart = before is not None and (before.was_apart or before.state == "apart")
            return Said("linked", fact.reported_at, fact.kept, fact.absorbed, fact.number, fact.reason, apart)
        case IdentitiesUnlinked():
            return Said("unlinked", fact.reported_at, fact.kept, fact.absorbed)
        case IdentitiesToldApart():
            return Said("apart", fact.reported_at, fact.kept, fact.absorbed)
        case _:
            assert_never(fact)
