"""What of a person's facts may be told: nothing of somebody who is not this human being, nor what leads to them."""

from collections.abc import Collection, Mapping, Sequence

from register.doses.facts import DoseFact, DoseReportedUnder
from register.facts import PersonFact
from register.links.facts import LinkFact
from register.people import History

_MOVES = frozenset(("linked", "unlinked"))


def visible(facts: Sequence[PersonFact], members: Mapping[int, History], known: Collection[int]) -> list[PersonFact]:
    """The facts that the extract of these identities tells, in the same order.

    Left out are words on a pair of which one may not be known; what was reported under an identity that is none of the
    members, however a link to it ended; and what either led to.
    """
    words = [fact for fact in facts if isinstance(fact, LinkFact)]
    secret = {word.receipt for word in words if word.kept not in known or word.absorbed not in known}
    openly = {word.receipt for word in words} - secret
    of_others = {fact.receipt for fact in facts if _is_of_another(fact, members)} - openly

    def is_told(fact: PersonFact) -> bool:
        if isinstance(fact, LinkFact):
            return fact.receipt not in secret
        if isinstance(fact, DoseReportedUnder) or not isinstance(fact, DoseFact):
            return True
        if _is_of_another(fact, members) or fact.receipt in secret | of_others:
            return False
        # The word that led to a move may stand with others alone: then nobody can tell whether it may be known.
        return not (secret and fact.cause in _MOVES) or fact.receipt in openly

    return [fact for fact in facts if is_told(fact)]


def _is_of_another(fact: PersonFact, members: Mapping[int, History]) -> bool:
    if not isinstance(fact, DoseFact):
        return False
    return members[fact.person_id].doses.under.get(fact.record, fact.person_id) not in members
