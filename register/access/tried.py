"""Links that were refused because an identity is a secret one: an alarm each, as trying tells that there is one."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection

from register import definitions
from register.access.facts import AccessFact, ProtectedRecordRead, RecordRead
from register.access.store import append_within
from register.people import Person
from register.persons.held import protection
from register.persons.secrecy import never_linked

# In the place of a role and a purpose: a sender's report is no question that the table of roles answers.
ROLE, PURPOSE, CHANNEL, ACTION = "sender", "reporting", "report", "link"
ENDED = "ended"  # the grade of an identity that was secret once


class Tried(NamedTuple):
    """A sender tried to link a secret identity, of which all identities are named."""

    at: datetime
    sender: str
    person_id: int
    persons: tuple[int, ...]
    grade: str


def tries(sender: str, both: Iterable[Person], at: datetime) -> list[Tried]:
    """What a refused link of two is, about the secret identity alone."""
    return [
        Tried(
            at,
            sender,
            person.own.person_id,
            tuple(one.person_id for one in person.members),
            protection(person).grade or ENDED,
        )
        for person in both
        if any(never_linked(one.identity, definitions) for one in person.members)
    ]


def once(tried: Iterable[Tried]) -> list[Tried]:
    """However often a sender tried an identity in one batch, it is one alarm: many would hide the others."""
    return list({(one.sender, one.person_id): one for one in tried}.values())


def write(conn: Connection[Any], tried: Sequence[Tried]) -> None:
    """Keep each in the log of accesses, in the caller's transaction, which others wait for: nothing is read here."""

    def facts(number: int) -> list[AccessFact]:
        made: list[AccessFact] = []
        for at, sender, person_id, persons, grade in tried:
            access = number + len(made)
            made.append(RecordRead(at, sender, ROLE, PURPOSE, "", "", CHANNEL, ACTION, "", person_id, persons))
            made.append(ProtectedRecordRead(at, access, person_id, persons, grade))
        return made

    append_within(conn, facts)
