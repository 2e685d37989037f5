"""What of a person's facts may be told: nothing of somebody who is not this human being, nor what leads to them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from register.doses.facts import DoseFact, DoseReportedUnder
from register.doses.history import SaysADose
from register.facts import PersonFact
from register.links.facts import LinkFact
from register.people import History

_MOVES = frozenset(("linked", "unlinked"))


def visible(facts: Sequence[PersonFact], members: Mapping[int, History], known: Collection[int]) -> list[PersonFact]:
    """The facts that the extract of these identities tells, in the same order.

    Left out are words on a pair of which one may not be known; what was reported under an identity that is none of the
    members, however a link to it ended; and what either led to. What a record of one's own says, and that it was
    taken back, is told nevertheless as its sender wrote it: without the receipt that led there, at the sender's time.
    """
    words = [fact for fact in facts if isinstance(fact, LinkFact)]
    secret = {word.receipt for word in words if word.kept not in known or word.absorbed not in known}
    openly = {word.receipt for word in words} - secret
    # By the identity that a record stood under when the fact was written: its sender may name another person later.
    under: dict[tuple[int, bytes], int] = {}
    another: set[int] = set()  # places of facts
    for place, fact in enumerate(facts):
        if isinstance(fact, DoseReportedUnder):
            under[fact.person_id, fact.record] = fact.identity
        elif isinstance(fact, DoseFact) and under.get((fact.person_id, fact.record), fact.person_id) not in members:
            another.add(place)
    of_others = {facts[place].receipt for place in another} - openly
    # The word that led to a move may stand with others alone: then nobody can tell whether it may be known.
    moves = {fact.receipt for fact in facts if getattr(fact, "cause", "") in _MOVES} if secret else set()
    hidden = secret | of_others | (moves - openly)
    said: set[tuple[int, bytes]] = set()  # doses and records of which it was told what they say
    told: list[PersonFact] = []
    for place, fact in enumerate(facts):
        if isinstance(fact, LinkFact):
            if fact.receipt not in secret:
                told.append(fact)
        elif isinstance(fact, DoseReportedUnder) or not isinstance(fact, DoseFact):
            told.append(fact)
        elif place not in another:
            if fact.receipt not in hidden:
                told.append(fact)
            elif isinstance(fact, SaysADose) and (fact.dose_id, fact.record) not in said:
                told.append(replace(fact, recorded_at=fact.reported_at, receipt="", cause="reported"))
            elif fact.cause == "withdrawn":
                told.append(replace(fact, recorded_at=fact.reported_at, receipt=""))
            if isinstance(fact, SaysADose):
                said.add((fact.dose_id, fact.record))
    return told
