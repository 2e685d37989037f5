"""What the protection comes to that a population change gives, whatever event it stands beside."""

from datetime import date

from register.decision import Context, Outcome
from register.people import History
from register.persons.facts import PersonProtected
from register.persons.heard import NOTHING_SAID, Heard
from register.persons.history import PROTECTION, IdentityHistory
from register.persons.understand import UnderstoodChange


def protected(said: UnderstoodChange, person: History, version: int, ctx: Context) -> Heard:
    """One grade is known of a person per day; of several words on it the one written last holds.

    Of two written at the same time a grade stands above an end.
    """
    if said.event != "protected" and not said.grade:
        return NOTHING_SAID
    known, on = person.identity, _day(said, person.identity)
    about = person.person_id, version, ctx.now, ctx.receipt
    word = PersonProtected(*about, said.reported_at, on, said.grade)
    held = known.protections.get(on)
    if held is None:
        return Heard((word,), "recorded")
    told = known.told[PROTECTION, on]
    if (said.reported_at, said.grade) < (told, held):
        if not said.grade or said.grade in known.grades:
            return Heard(older=True)
        # That there was one is remembered: a secret identity is never linked again, and where somebody lives who was
        # ever protected is told of no other identity.
        again = PersonProtected(person.person_id, version + 1, ctx.now, ctx.receipt, told, on, held)
        return Heard((word, again), older=True)
    if (said.reported_at, said.grade) == (told, held):
        return NOTHING_SAID
    # The same grade again leaves a trace, or an end written in between would lift it when it arrives last.
    outcome: Outcome = "already-known" if held == said.grade else "corrected"
    return Heard((word,), outcome)


def _day(said: UnderstoodChange, known: IdentityHistory) -> date:
    """The day from which it holds: one told ahead again is that of the first time, not of another day."""
    if said.ahead:
        since = max((day for day in known.protections if day <= said.on), default=said.on)
        if since in known.told_that_day and known.protections[since] == said.grade:
            return since
    return said.on
