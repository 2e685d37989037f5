"""Whose a system name is: nobody writes another sender's records by reporting under its system's name."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from register import batch, senders, store
from register.entitled import let, restricted
from register.reports import read
from register.settings import Settings
from register.systems import store as systems
from register.systems.names import SystemNameBroken, folded
from schemas import decode
from tests.security.conftest import KEYS, NOW
from tests.write_side.builders import a_delivery_report, a_dose_report, a_link_report, a_person_number

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


def test_two_senders_that_run_systems_of_one_name_keep_their_records_apart(taking: Register, conn: Conn) -> None:
    other = a_dose_report(1, identity_value=a_person_number(2), given_on="2021-04-21")
    assert taking.hears(("north", a_dose_report(1)), ("south", other)) == [RECORDED, RECORDED]
    assert facts(conn).count("DoseRecorded.v1") == 2


def test_nobody_changes_or_withdraws_a_record_of_another_sender(taking: Register, conn: Conn) -> None:
    taking.hears(("north", a_dose_report(1)))
    withdrawn = a_dose_report(1, nullified=True, reported_at=NOW)
    [(_, codes)] = taking.hears(("south", withdrawn))
    assert "WITHDRAWAL-BEFORE-REPORT" in codes
    assert "DoseWithdrawn.v1" not in facts(conn)
    assert taking.hears(("north", withdrawn)) == [("withdrawn", [])]


def test_a_dose_that_two_senders_report_is_one_dose(taking: Register, conn: Conn) -> None:
    taking.hears(("north", a_dose_report(1)), ("south", a_dose_report(1)))
    assert facts(conn).count("DoseRecorded.v1") == 1
    assert facts(conn).count("DoseSourceAdded.v1") == 1


def test_under_a_name_that_was_given_to_a_sender_no_other_reports(taking: Register, conn: Conn) -> None:
    systems.claim(conn, "Journal", "north", NOW)
    assert taking.hears(("north", a_dose_report(1)), ("south", a_dose_report(2))) == [RECORDED, ANOTHERS]


def test_what_a_sender_reported_before_it_was_given_its_name_stays_its_own(taking: Register, conn: Conn) -> None:
    taking.hears(("north", a_dose_report(1)))
    systems.claim(conn, "Journal", "north", NOW)
    assert taking.hears(("north", a_dose_report(1, nullified=True, reported_at=NOW))) == [("withdrawn", [])]


@pytest.mark.parametrize(
    "written", ["journal  åsele", " JOURNAL ÅSELE ", "Journal\tA\u030asele", "Journal\u00a0Åsele", "Jour\0nal Åsele"]
)
def test_a_name_is_the_same_however_it_is_written(taking: Register, conn: Conn, written: str) -> None:
    systems.claim(conn, "Journal Åsele", "north", NOW)
    assert taking.hears(("south", a_dose_report(2, system_name=written))) == [ANOTHERS]


def test_every_broken_rule_is_told_beside_this_one(taking: Register, conn: Conn) -> None:
    systems.claim(conn, "Journal", "north", NOW)
    [(outcome, codes)] = taking.hears(("south", a_dose_report(2, given_on="2031-01-01")))
    assert (outcome, codes) == ("refused", ["DATE-IN-FUTURE", "SYSTEM-OF-ANOTHER-SENDER"])


def test_deliveries_registrations_and_links_are_held_to_it_too(taking: Register, conn: Conn) -> None:
    systems.claim(conn, "Journal", "north", NOW)
    let(conn, "south", restricted())
    taking.hears(("north", a_dose_report(1)), ("north", a_dose_report(2)))
    delivery, link = a_delivery_report(1, system_name="Journal"), a_link_report(1, 2, system_name="Journal")
    assert taking.hears(("south", delivery), ("south", link)) == [ANOTHERS, ANOTHERS]


def test_without_a_name_every_sender_has_its_own_records(taking: Register, conn: Conn) -> None:
    unnamed = a_dose_report(1, system_name="")
    assert taking.hears(("north", unnamed)) == [("recorded", ["SYSTEM-NAME-MISSING"])]
    withdrawn = a_dose_report(1, system_name="", nullified=True, reported_at=NOW)
    [(_, codes)] = taking.hears(("south", withdrawn))
    assert "WITHDRAWAL-BEFORE-REPORT" in codes
    assert "DoseWithdrawn.v1" not in facts(conn)


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


def test_a_sender_is_given_a_system_only_if_it_was_added(register: Settings) -> None:
    with pytest.raises(senders.SenderNotAdded):
        senders.give_system(register, "Journal", "nobody")


@pytest.mark.parametrize("written", ["Vård\u200bjournal", "V\u00adårdjournal", "\u2060VÅRDJOURNAL\ufeff"])
def test_signs_that_nobody_sees_make_no_other_name(written: str) -> None:
    assert folded(written) == folded("Vårdjournal")
