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
# Three partitions of one sender, which three intakes may read.
HERE, THERE, ELSEWHERE = (TopicPartition("reports.north", partition) for partition in range(3))


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
    first = decided(conn, settings, HERE, a_dose_report(1), b"?")
    second = decided(conn, settings, THERE, b"?", a_dose_report(2, identity_value=a_person_number(1)))
    batch.write(conn, recorder, first, {HERE: None}, {HERE: 2})
    before = everything(conn)
    with pytest.raises(UniqueViolation):
        batch.write(conn, recorder, second, {THERE: None}, {THERE: 2})
    assert everything(conn) == before
    assert intake_positions(conn) == {HERE: 2}


def test_two_batches_about_one_known_person_conflict_in_the_history(
    settings: Settings, conn: Conn, recorder: store.FactRecorder
) -> None:
    batch.write(conn, recorder, decided(conn, settings, HERE, a_dose_report(1)), {HERE: None}, {HERE: 1})
    may = a_dose_report(2, identity_value=a_person_number(1), given_on="2021-05-20")
    june = a_dose_report(3, identity_value=a_person_number(1), given_on="2021-05-31")
    one, two = decided(conn, settings, HERE, b"", may), decided(conn, settings, THERE, june)
    batch.write(conn, recorder, two, {THERE: None}, {THERE: 1})
    with pytest.raises(UniqueViolation):
        batch.write(conn, recorder, one, {HERE: 1}, {HERE: 2})


def test_a_record_that_two_batches_move_to_two_people_goes_to_one(
    settings: Settings, conn: Conn, recorder: store.FactRecorder
) -> None:
    taken_back = a_dose_report(1, nullified=True, reported_at=REPORTED + timedelta(hours=1))
    first = decided(conn, settings, HERE, a_dose_report(1), taken_back)
    batch.write(conn, recorder, first, {HERE: None}, {HERE: 2})
    to_one = a_dose_report(1, identity_value=a_person_number(2), reported_at=REPORTED + timedelta(hours=2))
    to_other = a_dose_report(1, identity_value=a_person_number(3), reported_at=REPORTED + timedelta(hours=2))
    one, other = decided(conn, settings, ELSEWHERE, to_one), decided(conn, settings, THERE, to_other)
    batch.write(conn, recorder, one, {ELSEWHERE: None}, {ELSEWHERE: 1})
    with pytest.raises(Overtaken):
        batch.write(conn, recorder, other, {THERE: None}, {THERE: 1})


def test_a_batch_from_a_position_that_moved_writes_nothing(
    settings: Settings, conn: Conn, recorder: store.FactRecorder
) -> None:
    outcome = decided(conn, settings, HERE, a_dose_report(1))
    batch.write(conn, recorder, outcome, {HERE: None}, {HERE: 1})
    before = everything(conn)
    for expected in (None, 0, 2):
        with pytest.raises(Fenced):
            batch.write(conn, recorder, outcome, {HERE: expected}, {HERE: 1})
    assert everything(conn) == before


def test_an_offset_that_is_read_twice_at_once_is_decided_once(
    settings: Settings, conn: Conn, recorder: store.FactRecorder
) -> None:
    taking = Intake(settings, recorder, conn, consumer=None)
    twice = [Record(offset, a_dose_report(offset)) for offset in (0, 1, 0, 1, 2)]
    taking.take({HERE: twice})
    assert everything(conn)["register.receipts"] == 3
    assert intake_positions(conn) == {HERE: 3}


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
            reports = [read(THERE.topic, THERE.partition, 0, same_dose)]
            other = decide(conn, settings.keys, reports, settings.clock())
            batch.write(conn, recorder, other, {THERE: None}, {THERE: 1})
        return outcome

    decided_elsewhere = Intake(settings, recorder, conn, consumer=None)
    monkeypatch.setattr(intake.batch, "decide", overtaken)
    decided_elsewhere.take({HERE: [Record(0, a_dose_report(1))]})
    names = [
        decode(row[0])[0] for row in conn.execute("SELECT state FROM register.stored_events ORDER BY notification_id")
    ]
    assert times == 2
    assert names == ["PersonIdentified.v1", "DoseRecorded.v1", "DoseSourceAdded.v1"]
    assert intake_positions(conn) == {HERE: 1, THERE: 1}


def test_what_was_decided_already_is_dropped_when_it_is_read_again(
    settings: Settings, conn: Conn, recorder: store.FactRecorder
) -> None:
    taking = Intake(settings, recorder, conn, consumer=None)
    records = [Record(offset, a_dose_report(offset)) for offset in range(3)]
    taking.take({HERE: records[:2]})
    taking.take({HERE: records})
    taking.take({HERE: records})
    assert everything(conn)["register.receipts"] == 3
    assert intake_positions(conn) == {HERE: 3}
