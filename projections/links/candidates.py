"""The question: which two identities may be one human being, to be looked at. Nothing here links anybody.

Both were given the same product of the same batch on the same day, and have the same birth year and sex. At least one
is no personal identity number: of two of these the population register itself says when one follows the other. In a
mass vaccination all this is true of hundreds of strangers for each, and only the whole birth date tells them from the
few who matter. The vault alone knows it, so the caller compares; and there are too many strangers to keep the pairs in
a table. So the question walks: from the last day on which an identity that is no personal number was given something,
backwards, batch by batch, along an index of their doses. A page costs what it looks at, however large the register is,
and says where it stopped; only where a walk begins are all doses counted, to say how many there are.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from psycopg import Connection

from projections.links.pairs import PERSONAL
from projections.links.reviewed import Reviewed, said_of
from projections.people.protection import NEVER_LINKED

# Birth years 0 are unknown; a never linked identity's `protects` is above those of all others.
_ASKED = """
SELECT given_on, product, batch, count(*) FROM other_doses
WHERE batch <> '' AND (given_on, product, batch) < (%s, %s, %s)
GROUP BY given_on, product, batch ORDER BY given_on DESC, product DESC, batch DESC LIMIT %s
"""
_AT_ONCE = 100  # batches asked for
_ALL = "SELECT count(*) FROM other_doses WHERE batch <> ''"
_GIVEN = f"""
SELECT person_id, coalesce(kind, '{PERSONAL}'), birth_year, sex, coalesce(product_as_written, '')
FROM doses JOIN people USING (person_id) LEFT JOIN other_identities USING (person_id)
WHERE given_on = %s AND product = %s AND batch = %s AND batch <> '' AND NOT withdrawn
    AND birth_year > 0 AND protects < {NEVER_LINKED}
"""
_SHARED = """
SELECT DISTINCT one, other, a.given_on, a.product, a.batch
FROM unnest(%s::bigint[], %s::bigint[]) AS pair (one, other)
JOIN doses a ON a.person_id = one
JOIN doses b ON b.person_id = other AND (a.given_on, a.product, a.batch) = (b.given_on, b.product, b.batch)
WHERE NOT a.withdrawn AND NOT b.withdrawn AND a.batch <> ''
    AND a.product_as_written IS NOT DISTINCT FROM b.product_as_written
ORDER BY one, other, a.given_on, a.product, a.batch
"""
# One batch of one day, and one person's doses, each lie together in an index. The planner, who takes day, product and
# batch for independent of each other, knows it; without statistics it would read everybody.
_PLAN = """
SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off; SET LOCAL enable_seqscan = off;
SET LOCAL enable_hashagg = off
"""


class SharedDose(NamedTuple):
    """What both were given: the day, the product's number (0 = not of the list, but written alike) and the batch."""

    given_on: date
    product: int
    batch: str


class Alike(NamedTuple):
    """Two identities that were given the same, in the order of their ids, their kinds, and what they have in common."""

    one: int
    other: int
    one_kind: str
    other_kind: str
    birth_year: int
    sex: int


class Candidate(NamedTuple):
    """Two identities to be looked at, and all doses that they share."""

    pair: Alike
    shared: tuple[SharedDose, ...]


class Place(NamedTuple):
    """Where a walk has come to: the batch of a day, and how many doses of identities that are no personal number were
    looked at until there, of how many when the walk began."""

    at: SharedDose
    doses: int
    of: int


class Looked(NamedTuple):
    """What was found at one batch of one day."""

    place: Place
    found: tuple[Candidate, ...]
    compared: int  # pairs of this batch whose birth dates the caller was asked to compare
    last: bool  # nothing is left to look at


Agree = Callable[[Sequence[Alike]], Sequence[Alike]]
_AFTER_ALL_DAYS = SharedDose(date.max, 0, "")


def candidates(conn: Connection[Any], agree: Agree = list, *, after: Place | None = None) -> Iterator[Looked]:
    """Batch by batch, the last day first, the pairs that `agree` finds to agree in what only the caller knows.

    Each pair comes once, with the last dose that it shares. Left out are pairs that are one person already, that
    somebody linked or told apart, directly or by way of others, and identities that are never linked. `after` goes on
    behind the place where an earlier walk stopped.
    """
    conn.execute(_PLAN)
    place = after or Place(_AFTER_ALL_DAYS, 0, _count(conn))
    asked = _asked(conn, place.at)
    following = next(asked, None)
    while following is not None:
        (at, doses), following = following, next(asked, None)
        place = Place(at, place.doses + doses, place.of)
        alike = list(_alike(conn, at))
        agreed = agree(alike)
        reviewed = Reviewed(said_of(conn, {one for pair in agreed for one in pair[:2]}))
        left = [pair for pair in agreed if not reviewed.holds(pair.one, pair.other)]
        yield Looked(place, tuple(_latest(conn, at, left)), len(alike), following is None)


def _count(conn: Connection[Any]) -> int:
    [(doses,)] = conn.execute(_ALL).fetchall()
    return int(doses)


def _asked(conn: Connection[Any], after: SharedDose) -> Iterator[tuple[SharedDose, int]]:
    """The batches of a day that an identity which is no personal number was given, backwards, with how many doses."""
    while rows := conn.execute(_ASKED, [*after, _AT_ONCE]).fetchall():
        for *each, doses in rows:
            after = SharedDose(*each)
            yield after, doses


def _alike(conn: Connection[Any], at: SharedDose) -> Iterator[Alike]:
    """Pairs among those who were given this; at least one of the two is no personal number."""
    given: dict[tuple[int, int, str], set[tuple[int, str]]] = defaultdict(set)
    for person_id, kind, birth_year, sex, as_written in conn.execute(_GIVEN, at):
        given[birth_year, sex, as_written].add((person_id, kind))
    for (birth_year, sex, _), people in sorted(given.items()):
        for one, one_kind in sorted(people):
            if one_kind != PERSONAL:
                for other, other_kind in sorted(people):
                    # Of two that are no personal number, once.
                    if other != one and (other_kind == PERSONAL or one < other):
                        (low, low_kind), (high, high_kind) = sorted([(one, one_kind), (other, other_kind)])
                        yield Alike(low, high, low_kind, high_kind, birth_year, sex)


def _latest(conn: Connection[Any], at: SharedDose, pairs: Iterable[Alike]) -> Iterator[Candidate]:
    """These pairs with all doses that they share, but those that were met at a later one."""
    known = {(pair.one, pair.other): pair for pair in pairs}
    if not known:
        return
    rows = conn.execute(_SHARED, [[one for one, _ in known], [other for _, other in known]]).fetchall()
    found = []
    for pair, doses in groupby(rows, key=lambda row: row[:2]):
        shared = tuple(SharedDose(*dose[2:]) for dose in doses)
        if max(shared) == at:
            found.append(Candidate(known[pair], shared))
    yield from sorted(found, key=lambda each: (-len(each.shared), each.pair))
