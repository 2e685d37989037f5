"""A birth date that a region states lies in the vault alone, sealed, as long as the registration stands."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, cast

import psycopg
import pytest
from kafka import TopicPartition

from register import store, vault
from register.entitled import let
from register.facts import PersonFact
from register.ids import PERSON_TAG, stream
from register.intake import Intake
from register.persons.births_told import births_told
from register.settings import Settings
from register.vault.births import births_of, ever_stated
from schemas import decode
from tests.write_side.builders import REPORTED, a_link_report, a_registration_report

Conn = psycopg.Connection[Any]
PLACE = TopicPartition("reports.north", 0)


class Record:
    """What a consumer hands over."""

    def __init__(self, offset: int, value: bytes) -> None:
        self.offset, self.value = offset, value


class Reported:
    """A register that takes one report after the other."""

    def __init__(self, settings: Settings, recorder: store.FactRecorder, conn: Conn) -> None:
        self._settings, self._conn, self._next = settings, conn, 0
        self._intake = Intake(settings, recorder, conn, consumer=None)

    def __call__(self, hours: int = 0, **said: Any) -> dict[int, set[date]]:
        return self.at_once({"hours": hours, **said})

    def at_once(self, *reports: dict[str, Any]) -> dict[int, set[date]]:
        """Several reports in one batch."""
        values = [
            a_registration_report(**{"reported_at": REPORTED + timedelta(hours=said.pop("hours"))} | said)
            for said in reports
        ]
        self.hears(*values)
        return self.births()

    def hears(self, *values: bytes) -> None:
        """Reports of any kind in one batch."""
        self._intake.take({PLACE: [Record(self._next + place, value) for place, value in enumerate(values)]})
        self._next += len(values)

    def ever(self) -> dict[str, date]:
        """Every birth date that was ever stated, by the receipt of its report, as it is kept."""
        people = [person for (person,) in self._conn.execute("SELECT person_id FROM vault.persons")]
        kept = ever_stated(self._conn, self._settings.keys, people)
        return {receipt: born for receipt, born in kept.items() if born}

    def told(self) -> dict[str, date]:
        """The birth date that each report states, as an extract shows it."""
        people = [person for (person,) in self._conn.execute("SELECT person_id FROM vault.persons ORDER BY person_id")]
        found = store.histories(self._conn, [stream(PERSON_TAG, person) for person in people])
        facts = cast(list[PersonFact], [fact for history in found.values() for fact in history])
        return births_told(facts, ever_stated(self._conn, self._settings.keys, people))

    def births(self) -> dict[int, set[date]]:
        people = [person for (person,) in self._conn.execute("SELECT person_id FROM vault.persons")]
        return births_of(self._conn, self._settings.keys, people)


@pytest.fixture
def report(settings: Settings, conn: Conn) -> Iterator[Reported]:
    recorder = store.open_recorder(settings.database_url)
    yield Reported(settings, recorder, conn)
    recorder.datastore.close()


def test_the_birth_date_of_a_registration_is_kept_corrected_and_taken_back(report: Reported) -> None:
    assert list(report().values()) == [{date(1984, 2, 29)}]
    assert list(report(1, birth_date="1984-03-01").values()) == [{date(1984, 3, 1)}]
    assert list(report(0, birth_date="1999-01-01").values()) == [{date(1984, 3, 1)}], "an older word changes nothing"
    assert report(2, nullified=True) == {}


def test_a_birth_date_corrected_within_its_year_is_a_correction_and_the_old_one_is_kept_sealed(
    report: Reported, conn: Conn
) -> None:
    report()
    assert list(report(1, birth_date="1984-03-01").values()) == [{date(1984, 3, 1)}]
    outcomes = [decode(bytes(state))[1]["outcome"] for (state,) in conn.execute("SELECT state FROM register.receipts")]
    assert sorted(outcomes) == ["corrected", "recorded"]
    assert report.ever() == {"north-0-0": date(1984, 2, 29), "north-0-1": date(1984, 3, 1)}
    report(1, birth_date="1984-03-01")
    report(2, nullified=True)
    assert len(report.ever()) == 2, "what changes nothing is no statement, and what is taken back stays told"


def test_a_registration_that_is_confirmed_night_after_night_is_kept_once_and_told_each_time(report: Reported) -> None:
    report()
    for night in (1, 2, 3):
        report(night)
    report.at_once({"hours": 4}, {"hours": 5})
    assert report.ever() == {"north-0-0": date(1984, 2, 29)}
    assert list(report.births().values()) == [{date(1984, 2, 29)}]
    assert report.told() == {f"north-0-{night}": date(1984, 2, 29) for night in range(6)}


def test_a_registration_that_states_no_day_any_more_is_told_without_one_until_it_does_again(report: Reported) -> None:
    report()
    report(1, birth_date="", birth_year="1984")
    report(2, birth_date="", birth_year="1984")
    assert report.births() == {}
    report(3, nullified=True)
    report(4, birth_date="", birth_year="1984")
    report(5)
    assert report.told() == {"north-0-0": date(1984, 2, 29), "north-0-5": date(1984, 2, 29)}


def test_a_registration_taken_back_and_made_again_without_a_day_is_told_without_one(report: Reported) -> None:
    report()
    report(1, nullified=True)
    report(2, birth_date="", birth_year="1984")
    assert report.told() == {"north-0-0": date(1984, 2, 29)}


def test_in_one_batch_the_last_birth_date_of_a_registration_holds(report: Reported) -> None:
    both = [{"hours": 0}, {"hours": 1, "birth_date": "1984-03-01"}]
    assert list(report.at_once(*both).values()) == [{date(1984, 3, 1)}]
    assert len(report.ever()) == 2


@pytest.mark.parametrize("batches", [1, 2])
def test_a_link_of_two_born_on_different_days_of_one_year_is_flagged(
    report: Reported, conn: Conn, batches: int
) -> None:
    let(conn, "north", ["identity-link"])
    one, other = "R-0001", "R-0002"
    said = [
        a_registration_report(1, identity_value=one, birth_date="1984-02-29"),
        a_registration_report(2, identity_value=other, birth_date="1984-03-01"),
        a_link_report(
            1, 2, identity_root="2.25.4711", identity_value=one, absorbed_root="2.25.4711", absorbed_value=other
        ),
    ]
    for values in (said,) if batches == 1 else (said[:2], said[2:]):
        report.hears(*values)
    [state] = conn.execute("SELECT state FROM register.receipts WHERE receipt = 'north-0-2'").fetchone() or ()
    linked = decode(bytes(state))[1]
    assert (linked["outcome"], linked["codes"]) == ("recorded", ["LINK-BIRTH-DATES-DIFFER"])


def test_a_registration_moved_to_another_number_takes_its_birth_date_along(report: Reported) -> None:
    [first] = report()
    [second] = report(1, identity_value="R-0002")
    assert first != second


def test_no_table_holds_the_date_in_the_clear(report: Reported, conn: Conn) -> None:
    report()
    [(sealed,)] = conn.execute("SELECT sealed FROM vault.births").fetchall()
    facts = b"".join(state for (state,) in conn.execute("SELECT state FROM register.stored_events"))
    assert b"1984-02-29" not in sealed
    assert b"1984-02-29" not in facts
    assert b"0229" not in sealed


def test_the_key_gone_nobody_reads_the_date_again(report: Reported, conn: Conn) -> None:
    [person_id] = report()
    report(1, birth_date="1984-03-01")
    assert vault.erase(conn, person_id)
    assert (report.births(), report.ever()) == ({}, {})
    assert conn.execute("SELECT count(*) FROM vault.births").fetchone() == (0,)
