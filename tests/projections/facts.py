"""Facts as they lie in Kafka, few of each kind, with what does not matter filled in."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from register.ids import event_key
from schemas import Record, schema

NOON = datetime(2021, 6, 1, 12, tzinfo=UTC)


def _fact(person: int, version: int, **fields: Any) -> Record:
    common = {
        "person_id": person,
        "version": version,
        "recorded_at": NOON + timedelta(seconds=version),
        "receipt": f"test-0-{version}",
    }
    return common | fields


def a_dose(person: int, version: int, **fields: Any) -> tuple[str, Record]:
    """DoseRecorded."""
    dose: Record = {
        "dose_id": person ^ version,
        "cause": "reported",
        "record": bytes(16),
        "reported_at": NOON,
        "system_name": "Journal",
        "sender": "test",
        "given_on": date(2021, 5, 3),
        "disease": "COVID-19",
        "product": "Comirnaty",
        "batch": "",
        "dose_number": 1,
        "care_provider": "232100-0131",
        "care_unit": "SE2321000131-E000000000001",
        "care_unit_municipality": "1480",
        "setting": "",
        "campaign": "",
        "suspected_duplicate_of": None,
        "flags": [],
    }
    return "DoseRecorded.v1", _fact(person, version, **dose | fields)


def a_move(person: int, version: int, **fields: Any) -> tuple[str, Record]:
    """PersonMoved."""
    home: Record = {"reported_at": NOON, "on": date(2021, 2, 1), "municipality": "1480", "deso": "1480C1230"}
    return "PersonMoved.v1", _fact(person, version, **home | fields)


def a_registration(person: int, version: int, **fields: Any) -> tuple[str, Record]:
    """PersonRegistered."""
    _, moved = a_move(person, version)
    stated = {"stated_birth_year": 1950, "stated_sex": "F"}
    return "PersonRegistered.v1", moved | stated | {"birth_year": 1950, "sex": "F"} | fields


def a_death(person: int, version: int, **fields: Any) -> tuple[str, Record]:
    """PersonDied."""
    return "PersonDied.v1", _fact(person, version, **{"reported_at": NOON, "on": date(2022, 1, 1)} | fields)


def a_restatement(person: int, version: int, **fields: Any) -> tuple[str, Record]:
    """PersonRestated."""
    said: Record = {
        "cause": "linked",
        "birth_year": 1950,
        "sex": "F",
        "died_on": None,
        "protected_on": date(2021, 4, 1),
        "protection": "sekretessmarkering",
        "residence_days": [date(2001, 1, 1), date(2021, 2, 1)],
        "residence_municipalities": ["24", "1480"],
        "residence_desos": ["", "1480C1230"],
    }
    return "PersonRestated.v1", _fact(person, version, **said | fields)


def encoded(fact: tuple[str, Record]) -> tuple[bytes, bytes]:
    """(key, value) of a fact."""
    name, fields = fact
    return event_key(fields["person_id"]), schema(name).encode(fields)


def histories(facts: int, people: int, seed: int = 1) -> Iterator[tuple[str, Record]]:
    """So many facts about so many people in a random order, versions without gaps."""
    random = Random(seed)
    versions: dict[int, int] = {}
    for _ in range(facts):
        person = random.randrange(1, people + 1)
        version = versions[person] = versions.get(person, 0) + 1
        kind = a_registration if version == 1 else random.choices([a_dose, a_move, a_death], [8, 2, 1])[0]
        yield kind(person, version)
