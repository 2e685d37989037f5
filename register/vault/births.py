"""Birth dates that a region stated when it registered a reserve number: sealed with the person's own key.

Facts carry the year alone. The day is needed to see whether two registrations may be one human being, and for the
person's own extract; it goes with the person's key when they are erased.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from psycopg import Connection

from register.vault.keys import Keys, NewPerson

TABLES = """
CREATE TABLE IF NOT EXISTS vault.births (
    record bytea PRIMARY KEY CHECK (length(record) = 16),
    person_id bigint NOT NULL REFERENCES vault.persons,
    sealed bytea NOT NULL
);
CREATE INDEX IF NOT EXISTS births_by_person ON vault.births (person_id);
"""


class SealedBirth(NamedTuple):
    """What a registration says of a birth date, as nobody can read it; `sealed` None takes it back."""

    record: bytes
    person_id: int
    sealed: bytes | None


def seal(
    conn: Connection[Any], keys: Keys, stated: Mapping[bytes, tuple[int, date | None]], new: Iterable[NewPerson]
) -> list[SealedBirth]:
    """The birth dates stated by registrations (record -> person and day), each sealed with the person's own key."""
    wrapped = {person.person_id: person.wrapped_key for person in new}
    known = [person_id for person_id, born in stated.values() if born and person_id not in wrapped]
    if known:
        found = "SELECT person_id, wrapped_key FROM vault.persons WHERE person_id = ANY(%s) AND wrapped_key IS NOT NULL"
        wrapped |= dict(conn.execute(found, (known,), binary=True).fetchall())
    return [
        SealedBirth(
            record,
            person_id,
            keys.seal(person_id, wrapped[person_id], born.isoformat()) if born and person_id in wrapped else None,
        )
        for record, (person_id, born) in sorted(stated.items())
    ]


def write(conn: Connection[Any], births: Sequence[SealedBirth]) -> None:
    """Keep what the latest word of each registration states."""
    with conn.cursor() as curs:
        curs.execute("DELETE FROM vault.births WHERE record = ANY(%s)", ([birth.record for birth in births],))
        stated = [birth for birth in births if birth.sealed is not None]
        curs.executemany("INSERT INTO vault.births VALUES (%s, %s, %s)", stated)


def births_of(conn: Connection[Any], keys: Keys, person_ids: Sequence[int]) -> dict[int, set[date]]:
    """The birth dates stated of people, for a reader whose access has been decided; the erased are left out."""
    rows = conn.execute(
        "SELECT person_id, wrapped_key, sealed FROM vault.births JOIN vault.persons USING (person_id)"
        " WHERE person_id = ANY(%s) AND wrapped_key IS NOT NULL",
        (list(person_ids),),
        binary=True,
    )
    found: dict[int, set[date]] = {}
    for person_id, wrapped_key, sealed in rows:
        found.setdefault(person_id, set()).add(date.fromisoformat(keys.unseal(person_id, wrapped_key, sealed)))
    return found
