"""Whose a system name is: nobody writes another sender's records by reporting under its system's name."""

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from kafka import TopicPartition
from psycopg.errors import UniqueViolation

from register import batch, senders, store
from register.intake import Intake
from register.reports import read
from register.settings import Settings
from register.systems import store as systems
from register.systems.names import SystemNameBroken
from schemas import decode, schema
from tests.security.conftest import KEYS, NOW
from tests.write_side.builders import REPORTED, a_delivery_report, a_dose_report, a_link_report, a_person_number

Conn = psycopg.Connection[Any]
ANOTHERS = ("refused", ["SYSTEM-OF-ANOTHER-SENDER"])
RECORDED = ("recorded", [])


@pytest.fixture
def register(fresh_database: str) -> Settings:
    store.create_tables(fresh_database)
    return Settings(fresh_database, (), KEYS, lambda: NOW)


@pytest.fixture
def conn(register: Settings) -> Iterator[Conn]:
    with psycopg.connect(register.database_url, autocommit=True) as connection:
        yield connection


class Register:
    """Takes reports of senders in and says what they were answered."""

    def __init__(self, settings: Settings, conn: Conn) -> None:
        self.settings, self.conn = settings, conn
        self._offset = 0

    def decided(self, *said: tuple[str, bytes]) -> batch.Outcome:
        found = []
        for sender, value in said:
            found.append(read(f"reports.{sender}", 0, self._offset, value))
            self._offset += 1
        return batch.decide(self.conn, self.settings.keys, found, self.settings.clock())

    def written(self, outcome: batch.Outcome) -> list[tuple[str, list[str]]]:
        recorder = store.open_recorder(self.settings.database_url)
        try:
            batch.write(self.conn, recorder, outcome, {}, {})
        finally:
            recorder.datastore.close()
        told = [decode(receipt.state)[1] for receipt in outcome.receipts]
        return [(receipt["outcome"], list(receipt["codes"])) for receipt in told]

    def hears(self, *said: tuple[str, bytes]) -> list[tuple[str, list[str]]]:
        return self.written(self.decided(*said))

    @property
    def owners(self) -> dict[str, str]:
        return {each.written: each.sender for each in systems.every(self.conn)}


@pytest.fixture
def taking(register: Settings, conn: Conn) -> Register:
    return Register(register, conn)


def facts(conn: Conn) -> list[str]:
    rows = conn.execute("SELECT topic FROM register.stored_events ORDER BY notification_id").fetchall()
    return [name for (name,) in rows]


def test_a_name_belongs_to_the_first_sender_whose_report_is_taken_under_it(taking: Register) -> None:
    assert taking.hears(("north", a_dose_report(1))) == [RECORDED]
    assert taking.hears(("south", a_dose_report(2))) == [ANOTHERS]
    assert taking.hears(("north", a_dose_report(3))) == [RECORDED]
    assert taking.owners == {"Journal": "north"}


def test_nobody_changes_or_withdraws_a_record_of_another_sender(taking: Register, conn: Conn) -> None:
    taking.hears(("north", a_dose_report(1)))
    before = facts(conn)
    withdrawn = a_dose_report(1, nullified=True, reported_at=NOW)
    corrected = a_dose_report(1, given_on="2021-04-21", reported_at=NOW)
    assert taking.hears(("south", withdrawn), ("south", corrected)) == [ANOTHERS, ANOTHERS]
    assert facts(conn) == before
    assert taking.hears(("north", withdrawn)) == [("withdrawn", [])]


def test_of_two_senders_in_one_batch_the_first_has_the_name(taking: Register) -> None:
    assert taking.hears(("south", a_dose_report(1)), ("north", a_dose_report(2))) == [RECORDED, ANOTHERS]


@pytest.mark.parametrize(
    "written", ["journal  åsele", " JOURNAL ÅSELE ", "Journal\tA\u030asele", "Journal\u00a0Åsele", "Jour\0nal Åsele"]
)
def test_a_name_is_the_same_however_it_is_written(taking: Register, written: str) -> None:
    taking.hears(("north", a_dose_report(1, system_name="Journal Åsele")))
    assert taking.hears(("south", a_dose_report(2, system_name=written))) == [ANOTHERS]


def test_a_report_that_is_refused_gives_no_name(taking: Register) -> None:
    future = a_dose_report(1, given_on="2031-01-01")
    assert taking.hears(("south", future), ("north", a_dose_report(1))) == [("refused", ["DATE-IN-FUTURE"]), RECORDED]
    assert taking.owners == {"Journal": "north"}


def test_every_broken_rule_is_told_beside_this_one(taking: Register) -> None:
    taking.hears(("north", a_dose_report(1)))
    [(outcome, codes)] = taking.hears(("south", a_dose_report(2, given_on="2031-01-01")))
    assert (outcome, codes) == ("refused", ["DATE-IN-FUTURE", "SYSTEM-OF-ANOTHER-SENDER"])


def test_deliveries_registrations_and_links_are_held_to_it_too(taking: Register) -> None:
    taking.hears(("north", a_dose_report(1)), ("north", a_dose_report(2)))
    delivery, link = a_delivery_report(1, system_name="Journal"), a_link_report(1, 2, system_name="Journal")
    assert taking.hears(("south", delivery), ("south", link)) == [ANOTHERS, ANOTHERS]


def test_two_batches_that_claim_one_name_at_once_give_it_to_one(taking: Register) -> None:
    north, south = taking.decided(("north", a_dose_report(1))), taking.decided(("south", a_dose_report(2)))
    assert taking.written(south) == [RECORDED]
    with pytest.raises(UniqueViolation):
        taking.written(north)
    assert taking.hears(("north", a_dose_report(1))) == [ANOTHERS]


