"""What the log of accesses answers: does it still stand, who read about a person, and which alarms there were."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple, TypeVar, cast

from psycopg import Connection

from register.access.chain import MOST_BREAKS, Break, Head, Row, Walk
from register.access.facts import AccessesReviewed, AccessesSampled, AccessFact, ProtectedRecordRead, RecordRead
from register.access.roles import is_about_two
from register.access.store import columns, fact_from
from register.access.whose import ever_secret, grade_of, hidden_beside, persons_of

Fact = TypeVar("Fact", bound=AccessFact)
BESIDE = "what stands beside the fact is not what the fact says"
MISSING = "missing"
PART = 2_000  # rows held at once


class Access(NamedTuple):
    """One reading, as it is shown: to the person, to a reviewer."""

    number: int
    at: datetime
    who: str
    role: str
    purpose: str
    unit: str
    channel: str
    action: str


class Verified(NamedTuple):
    """How long the log is, its head to be noted down, and where it does not hold."""

    head: Head
    breaks: list[Break]


def verify(conn: Connection[Any], noted: Iterable[Head] = ()) -> Verified:
    """Go along the whole log, a part at a time; `noted` are heads that were written down earlier."""
    walk, wrong = Walk(noted), list[Break]()
    with conn.transaction(), conn.cursor(name="accesses", binary=True) as rows:
        rows.execute("SELECT number, fact, hash, kind, role, at, persons FROM register.accesses ORDER BY number")
        while part := rows.fetchmany(PART):
            walk.go([Row(*row[:3]) for row in part])
            wrong += [Break(row[0], BESIDE) for row in islice(_differ(part), MOST_BREAKS - len(wrong))]
    walk.arrive()
    return Verified(walk.head, sorted([*walk.breaks, *wrong]))


def _differ(rows: list[Any]) -> Iterator[Any]:
    for row in rows:
        try:
            held = columns(fact_from(row[1]))
        except Exception:  # bytes that are no fact: the chain is what tells of them
            continue
        if held != tuple(row[3:]):
            yield row


def accesses_of(conn: Connection[Any], person_id: int) -> list[Access]:
    """Every reading about a person, whichever of the person's identities was asked about, oldest first.

    Also one by the number of somebody who was one with the person then, as it showed both; but not if either has a
    secret identity: it would lead from one to the other, and so would the reading of both at a word on the pair.
    """
    people = persons_of(conn, person_id)
    rows = conn.execute(
        "SELECT number, fact FROM register.accesses WHERE kind = %s AND persons && %s::bigint[] ORDER BY number",
        (RecordRead.NAME, list(people)),
    )
    found = ((number, fact_from(bytes(fact))) for number, fact in rows)
    reads = [(number, fact) for number, fact in found if isinstance(fact, RecordRead)]
    secret = ever_secret(conn, {one for _, fact in reads for one in fact.persons} | set(people))
    hidden = hidden_beside(conn, people)
    protected = _protected(conn, [people, *(fact.persons for _, fact in reads)])
    return [
        _shown(number, fact, protected=not protected.isdisjoint((people, fact.persons)))
        for number, fact in reads
        if (
            not (hidden and is_about_two(fact.action))
            if fact.person_id in people
            else secret.isdisjoint((*fact.persons, *people))
        )
    ]


def accesses_numbered(conn: Connection[Any], numbers: Iterable[int]) -> list[tuple[Access, tuple[int, ...]]]:
    """Some readings by their places in the log, each with the ids of whose record it was.

    Where one of several is a secret identity, only the one that was asked about.
    """
    rows = conn.execute(
        "SELECT number, fact FROM register.accesses WHERE number = ANY(%s) ORDER BY number", (list(numbers),)
    )
    found = [(number, cast(RecordRead, fact_from(bytes(fact)))) for number, fact in rows]
    secret = ever_secret(conn, {one for _, fact in found for one in fact.persons if len(fact.persons) > 1})
    protected = _protected(conn, (fact.persons for _, fact in found))
    return [
        (
            _shown(number, fact, protected=fact.persons in protected),
            fact.persons if secret.isdisjoint(fact.persons) else _asked_about(fact),
        )
        for number, fact in found
    ]


def alarms(conn: Connection[Any], since: datetime | None = None) -> list[tuple[ProtectedRecordRead, Access]]:
    """Every alarm with the reading that set it off, oldest first."""
    rows = _of_kind(conn, ProtectedRecordRead, since)
    reads = {access.number: access for access, _ in accesses_numbered(conn, [fact.access for _, fact in rows])}
    # An alarm whose reading somebody took away is the last to be left out.
    return [(fact, reads.get(fact.access) or Access(fact.access, fact.at, *[MISSING] * 6)) for _, fact in rows]


def samples(conn: Connection[Any]) -> list[tuple[int, AccessesSampled]]:
    """Every sample that was drawn for review, with its place in the log."""
    return _of_kind(conn, AccessesSampled)


def reviews(conn: Connection[Any]) -> list[tuple[int, AccessesReviewed]]:
    """Every review that was done, with its place in the log."""
    return _of_kind(conn, AccessesReviewed)


def _of_kind(conn: Connection[Any], kind: type[Fact], since: datetime | None = None) -> list[tuple[int, Fact]]:
    rows = conn.execute(
        "SELECT number, fact FROM register.accesses WHERE kind = %s AND (%s::timestamptz IS NULL OR at >= %s)"
        " AND kind <> 'RecordRead.v1' ORDER BY number",
        (kind.NAME, since, since),
    )
    return [(number, cast(Fact, fact_from(bytes(fact)))) for number, fact in rows]


def _protected(conn: Connection[Any], groups: Iterable[tuple[int, ...]]) -> set[tuple[int, ...]]:
    """Of people whose records were read together, those of whom any is protected."""
    return {persons for persons in set(groups) if grade_of(conn, persons)}


def _asked_about(fact: RecordRead) -> tuple[int, ...]:
    return () if fact.person_id is None else (fact.person_id,)


def _shown(number: int, fact: RecordRead, *, protected: bool) -> Access:
    """Of a protected person without the unit, which tells where the person is; who read must be known for a review."""
    unit = "" if protected else fact.unit
    return Access(number, fact.at, fact.who, fact.role, fact.purpose, unit, fact.channel, fact.action)
