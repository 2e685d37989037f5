"""What people wrote in their own words about somebody: evidence, who decided, why. Sealed with the person's own key.

A fact carries a mark in the place of such words, because a fact stays for ever and words can hold names. The words
behind a mark go with the person's key when they are erased.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from psycopg import Connection

from register.vault.keys import Keys, NewPerson

TABLES = """
CREATE TABLE IF NOT EXISTS vault.texts (
    mark text NOT NULL,
    person_id bigint NOT NULL REFERENCES vault.persons,
    sealed bytea NOT NULL,
    PRIMARY KEY (person_id, mark)
);
"""
# No index by mark, which an erasure alone asks for: to look whether one is there, PostgreSQL locks the table, and a
# process that starts would wait for an intake that writes.

MARK = "sealed:"
# A mark holds no digit, so that nothing takes it for a number.
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


class SealedText(NamedTuple):
    """Words about a person as nobody can read them, and the mark that stands for them in facts."""

    mark: str
    person_id: int
    sealed: bytes


def mark_of(keys: Keys, place: str, text: str) -> str:
    """What stands for a text in facts: the same for the same text in the same place, and of no use without the key."""
    return MARK + keys.text_key(place, text).hex().translate(_LETTERS)


def seal(
    conn: Connection[Any], keys: Keys, said: Mapping[tuple[str, int], str], new: Sequence[NewPerson]
) -> list[SealedText]:
    """Texts by mark and person, each sealed with that person's own key."""
    wrapped = {person.person_id: person.wrapped_key for person in new}
    known = sorted({person_id for _, person_id in said} - wrapped.keys())
    if known:
        found = "SELECT person_id, wrapped_key FROM vault.persons WHERE person_id = ANY(%s) AND wrapped_key IS NOT NULL"
        wrapped |= dict(conn.execute(found, (known,), binary=True).fetchall())
    return [
        SealedText(mark, person_id, keys.seal(person_id, wrapped[person_id], text))
        for (mark, person_id), text in sorted(said.items())
        if person_id in wrapped
    ]


def write(conn: Connection[Any], texts: Sequence[SealedText]) -> None:
    """Keep them; what the same mark stands for is there already."""
    with conn.cursor() as curs:
        curs.executemany("INSERT INTO vault.texts VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", texts)


def texts_of(conn: Connection[Any], keys: Keys, person_ids: Sequence[int]) -> dict[str, str]:
    """What stands behind the marks in these people's facts, for a reader whose access has been decided."""
    rows = conn.execute(
        "SELECT mark, person_id, wrapped_key, sealed FROM vault.texts JOIN vault.persons USING (person_id)"
        " WHERE person_id = ANY(%s) AND wrapped_key IS NOT NULL",
        (list(person_ids),),
        binary=True,
    )
    return {mark: keys.unseal(person_id, wrapped_key, sealed) for mark, person_id, wrapped_key, sealed in rows}


def forget(conn: Connection[Any], marks: Collection[str]) -> None:
    """These words are about somebody who is erased and somebody else, who were linked: they go with either."""
    conn.execute("DELETE FROM vault.texts WHERE mark = ANY(%s)", (list(marks),))
