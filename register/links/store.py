"""The table that says who keeps the doses of an identity which is linked to others; the facts say why."""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Connection

TABLE = """
-- Derived from the facts, and written with them: every identity of a person who has several, and the root of them.
CREATE TABLE IF NOT EXISTS register.linked (
    person_id bigint PRIMARY KEY,
    root bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS linked_by_root ON register.linked (root);
"""


def root_of(conn: Connection[Any], person_id: int) -> int:
    """The id under which the doses of an identity are found: its own, if it is linked to no other."""
    found = conn.execute("SELECT root FROM register.linked WHERE person_id = %s", (person_id,)).fetchone()
    return int(found[0]) if found else person_id


def identities_of(conn: Connection[Any], root: int) -> list[int]:
    """All identities of a person by their ids, the root first."""
    found = conn.execute("SELECT person_id FROM register.linked WHERE root = %s ORDER BY person_id", (root,))
    return [root, *(one for (one,) in found if one != root)]


def find(conn: Connection[Any], person_ids: Sequence[int]) -> dict[int, int]:
    """The root of every identity that is one person with any of these; who has one identity is left out."""
    rows = conn.execute(
        "SELECT person_id, root FROM register.linked WHERE root IN"
        " (SELECT root FROM register.linked WHERE person_id = ANY(%s))",
        (list(person_ids),),
    )
    return dict(rows.fetchall())


def write(conn: Connection[Any], roots: Iterable[tuple[int, int]]) -> None:
    """Who keeps whose doses from now on, for each identity whose person changed."""
    rows = sorted(roots)
    conn.execute("DELETE FROM register.linked WHERE person_id = ANY(%s)", ([identity for identity, _ in rows],))
    roots_of_several = {root for identity, root in rows if identity != root}
    several = [(identity, root) for identity, root in rows if root in roots_of_several]
    with conn.cursor() as curs:
        curs.executemany("INSERT INTO register.linked VALUES (%s, %s)", several)
