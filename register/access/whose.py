"""Whose record it is: all identities of the person, and whether the person's identity is protected."""

from collections.abc import Collection, Sequence
from typing import Any, cast

from psycopg import Connection

from register import definitions, store
from register.extract import partners
from register.facts import PersonFact
from register.ids import PERSON_TAG, stream, subject
from register.links.store import identities_of, root_of
from register.people import Person, history_of
from register.persons.held import protection
from register.persons.secrecy import never_linked


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


def hidden_beside(conn: Connection[Any], persons: Collection[int]) -> set[int]:
    """Who stands beside these in words on pairs and may not be known of: one of the two was ever a secret identity."""
    found = store.histories(conn, [stream(PERSON_TAG, person) for person in persons])
    others = partners(fact for facts in found.values() for fact in cast(list[PersonFact], facts)) - set(persons)
    return others if ever_secret(conn, persons) else ever_secret(conn, others)


def ever_secret(conn: Connection[Any], persons: Collection[int]) -> set[int]:
    """Those who were ever given a secret identity, also if that has ended, or whose protection nobody can read."""
    if not persons:
        return set()
    found = store.histories(conn, [stream(PERSON_TAG, person) for person in persons])
    secret: set[int] = set()
    for one, facts in found.items():
        _, person = subject(one)
        if never_linked(history_of(person, cast(list[PersonFact], facts)).identity, definitions):
            secret.add(person)
    return secret
