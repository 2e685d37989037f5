"""The whole of one person: facts, numbers, birth dates, and who has read. Whoever asks for it has written that down."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, cast

from psycopg import Connection

from register import store, vault
from register.access.log import accesses_of
from register.access.whose import hidden_beside, persons_of
from register.clock import day_in_sweden
from register.extract import extract, partners, sources_of
from register.facts import PersonFact
from register.identities.classify import classify
from register.identities.number import Identity
from register.ids import PERSON_TAG, show_id, stream, subject
from register.persons.births_told import births_told
from register.settings import Settings
from register.vault.births import births_of, ever_stated
from register.vault.texts import MARK, texts_of


def whole(conn: Connection[Any], settings: Settings, person_id: int) -> dict[str, Any]:
    """Everything that the register holds about a person, as JSON can say it; see `register.extract` for the words."""
    with conn.transaction():
        people = persons_of(conn, person_id)
        identities = vault.reveal(conn, settings.keys, people)
        births = births_of(conn, settings.keys, people)
        words = texts_of(conn, settings.keys, people)
        facts = _facts(conn, people)
        every = [fact for history in facts.values() for fact in history]
        named = partners(every) - set(people)
        stated = births_told(every, ever_stated(conn, settings.keys, people))
        sources = sources_of(conn, {fact.receipt for history in facts.values() for fact in history})
        known = named - hidden_beside(conn, people)
        found = extract(facts, with_others=known, births=stated, sources=sources)
        accesses = accesses_of(conn, person_id)
    today = day_in_sweden(settings.clock())
    shown = [_identity(one, identities.get(one), births.get(one, set()), today) for one in people]
    return cast(
        dict[str, Any],
        _plain({**asdict(found), "identities": shown, "read_by": [access._asdict() for access in accesses]}, words),
    )


def _facts(conn: Connection[Any], people: Sequence[int]) -> dict[int, list[PersonFact]]:
    histories = {
        subject(one)[1]: cast(list[PersonFact], facts)
        for one, facts in store.histories(conn, [stream(PERSON_TAG, person) for person in people]).items()
    }
    return {person: histories.get(person, []) for person in people}


def _identity(person_id: int, identity: Identity | None, births: set[date], today: date) -> dict[str, Any]:
    """One identity with its number, or without where that was erased."""
    if identity is None:
        return {"id": show_id(person_id), "kind": "erased", "root": "", "value": "", "issuer": "", "born": []}
    issuer = classify(identity.value, identity.root, today=today).issuer or identity.root
    born = births | ({identity.birth_date} if identity.birth_date else set())
    return {
        "id": show_id(person_id),
        "kind": identity.kind,
        "root": identity.root,
        "value": identity.value,
        "issuer": issuer,
        "born": sorted(born),
    }


def _plain(value: Any, words: Mapping[str, str]) -> Any:
    """With days and instants as texts (ISO 8601), and the words for the marks that stand for them in facts."""
    match value:
        case dict():
            return {key: _plain(one, words) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one, words) for one in value]
        case str() if value.startswith(MARK):
            return words.get(value, "")
        case datetime() | date():
            return value.isoformat()
        case _:
            return value
