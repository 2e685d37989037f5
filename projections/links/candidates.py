"""The question: which two identities may be one human being, to be looked at. Nothing here links anybody.

Both were given the same product of the same batch on the same day, and have the same birth year and sex. At least one
is no personal identity number: of two of these the population register itself says when one follows the other. In a
mass vaccination all this is true of hundreds of strangers for each, and only the whole birth date tells them from the
few who matter. The vault alone knows it, so the caller compares; and there are too many strangers to keep the pairs in
a table. So the question walks: from the last day on which an identity that is no personal number was given something,
backwards, batch by batch. A page costs what it looks at, however large the register is, and says where it stopped.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from psycopg import Connection

from projections.links.pairs import PERSONAL, Said
from projections.links.settled import Settled
from projections.people.protection import NEVER_LINKED

# Birth years 0 are unknown; a never linked identity's `protects` is above those of all others.
_ASKED = """
SELECT given_on, product, batch, count(*) FROM other_identities JOIN doses USING (person_id)
WHERE NOT withdrawn AND batch <> '' GROUP BY given_on, product, batch ORDER BY given_on DESC, product DESC, batch DESC
"""
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
_PLAN = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off"


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


class Looked(NamedTuple):
    """What was found at one batch of one day; how many doses of identities that are no personal number were looked at
    so far on this walk and on those before it, of how many."""

    at: SharedDose
    found: tuple[Candidate, ...]
    compared: int  # pairs of this batch whose birth dates the caller was asked to compare
    doses: int
    of: int


Agree = Callable[[Sequence[Alike]], Sequence[Alike]]


def candidates(conn: Connection[Any], agree: Agree = list, *, after: SharedDose | None = None) -> Iterator[Looked]:
    """Batch by batch, the last day first, the pairs that `agree` finds to agree in what only the caller knows.

    Each pair comes once, with the last dose that it shares. Left out are pairs that are one person already, that
    somebody linked or told apart, directly or by way of others, and identities that are never linked. `after` goes on
    behind the batch where an earlier walk stopped.
    """
    conn.execute(_PLAN)
    asked = [(SharedDose(*each), doses) for *each, doses in conn.execute(_ASKED)]
    settled = Settled(Said(*row) for row in conn.execute("SELECT low, high, state FROM identity_pairs"))
    of, looked = sum(doses for _, doses in asked), 0
    for at, doses in asked:
        looked += doses
        if after is None or at < after:
            alike = [each for each in _alike(conn, at) if not settled.holds(each.one, each.other)]
            yield Looked(at, tuple(_latest(conn, at, agree(alike))), len(alike), looked, of)


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
