"""The questions: what was said of an identity and others, and which two may be one human being, to be looked at.

Candidates were given the same product of the same batch on the same day, and have the same birth year and sex. In a
mass vaccination that is true of many pairs of strangers: the caller compares whole birth dates, which only the vault
knows. Of two personal identity numbers the population register itself says when one follows the other; unless asked
for, a pair has at least one identity of another kind. Nothing here links anybody.
"""

from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.sql import SQL

from projections.links.pairs import PERSONAL
from projections.people.protection import NEVER_LINKED

# A never linked identity's `protects` is above those of all others. OFFSET 0: each side is made before the two are
# joined; joined by day and batch first, before the birth years are looked up, they are a hundred times as many rows.
_GIVEN = f"""
SELECT person_id, given_on, product, product_as_written, batch, birth_year, sex
FROM %s JOIN people USING (person_id)
WHERE NOT withdrawn AND batch <> '' AND birth_year > 0 AND protects < {NEVER_LINKED}
OFFSET 0
"""
_QUESTION = """
WITH RECURSIVE link AS (
    SELECT low AS one, high AS other FROM identity_pairs WHERE state = 'linked'
    UNION ALL SELECT high, low FROM identity_pairs WHERE state = 'linked'
), same AS (
    SELECT low AS one, low AS other FROM identity_pairs UNION SELECT high, high FROM identity_pairs
    UNION SELECT same.one, link.other FROM same JOIN link ON link.one = same.other
), settled AS MATERIALIZED (
    SELECT one, other FROM same
    UNION SELECT least(a.other, b.other), greatest(a.other, b.other)
    FROM identity_pairs pair JOIN same a ON a.one = pair.low JOIN same b ON b.one = pair.high
    WHERE pair.state = 'apart'
), shared AS (
    SELECT DISTINCT least(a.person_id, b.person_id) AS one, greatest(a.person_id, b.person_id) AS other,
        given_on, product, a.product_as_written, batch, birth_year, sex
    FROM ({asking}) a JOIN ({given}) b USING (given_on, product, batch, birth_year, sex)
    WHERE a.person_id <> b.person_id AND a.product_as_written IS NOT DISTINCT FROM b.product_as_written
), found AS (
    SELECT one, other, birth_year, sex, array_agg(given_on ORDER BY given_on, product, batch) AS days,
        array_agg(product ORDER BY given_on, product, batch) AS products,
        array_agg(batch ORDER BY given_on, product, batch) AS batches
    FROM shared GROUP BY one, other, birth_year, sex HAVING count(*) >= %(at_least)s
)
SELECT one, other, coalesce(a.kind, %(personal)s), coalesce(b.kind, %(personal)s), birth_year, sex,
    days, products, batches
FROM found LEFT JOIN other_identities a ON a.person_id = one LEFT JOIN other_identities b ON b.person_id = other
WHERE NOT EXISTS (SELECT FROM settled WHERE settled.one = found.one AND settled.other = found.other)
ORDER BY cardinality(days) DESC, one, other LIMIT %(limit)s
"""
# Everybody's doses are read once, against a table in memory of those asked about.
_PLAN = """
SET LOCAL work_mem = '256MB'; SET LOCAL enable_mergejoin = off; SET LOCAL enable_nestloop = off; SET LOCAL jit = off
"""


class Pair(NamedTuple):
    """The last word on two identities; kept and absorbed say who was linked to whom, else the order of the ids."""

    kept: int
    absorbed: int
    state: Literal["linked", "unlinked", "apart"]
    reason: str
    evidence: str
    by: str
    sender: str
    recorded_at: datetime


def pairs_of(conn: Connection[Any], person_id: int) -> list[Pair]:
    """All pairs that an identity is in, the latest word first."""
    columns = ", ".join(f'"{name}"' for name in Pair._fields)
    question = f"SELECT {columns} FROM identity_pairs WHERE low = %(who)s OR high = %(who)s"
    with conn.cursor(row_factory=class_row(Pair)) as cursor:
        return cursor.execute(f"{question} ORDER BY recorded_at DESC, low, high", {"who": person_id}).fetchall()


class SharedDose(NamedTuple):
    """What both were given: the day, the product's number (0 = not of the list, but written alike) and the batch."""

    given_on: date
    product: int
    batch: str


class Candidate(NamedTuple):
    """Two identities, their kinds, what is known of both alike, and the doses that they share."""

    one: int
    other: int
    one_kind: str
    other_kind: str
    birth_year: int
    sex: int
    shared: tuple[SharedDose, ...]


def candidates(
    conn: Connection[Any], *, limit: int | None = 1000, at_least: int = 1, both_personal: bool = False
) -> list[Candidate]:
    """Pairs with at least so many doses in common, those with most first.

    Left out are pairs that are one person already, that somebody linked or told apart, directly or by way of others,
    and identities that are never linked.
    """
    asking = "doses" if both_personal else "other_identities JOIN doses USING (person_id)"
    question = SQL(_QUESTION.format(asking=_GIVEN % asking, given=_GIVEN % "doses"))
    found = []
    with conn.transaction():
        conn.execute(_PLAN)
        asked = {"limit": limit, "at_least": at_least, "personal": PERSONAL}
        for row in conn.execute(question, asked):
            shared = tuple(SharedDose(*dose) for dose in zip(*row[-3:], strict=True))
            found.append(Candidate._make((*row[:-3], shared)))
    return found
