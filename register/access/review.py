"""Random review of accesses: a sample is drawn and kept before it is shown, and what was found is kept too."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from random import Random
from typing import Any, NamedTuple

from psycopg import Connection

from register.access.facts import AccessesReviewed, AccessesSampled, RecordRead
from register.access.log import accesses_numbered, samples
from register.access.reader import FOR, Reader
from register.access.roles import Denied
from register.access.store import append
from register.masking import masked

MOST = 10_000
LONGEST_FINDING = 4_000
SAMPLE, REVIEWED = "access-sample", "access-reviewed"
OWN_READING = "OWN-READING-IN-SAMPLE"


class ReviewBroken(Exception):
    """A sample or a review that cannot be done; the message says why."""


class Drawn(NamedTuple):
    """Numbers drawn at random, and out of how many."""

    numbers: tuple[int, ...]
    out_of: int


def drawn(numbers: Iterable[int], count: int, seed: str) -> Drawn:
    """So many of the numbers, each as likely as any other, holding no more than those at once."""
    random, kept, seen = Random(seed), list[int](), 0
    for number in numbers:
        seen += 1
        if len(kept) < count:
            kept.append(number)
        elif (place := random.randrange(seen)) < count:
            kept[place] = number
    return Drawn(tuple(sorted(kept)), seen)


def draw(
    conn: Connection[Any],
    reader: Reader,
    count: int,
    at: datetime,
    *,
    of_role: str = "",
    since: datetime | None = None,
    seed: str = "",
) -> tuple[int, Drawn]:
    """A sample of readings, written down, and its number; raises Denied or ReviewBroken."""
    _allowed(reader, SAMPLE)
    if not 1 <= count <= MOST:
        raise ReviewBroken(f"a sample has 1 to {MOST} accesses")
    seed = seed or secrets.token_hex(16)
    with conn.transaction(), conn.cursor(name="accesses") as rows:
        rows.execute(
            "SELECT number FROM register.accesses WHERE kind = %s AND (%s = '' OR role = %s)"
            " AND (%s::timestamptz IS NULL OR at >= %s) ORDER BY number",
            (RecordRead.NAME, of_role, of_role, since, since),
        )
        found = drawn((number for (number,) in rows), count, seed)
    if not found.numbers:
        raise ReviewBroken("there are no such accesses to draw from")
    fact = AccessesSampled(at, *_by(reader), of_role, since, masked(seed), found.out_of, found.numbers)
    return append(conn, lambda _: [fact]), found


def reviewed(conn: Connection[Any], reader: Reader, sample: int, finding: str, at: datetime) -> int:
    """Record that a sample was gone through and what was found; raises Denied or ReviewBroken."""
    _allowed(reader, REVIEWED)
    if not finding.strip() or len(finding) > LONGEST_FINDING or "\0" in finding:
        raise ReviewBroken(f"a finding has 1 to {LONGEST_FINDING} characters")
    with conn.transaction():
        accesses = next((fact.accesses for number, fact in samples(conn) if number == sample), None)
        if accesses is None:
            raise ReviewBroken(f"there is no sample {sample}")
        if any(_people(access.who) & _people(reader.who) for access, _ in accesses_numbered(conn, accesses)):
            raise Denied(OWN_READING)
    fact = AccessesReviewed(at, *_by(reader), sample, accesses, masked(finding.strip()))
    return append(conn, lambda _: [fact])


def _people(who: str) -> set[str]:
    """Who stands behind a reading: on the command line the system's user, and on whose behalf."""
    return set(who.split(FOR))


def _allowed(reader: Reader, action: str) -> None:
    answer = reader.may(action)
    if isinstance(answer, Denied):
        raise answer


def _by(reader: Reader) -> tuple[str, str, str, str]:
    return reader.who, reader.role, reader.purpose, reader.unit
