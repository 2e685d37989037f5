"""Committed facts and receipts out to real Kafka: in order, all of them, also after a crash."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event
from typing import Any

import psycopg
import pytest

from register import relay, store
from register.ids import event_key, new_id
from register.lag import RelayLag, relay_lag
from register.positions import Fenced, move_relay, relay_position
from register.receipts import Receipt, write
from register.record_batches import NotAcknowledged, partition_of
from register.relay import run_relay
from register.settings import Settings
from schemas import schema
from tests.write_side.builders import REPORTED, a_dose_fact, on_topic, until

Conn = psycopg.Connection[Any]
Running = Callable[..., Any]


@pytest.fixture
def recorder(settings: Settings) -> Iterator[store.FactRecorder]:
    opened = store.open_recorder(settings.database_url)
    yield opened
    opened.datastore.close()


@contextmanager
def writing(conn: Conn) -> Iterator[psycopg.Cursor[Any]]:
    with conn.transaction(), conn.cursor() as curs:
        yield curs


def record(conn: Conn, recorder: store.FactRecorder, people: Sequence[int], version: int) -> None:
    with writing(conn) as curs:
        recorder.append(curs, [store.stored(a_dose_fact(person, version)) for person in people])


def answer(conn: Conn, number: str, key: str) -> None:
    said = {
        "receipt": number,
        "sender": "clinic",
        "kind": "dose",
        "outcome": "recorded",
        "codes": [],
        "dose_id": None,
        "reported_at": None,
        "upload": key,
        "upload_name": None,
        "row": None,
        "system_name": "",
        "unique_reference": "",
        "report_topic": "reports.clinic",
        "report_partition": 0,
        "report_offset": 0,
        "recorded_at": REPORTED,
    }
    with writing(conn) as curs:
        write(curs, [Receipt(number, "clinic", key.encode(), schema("Receipt.v1").encode(said))])


def published(settings: Settings) -> bool:
    return relay_lag(settings) == RelayLag(0, 0)


def test_facts_lie_in_order_on_their_persons_partition(
    settings: Settings, conn: Conn, recorder: store.FactRecorder, running: Running
) -> None:
    people = [new_id() for _ in range(50)]
    for version in (1, 2):
        record(conn, recorder, people, version)
    with running(run_relay):
        until(lambda: published(settings))
        record(conn, recorder, people, 3)
        until(lambda: published(settings))
    seen: dict[int, list[int]] = defaultdict(list)
    for place, key, fact in on_topic(settings, "events.people"):
        assert key == event_key(fact["person_id"])
        assert place.partition == partition_of(key, settings.partitions)
        seen[fact["person_id"]].append(fact["version"])
    assert seen == {person: [1, 2, 3] for person in people}


def test_what_is_published_is_byte_for_byte_what_is_stored(
    settings: Settings, conn: Conn, recorder: store.FactRecorder, running: Running
) -> None:
    record(conn, recorder, [7], 1)
    with running(run_relay):
        until(lambda: published(settings))
    [(_, _, fact)] = on_topic(settings, "events.people")
    [(state,)] = conn.execute("SELECT state FROM register.stored_events").fetchall()
    assert schema("DoseRecorded.v1").encode(fact) == state


def test_receipts_of_one_upload_stay_in_order(settings: Settings, conn: Conn, running: Running) -> None:
    numbers = [f"clinic-0-{n}" for n in range(20)]
    for number in numbers:
        answer(conn, number, "upload-1")
    with running(run_relay):
        until(lambda: published(settings))
    assert [receipt["receipt"] for _, _, receipt in on_topic(settings, "receipts.clinic")] == numbers


def test_after_a_failure_nothing_is_missing_and_order_holds(
    settings: Settings, conn: Conn, recorder: store.FactRecorder, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "PAGE", 10)
    monkeypatch.setattr(relay, "WAITS_AFTER_FAILURE", 0.01)
    people = [new_id() for _ in range(8)]
    for version in range(1, 6):
        record(conn, recorder, people, version)
    acknowledged, asked = relay.record_batches.acknowledged, iter(range(1, 1000))

    def sometimes_lost(future: Any) -> None:
        acknowledged(future)
        if next(asked) in (2, 5, 6):
            raise NotAcknowledged("lost on the way back")

    monkeypatch.setattr(relay.record_batches, "acknowledged", sometimes_lost)
    with running(run_relay):
        until(lambda: published(settings))
    found = on_topic(settings, "events.people")
    assert len(found) > 40  # some came twice
    seen: dict[int, list[int]] = defaultdict(list)
    for _, _, fact in found:
        if fact["version"] > max(seen[fact["person_id"]], default=0):
            seen[fact["person_id"]].append(fact["version"])
    assert seen == {person: [1, 2, 3, 4, 5] for person in people}


def test_only_one_relay_publishes_and_the_second_takes_over(
    settings: Settings, conn: Conn, recorder: store.FactRecorder, running: Running
) -> None:
    people = [new_id() for _ in range(20)]
    with running(run_relay):
        first = Event()
        record(conn, recorder, people, 1)
        until(lambda: published(settings))
        with running(run_relay):
            record(conn, recorder, people, 2)
            until(lambda: published(settings))
            first.set()
    with running(run_relay):
        record(conn, recorder, people, 3)
        until(lambda: published(settings))
    assert len(on_topic(settings, "events.people")) == 60


def test_a_position_that_moved_is_not_moved_again(conn: Conn) -> None:
    move_relay(conn, "facts", 0, 5)
    with pytest.raises(Fenced):
        move_relay(conn, "facts", 0, 7)
    assert relay_position(conn, "facts") == 5


def test_the_relay_waits_for_nothing_but_a_notice(
    settings: Settings, conn: Conn, recorder: store.FactRecorder, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "LOOKS_EVERY", 5)
    record(conn, recorder, [1], 1)
    with running(run_relay):
        until(lambda: published(settings))
        record(conn, recorder, [2], 1)
        until(lambda: published(settings), seconds=1)
