"""One transaction for a batch: all of it or nothing, and a conflict decides only that batch again."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from kafka import TopicPartition
from psycopg.errors import UniqueViolation

from register import batch, intake, store
from register.intake import Intake
from register.known import Overtaken
from register.positions import Fenced, intake_positions
from register.reports import read
from register.settings import Settings
from schemas import decode
from tests.write_side.builders import REPORTED, a_dose_report, a_person_number

Conn = psycopg.Connection[Any]
NORTH, SOUTH, WEST = (TopicPartition(f"reports.{sender}", 0) for sender in ("north", "south", "west"))


class Record:
    """What a consumer hands over."""

    def __init__(self, offset: int, value: bytes) -> None:
        self.offset, self.value = offset, value


@pytest.fixture
def recorder(settings: Settings) -> Iterator[store.FactRecorder]:
    opened = store.open_recorder(settings.database_url)
    yield opened
    opened.datastore.close()


def decided(conn: Conn, settings: Settings, place: TopicPartition, *reports: bytes) -> batch.Outcome:
    found = [read(place.topic, place.partition, offset, value) for offset, value in enumerate(reports)]
    return batch.decide(conn, settings.keys, found, settings.clock())


def everything(conn: Conn) -> dict[str, int]:
    tables = (
        "register.stored_events",
        "register.receipts",
        "register.records",
        "register.intake_positions",
        "register.quarantine",
        "vault.persons",
        "vault.identities",
    )
    counted = {table: conn.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables}
    return {table: row[0] for table, row in counted.items() if row}


def test_the_second_of_two_batches_about_one_new_person_writes_nothing(
    settings: Settings, conn: Conn, recorder: store.FactRecorder
) -> None:
    first = decided(conn, settings, NORTH, a_dose_report(1), b"?")
    second = decided(conn, settings, SOUTH, b"?", a_dose_report(2, identity_value=a_person_number(1)))
    batch.write(conn, recorder, first, {NORTH: None}, {NORTH: 2})
    before = everything(conn)
    with pytest.raises(UniqueViolation):
        batch.write(conn, recorder, second, {SOUTH: None}, {SOUTH: 2})
    assert everything(conn) == before
    assert intake_positions(conn) == {NORTH: 2}


def test_two_batches_about_one_known_person_conflict_in_the_history(
    settings: Settings, conn: Conn, recorder: store.FactRecorder
) -> None:
    batch.write(conn, recorder, decided(conn, settings, NORTH, a_dose_report(1)), {NORTH: None}, {NORTH: 1})
    may = a_dose_report(2, identity_value=a_person_number(1), given_on="2021-05-20")
    june = a_dose_report(3, identity_value=a_person_number(1), given_on="2021-05-31")
    one, two = decided(conn, settings, NORTH, b"", may), decided(conn, settings, SOUTH, june)
    batch.write(conn, recorder, two, {SOUTH: None}, {SOUTH: 1})
    with pytest.raises(UniqueViolation):
        batch.write(conn, recorder, one, {NORTH: 1}, {NORTH: 2})


def test_a_record_that_two_batches_move_to_two_people_goes_to_one(
    settings: Settings, conn: Conn, recorder: store.FactRecorder
) -> None:
    taken_back = a_dose_report(1, nullified=True, reported_at=REPORTED + timedelta(hours=1))
    first = decided(conn, settings, NORTH, a_dose_report(1), taken_back)
    batch.write(conn, recorder, first, {NORTH: None}, {NORTH: 2})
    to_one = a_dose_report(1, identity_value=a_person_number(2), reported_at=REPORTED + timedelta(hours=2))
    to_other = a_dose_report(1, identity_value=a_person_number(3), reported_at=REPORTED + timedelta(hours=2))
    one, other = decided(conn, settings, WEST, to_one), decided(conn, settings, SOUTH, to_other)
    batch.write(conn, recorder, one, {WEST: None}, {WEST: 1})
    with pytest.raises(Overtaken):
        batch.write(conn, recorder, other, {SOUTH: None}, {SOUTH: 1})


def test_a_batch_from_a_position_that_moved_writes_nothing(
    settings: Settings, conn: Conn, recorder: store.FactRecorder
) -> None:
    outcome = decided(conn, settings, NORTH, a_dose_report(1))
    batch.write(conn, recorder, outcome, {NORTH: None}, {NORTH: 1})
    before = everything(conn)
    for expected in (None, 0, 2):
        with pytest.raises(Fenced):
            batch.write(conn, recorder, outcome, {NORTH: expected}, {NORTH: 1})
    assert everything(conn) == before


def test_an_offset_that_is_read_twice_at_once_is_decided_once(
    settings: Settings, conn: Conn, recorder: store.FactRecorder
) -> None:
    taking = Intake(settings, recorder, conn, consumer=None)
    twice = [Record(offset, a_dose_report(offset)) for offset in (0, 1, 0, 1, 2)]
    taking.take({NORTH: twice})
    assert everything(conn)["register.receipts"] == 3
    assert intake_positions(conn) == {NORTH: 3}


def test_a_conflict_decides_the_batch_again_with_what_is_known_now(
    settings: Settings, conn: Conn, recorder: store.FactRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide, times = batch.decide, 0

    def overtaken(*args: Any) -> batch.Outcome:
        nonlocal times
        times += 1
        outcome = decide(*args)
        if times == 1:
            same_dose = a_dose_report(1, unique_reference="other", system_name="Other")
            reports = [read(SOUTH.topic, SOUTH.partition, 0, same_dose)]
            other = decide(conn, settings.keys, reports, settings.clock())
            batch.write(conn, recorder, other, {SOUTH: None}, {SOUTH: 1})
        return outcome

    decided_elsewhere = Intake(settings, recorder, conn, consumer=None)
    monkeypatch.setattr(intake.batch, "decide", overtaken)
    decided_elsewhere.take({NORTH: [Record(0, a_dose_report(1))]})
    names = [
        decode(row[0])[0] for row in conn.execute("SELECT state FROM register.stored_events ORDER BY notification_id")
    ]
    assert times == 2
    assert names == ["PersonIdentified.v1", "DoseRecorded.v1", "DoseSourceAdded.v1"]
    assert intake_positions(conn) == {NORTH: 1, SOUTH: 1}


def test_what_was_decided_already_is_dropped_when_it_is_read_again(
    settings: Settings, conn: Conn, recorder: store.FactRecorder
) -> None:
    taking = Intake(settings, recorder, conn, consumer=None)
    records = [Record(offset, a_dose_report(offset)) for offset in range(3)]
    taking.take({NORTH: records[:2]})
    taking.take({NORTH: records})
    taking.take({NORTH: records})
    assert everything(conn)["register.receipts"] == 3
    assert intake_positions(conn) == {NORTH: 3}