def test_two_intakes_that_claim_one_name_at_once_give_it_to_one(register: Settings, conn: Conn) -> None:
    ready = threading.Barrier(2)

    def take(sender: str, number: int) -> None:
        recorder = store.open_recorder(register.database_url)
        with psycopg.connect(register.database_url, autocommit=True) as own:
            intake = Intake(register, recorder, own, consumer=None)
            ready.wait()
            intake.take({place(sender): [Record(0, a_dose_report(number))]})
        recorder.datastore.close()

    threads = [threading.Thread(target=take, args=each) for each in (("north", 1), ("south", 2))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    told = conn.execute("SELECT sender, state FROM register.receipts").fetchall()
    outcomes = {sender: decode(state)[1]["outcome"] for sender, state in told}
    [owner] = [each.sender for each in systems.every(conn)]
    assert outcomes == {owner: "recorded", ({"north", "south"} - {owner}).pop(): "refused"}


def test_without_a_name_every_sender_has_its_own_records(taking: Register, conn: Conn) -> None:
    unnamed = a_dose_report(1, system_name="")
    assert taking.hears(("north", unnamed)) == [("recorded", ["SYSTEM-NAME-MISSING"])]
    withdrawn = a_dose_report(1, system_name="", nullified=True, reported_at=NOW)
    [(_, codes)] = taking.hears(("south", withdrawn))
    assert "WITHDRAWAL-BEFORE-REPORT" in codes
    assert "DoseWithdrawn.v1" not in facts(conn)
    assert taking.owners == {}


def test_the_name_of_the_population_feed_is_everybodys_until_it_is_given(taking: Register, conn: Conn) -> None:
    assert taking.hears(("north", a_move(1)), ("south", a_move(2))) == [RECORDED, RECORDED]
    systems.claim(conn, "population-register", "south", NOW)
    assert taking.hears(("north", a_move(3)), ("south", a_move(4))) == [ANOTHERS, RECORDED]


def test_a_name_is_given_beforehand_and_moved_to_another_sender(taking: Register, conn: Conn) -> None:
    systems.claim(conn, "Journal", "north", NOW)
    systems.claim(conn, "JOURNAL", "north", NOW)
    assert taking.hears(("south", a_dose_report(1)), ("north", a_dose_report(1))) == [ANOTHERS, RECORDED]
    with pytest.raises(systems.SystemNameTaken, match="belongs to north"):
        systems.claim(conn, "journal", "south", NOW)
    systems.move(conn, "journal", "south", NOW)
    withdrawn = a_dose_report(1, nullified=True, reported_at=NOW)
    assert taking.hears(("north", withdrawn), ("south", withdrawn)) == [ANOTHERS, ("withdrawn", [])]
    assert taking.owners == {"Journal": "south"}


def test_a_name_that_is_nobodys_is_not_moved(conn: Conn) -> None:
    with pytest.raises(systems.SystemNameUnknown):
        systems.move(conn, "Journal", "south", NOW)


@pytest.mark.parametrize("name", ["", " ", "x" * 201, f"Journal {a_person_number(1)}"])
def test_only_what_is_a_name_is_given_to_a_sender(conn: Conn, name: str) -> None:
    with pytest.raises(SystemNameBroken):
        systems.claim(conn, name, "north", NOW)


@pytest.mark.parametrize("name", [f"Journal {a_person_number(7)}", "x" * 3_900])
def test_a_name_that_holds_a_number_or_never_ends_is_kept_unreadable_and_guarded_all_the_same(
    taking: Register, conn: Conn, name: str
) -> None:
    [(outcome, _)] = taking.hears(("north", a_dose_report(1, system_name=name)))
    assert outcome == "recorded"
    assert [outcome for outcome, _ in taking.hears(("south", a_dose_report(2, system_name=name)))] == ["refused"]
    kept = repr(conn.execute("SELECT * FROM register.systems").fetchall())
    assert a_person_number(7) not in kept
    assert len(kept) < 600


def test_a_name_that_is_what_the_person_is_known_by_is_kept_nowhere(taking: Register) -> None:
    own = {"identity_root": "1.2.752.74.9.4", "identity_value": "RESERVE77X"}
    [(outcome, _)] = taking.hears(("north", a_dose_report(1, **own, system_name="about reserve77x")))
    assert outcome == "recorded"
    assert taking.owners == {}


def test_a_sender_is_given_a_system_only_if_it_was_added(register: Settings) -> None:
    with pytest.raises(senders.SenderNotAdded):
        senders.give_system(register, "Journal", "nobody")


class Record:
    """What a consumer hands over."""

    def __init__(self, offset: int, value: bytes) -> None:
        self.offset, self.value = offset, value


def place(sender: str) -> TopicPartition:
    return TopicPartition(f"reports.{sender}", 0)


def a_move(number: int) -> bytes:
    """The population feed tells where somebody lives."""
    return schema("PopulationChangeReport.v1").encode(
        {
            "system_name": "population-register",
            "unique_reference": "",
            "reported_at": REPORTED,
            "identity_root": "1.2.752.129.2.1.3.1",
            "identity_value": a_person_number(number),
            "event": "registered",
            "on": "2021-01-01",
            "birth_date": "",
            "birth_year": "",
            "sex": "F",
            "municipality": "1480",
            "deso": "",
            "protection": "",
            "upload": None,
            "upload_name": None,
            "row": None,
        }
    )
