"""Links that were refused because an identity is a secret one: an alarm each, as trying tells that there is one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection

from register.access.facts import AccessFact, ProtectedRecordRead, RecordRead
from register.access.store import append_within
from register.access.whose import ever_secret, grade_of, persons_of

# In the place of a role and a purpose: a sender's report is no question that the table of roles answers.
ROLE, PURPOSE, CHANNEL, ACTION = "sender", "reporting", "report", "link"
ENDED = "ended"  # the grade of an identity that was secret once


class Tried(NamedTuple):
    """A sender tried to link two identities, one of which at least may never be."""

    at: datetime
    sender: str
    kept: int
    absorbed: int


def write(conn: Connection[Any], tries: Sequence[Tried]) -> None:
    """Keep each in the log of accesses, about the secret identity alone, in the caller's transaction."""
    found: list[tuple[Tried, int, tuple[int, ...], str]] = []
    for one in tries:
        for person_id in (one.kept, one.absorbed):
            persons = persons_of(conn, person_id)
            if ever_secret(conn, persons):
                found.append((one, person_id, persons, grade_of(conn, persons) or ENDED))

    def facts(number: int) -> list[AccessFact]:
        made: list[AccessFact] = []
        for one, person_id, persons, grade in found:
            access = number + len(made)
            made.append(RecordRead(one.at, one.sender, ROLE, PURPOSE, "", "", CHANNEL, ACTION, "", person_id, persons))
            made.append(ProtectedRecordRead(one.at, access, person_id, persons, grade))
        return made

    if found:
        append_within(conn, facts)
