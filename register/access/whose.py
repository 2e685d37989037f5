"""Whose record it is: all identities of the person, and whether the person's identity is protected."""

from collections.abc import Sequence
from typing import Any, cast

from psycopg import Connection

from register import store
from register.facts import PersonFact
from register.ids import PERSON_TAG, stream
from register.links.store import identities_of, root_of
from register.people import Person, history_of
from register.persons.held import protection


def persons_of(conn: Connection[Any], person_id: int) -> tuple[int, ...]:
    """Every identity that is one person with this one, the one that keeps the doses first."""
    return tuple(identities_of(conn, root_of(conn, person_id)))


def grade_of(conn: Connection[Any], persons: Sequence[int]) -> str:
    """The grade of protection of a person, empty if none: what is protected under one identity is under all."""
    streams = [stream(PERSON_TAG, person_id) for person_id in persons]
    found = store.histories(conn, streams)
    members = tuple(
        history_of(person_id, cast(list[PersonFact], found.get(one, [])))
        for person_id, one in zip(persons, streams, strict=True)
    )
    return protection(Person(members[0], members[0], members)).grade if members else ""
