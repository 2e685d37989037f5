"""Birth dates that regions stated when they registered reserve numbers: sealed with the person's own key.

Facts carry the year alone. The day is needed to see whether two registrations may be one human being, and for the
person's own extract. What was stated before a correction is kept beside what holds; all of it goes with the person's
key when they are erased.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from psycopg import Connection

from register.vault.keys import Keys, NewPerson

TABLES = """
CREATE TABLE IF NOT EXISTS vault.births (
    record bytea NOT NULL CHECK (length(record) = 16),
    receipt text NOT NULL,
    person_id bigint NOT NULL REFERENCES vault.persons,
    sealed bytea NOT NULL,
    holds boolean NOT NULL,
    PRIMARY KEY (record, receipt)
);
CREATE INDEX IF NOT EXISTS births_by_person ON vault.births (person_id);
"""


class Stated(NamedTuple):
    """What a report on a registration says of the birth date; None: nothing, or the registration is taken back."""

    record: bytes
    receipt: str
    person_id: int
    born: date | None


class SealedBirth(NamedTuple):
    """The same, as nobody can read it."""

    record: bytes
    receipt: str
    person_id: int
    sealed: bytes | None


class Held(NamedTuple):
    """The birth date that a registration states now, and of whom."""

    person_id: int
    born: date | None


def seal(conn: Connection[Any], keys: Keys, stated: Sequence[Stated], new: Iterable[NewPerson]) -> list[SealedBirth]:
    """The birth dates stated by registrations, each sealed with the person's own key."""
    wrapped = {person.person_id: person.wrapped_key for person in new}
    known = [one.person_id for one in stated if one.person_id not in wrapped]
    if known:
        found = "SELECT person_id, wrapped_key FROM vault.persons WHERE person_id = ANY(%s) AND wrapped_key IS NOT NULL"
        wrapped |= dict(conn.execute(found, (known,), binary=True).fetchall())
    return [SealedBirth(one.record, one.receipt, one.person_id, _sealed(keys, wrapped, one)) for one in stated]


def _sealed(keys: Keys, wrapped: Mapping[int, bytes], one: Stated) -> bytes | None:
    if one.person_id not in wrapped:
        return None
    # Also that a registration states no day any more: it would else seem to state the one before.
    return keys.seal(one.person_id, wrapped[one.person_id], one.born.isoformat() if one.born else "")


def _unsealed(keys: Keys, person_id: int, wrapped_key: bytes, sealed: bytes) -> date | None:
    born = keys.unseal(person_id, wrapped_key, sealed)
    return date.fromisoformat(born) if born else None


def write(conn: Connection[Any], births: Sequence[SealedBirth]) -> None:
    """Keep what was stated, in the order said; of each registration the last word holds."""
    last = {birth.record: birth.receipt for birth in births}
    rows = [
        (birth.record, birth.receipt, birth.person_id, birth.sealed, last[birth.record] == birth.receipt)
        for birth in births
        if birth.sealed is not None
    ]
    with conn.cursor() as curs:
        # In the same order everywhere, so that two intakes cannot wait for each other.
        curs.executemany(
            "UPDATE vault.births SET holds = false WHERE record = %s AND holds", [(record,) for record in sorted(last)]
        )
        curs.executemany("INSERT INTO vault.births VALUES (%s, %s, %s, %s, %s)", sorted(rows))


def held(
    conn: Connection[Any], keys: Keys, *, records: Sequence[bytes] = (), person_ids: Sequence[int] = ()
) -> dict[bytes, Held]:
    """What these registrations state now, and those of these people; the erased are left out."""
    if not records and not person_ids:
        return {}
    rows = conn.execute(
        "SELECT record, person_id, wrapped_key, sealed FROM vault.births JOIN vault.persons USING (person_id)"
        " WHERE holds AND wrapped_key IS NOT NULL AND (record = ANY(%s) OR person_id = ANY(%s))",
        (list(records), list(person_ids)),
        binary=True,
    )
    return {
        record: Held(person_id, _unsealed(keys, person_id, wrapped_key, sealed))
        for record, person_id, wrapped_key, sealed in rows
    }


def births_of(conn: Connection[Any], keys: Keys, person_ids: Sequence[int]) -> dict[int, set[date]]:
    """The birth dates stated of people now, for a reader whose access has been decided; the erased are left out."""
    found: dict[int, set[date]] = {}
    for person_id, born in held(conn, keys, person_ids=person_ids).values():
        if born is not None:
            found.setdefault(person_id, set()).add(born)
    return found


def ever_stated(conn: Connection[Any], keys: Keys, person_ids: Sequence[int]) -> dict[str, date | None]:
    """Every birth date ever stated of people, by the receipt of the first report that did, None where none was stated
    any more; the erased are left out."""
    rows = conn.execute(
        "SELECT receipt, person_id, wrapped_key, sealed FROM vault.births JOIN vault.persons USING (person_id)"
        " WHERE wrapped_key IS NOT NULL AND person_id = ANY(%s)",
        (list(person_ids),),
        binary=True,
    )
    return {
        receipt: _unsealed(keys, person_id, wrapped_key, sealed) for receipt, person_id, wrapped_key, sealed in rows
    }
