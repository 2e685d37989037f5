"""Before a record is read: may the reader, and is it written down. If it cannot be written, nothing is read."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from psycopg import Connection

from register import vault
from register.access.facts import AccessFact, ProtectedRecordRead, RecordRead
from register.access.reader import Reader
from register.access.roles import OTHER_PERSON, Denied, actions
from register.access.store import append
from register.access.whose import grade_of, persons_of
from register.identities.number import Identity
from register.vault import Keys

log = logging.getLogger(__name__)

# Who asks for their own record is named by it: their name at the issuer would lead to it also when it is erased.
THE_PERSON = "the person"


def reading(
    conn: Connection[Any], reader: Reader, action: str, person_id: int | None, at: datetime, *, region: str = ""
) -> None:
    """Call this before a person's record is read: raises Denied, else the access is committed when it returns.

    `at` is the wall clock, not a day that is replayed. `person_id` None: the register knows nobody by the identity
    asked about. `region` is the one asked about, where the question has one. The connection is outside transactions.
    """
    readings(conn, reader, action, [person_id], at, region=region)


def readings(
    conn: Connection[Any],
    reader: Reader,
    action: str,
    person_ids: Sequence[int | None],
    at: datetime,
    *,
    region: str = "",
) -> None:
    """The same for an answer about several persons, such as an export: a fact for each of them, in one go."""
    _allowed(reader, action, region)
    if actions()[action].concerns == "own":
        raise Denied(OTHER_PERSON)  # only `reading_by` sees whose identity was asked about
    _write_down(conn, reader, action, person_ids, at=at, region=region)


def reading_by(
    conn: Connection[Any],
    keys: Keys,
    reader: Reader,
    action: str,
    identity: Identity,
    *,
    at: datetime,
    region: str = "",
) -> int | None:
    """The same for a person named by an identity; the id found by it, or None.

    A question about oneself is only answered about the identity that the issuer of the reader's token vouches for.
    """
    _allowed(reader, action, region)
    if actions()[action].concerns == "own" and reader.identity != identity:
        raise Denied(OTHER_PERSON)
    with conn.transaction():
        person_id = vault.person_of(conn, keys, identity)
    _write_down(conn, reader, action, [person_id], at=at, region=region)
    return person_id


def _allowed(reader: Reader, action: str, region: str) -> None:
    answer = reader.may(action, region)
    if isinstance(answer, Denied):
        log.warning("denied: %s to role %r, question %r", answer.code, reader.role, action)
        raise answer
    if actions()[action].concerns not in ("person", "own"):
        raise ValueError(f"{action} is no question about a person")


def _write_down(
    conn: Connection[Any],
    reader: Reader,
    action: str,
    person_ids: Iterable[int | None],
    *,
    at: datetime,
    region: str,
) -> None:
    with conn.transaction():
        whose = [(person_id, () if person_id is None else persons_of(conn, person_id)) for person_id in person_ids]
        grades = [grade_of(conn, persons) for _, persons in whose]

    def facts(number: int) -> list[AccessFact]:
        made: list[AccessFact] = []
        for (person_id, persons), grade in zip(whose, grades, strict=True):
            access = number + len(made)
            made.append(
                RecordRead(
                    at=at,
                    who=THE_PERSON if actions()[action].concerns == "own" else reader.who,
                    role=reader.role,
                    purpose=reader.purpose,
                    unit=reader.unit,
                    region=reader.region,
                    channel=reader.channel,
                    action=action,
                    asked_region=region,
                    person_id=person_id,
                    persons=persons,
                )
            )
            if grade and person_id is not None and actions()[action].concerns != "own":
                made.append(ProtectedRecordRead(at, access, person_id, persons, grade))
        return made

    first = append(conn, facts)
    if any(grades) and actions()[action].concerns != "own":
        log.warning("alarm: a protected record is read; see the accesses from number %d on", first)
