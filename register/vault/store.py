"""The vault's tables: who is known, who is new, who an authorised reader may see, and who is erased."""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from register.binary_copy import copy
from register.identities.number import Identity
from register.vault import births, lingering, texts
from register.vault.keys import Keys, NewPerson, WrongKeys

TABLES = """
CREATE SCHEMA IF NOT EXISTS vault;
-- A person without a key is erased: the id stays, so that totals do, and can never be given to somebody else.
CREATE TABLE IF NOT EXISTS vault.persons (
    person_id bigint PRIMARY KEY CHECK (person_id > 0),
    wrapped_key bytea
);
-- One identity per person id: that two identities are one human being is a fact in the log, not a row here.
CREATE TABLE IF NOT EXISTS vault.identities (
    lookup bytea PRIMARY KEY CHECK (length(lookup) = 16),
    person_id bigint NOT NULL UNIQUE REFERENCES vault.persons,
    sealed bytea NOT NULL
);
CREATE TABLE IF NOT EXISTS vault.filled_with (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    check_value bytea NOT NULL
);
"""

# Columns of which PostgreSQL's planner must keep no samples: one would outlive the row that it was taken from.
SECRET = (
    ("persons", "wrapped_key"),
    ("identities", "lookup"),
    ("identities", "sealed"),
    ("births", "sealed"),
    ("texts", "sealed"),
)
# The change of type, which changes nothing else, throws the samples of an older vault away.
NO_STATISTICS = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'vault.{table}'::regclass AND attname = '{column}'
               AND attstattarget IS DISTINCT FROM 0) THEN
        ALTER TABLE vault.{table} ALTER COLUMN {column} SET STATISTICS 0, ALTER COLUMN {column} TYPE bytea;
    END IF;
END $$
"""


def create_tables(conn: Connection[Any]) -> None:
    """The vault's tables, where they are not there yet."""
    # Two processes starting at once would both find nothing and the slower one would fail.
    conn.execute("SELECT pg_advisory_xact_lock(hashtext('vault.create_tables'))")
    conn.execute(TABLES)
    conn.execute(births.TABLES)
    conn.execute(texts.TABLES)
    conn.execute(lingering.TABLES)
    for table, column in SECRET:
        conn.execute(NO_STATISTICS.format(table=table, column=column))


def check_keys(conn: Connection[Any], keys: Keys) -> None:
    """Stop before other keys than the vault's own make every known person a new one."""
    conn.execute("INSERT INTO vault.filled_with (check_value) VALUES (%b) ON CONFLICT DO NOTHING", [keys.check_value()])
    _same_keys(conn, keys)


def person_of(conn: Connection[Any], keys: Keys, identity: Identity) -> int | None:
    """Who is known by an identity; raises WrongKeys, since with other keys everybody would seem unknown."""
    _same_keys(conn, keys)
    lookup = keys.lookup(identity)
    return find(conn, [lookup]).get(lookup)


def _same_keys(conn: Connection[Any], keys: Keys) -> None:
    filled_with = conn.execute("SELECT check_value FROM vault.filled_with", binary=True).fetchone()
    if filled_with is not None and filled_with != (keys.check_value(),):
        raise WrongKeys("the vault was filled with other keys than those configured now")


def find(conn: Connection[Any], lookups: Sequence[bytes]) -> dict[bytes, int]:
    """The person ids of those identities which are known; the others are left out."""
    known = "SELECT lookup, person_id FROM vault.identities WHERE lookup = ANY(%b)"
    return dict(conn.execute(known, [list(lookups)], binary=True).fetchall())


def add(conn: Connection[Any], new: Sequence[NewPerson]) -> None:
    """Write new people in. One that another process added meanwhile raises UniqueViolation: decide again."""
    # In the same order everywhere, so that two processes adding the same people cannot wait for each other.
    people = sorted(new, key=lambda person: person.lookup)
    with conn.cursor() as curs:
        ids = [person.person_id.to_bytes(8, "big") for person in people]
        keys = [person.wrapped_key for person in people]
        copy(curs, ("vault", "persons"), ("person_id", "wrapped_key"), zip(ids, keys, strict=True))
        numbers = ((person.lookup, person_id, person.sealed) for person, person_id in zip(people, ids, strict=True))
        copy(curs, ("vault", "identities"), ("lookup", "person_id", "sealed"), numbers)


def reveal(conn: Connection[Any], keys: Keys, person_ids: Sequence[int]) -> dict[int, Identity]:
    """The numbers behind person ids, for a reader whose access has been decided; the erased are left out."""
    rows = conn.execute(
        "SELECT person_id, wrapped_key, sealed FROM vault.identities JOIN vault.persons USING (person_id)"
        " WHERE person_id = ANY(%b::bigint[]) AND wrapped_key IS NOT NULL",
        [list(person_ids)],
        binary=True,
    ).fetchall()
    return {person_id: keys.open(person_id, wrapped_key, sealed) for person_id, wrapped_key, sealed in rows}


def with_keys(conn: Connection[Any], person_ids: Sequence[int]) -> list[int]:
    """Those of these persons whose number can be read, or found."""
    found = conn.execute(
        "SELECT person_id FROM vault.persons WHERE person_id = ANY(%(ids)s::bigint[]) AND wrapped_key IS NOT NULL"
        " UNION SELECT person_id FROM vault.identities WHERE person_id = ANY(%(ids)s::bigint[]) ORDER BY person_id",
        {"ids": list(person_ids)},
    )
    return [person_id for (person_id,) in found]


def erase(conn: Connection[Any], person_id: int) -> bool:
    """Make a person's number unreadable and not to be found again; says whether there was one to erase.

    `overwrite` is to follow, outside any transaction: until then PostgreSQL's files still hold the key.
    """
    # Without the person's key a sealed number stays closed wherever a copy of it lies. A backup which holds the
    # keys as well must be let go of before it can be said that the number is gone.
    erased = conn.execute(
        "UPDATE vault.persons SET wrapped_key = NULL WHERE person_id = %s AND wrapped_key IS NOT NULL", [person_id]
    )
    conn.execute("DELETE FROM vault.identities WHERE person_id = %s", [person_id])
    for table in ("births", "texts"):
        conn.execute(f"DELETE FROM vault.{table} WHERE person_id = %s", [person_id])
    return erased.rowcount == 1


def overwrite(conn: Connection[Any]) -> None:
    """Let PostgreSQL give the space of erased rows free at once, instead of when it comes to it."""
    tables = ", ".join(f"vault.{table}" for table in ("persons", "identities", "births", "texts", "lingering"))
    conn.execute(f"VACUUM (INDEX_CLEANUP ON) {tables}")
