"""Before a record is read the reader is asked for the right to, and the access is written down."""

import logging
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from register.access import Denied, Reader, reading, reading_by, readings
from register.access.log import accesses_of, alarms, verify
from register.access.store import NotYetKept, fact_from
from tests.access.conftest import DOCTOR, NOW, REVIEWER
from tests.access.people import KEYS, NUMBERS, Register, identity


def facts(conn: Connection[Any]) -> list[Any]:
    return [fact_from(fact) for (fact,) in conn.execute("SELECT fact FROM register.accesses ORDER BY number")]


def test_a_reading_is_a_fact_that_says_who_in_which_role_for_what_where_when_and_whose(
    conn: Connection[Any],
) -> None:
    reading(conn, DOCTOR, "doses", 17, NOW)
    [read] = facts(conn)
    assert (read.who, read.role, read.purpose) == ("dr-lind", "care-professional", "care")
    assert (read.unit, read.region, read.channel) == ("SE2321000222-1001", "24", "command")
    assert (read.action, read.at, read.person_id, read.persons) == ("doses", NOW, 17, (17,))


def test_a_question_about_somebody_nobody_knows_is_a_fact_too(conn: Connection[Any]) -> None:
    reading(conn, DOCTOR, "doses", None, NOW)
    [read] = facts(conn)
    assert (read.person_id, read.persons) == (None, ())


def test_what_may_not_be_asked_is_denied_and_is_no_reading(conn: Connection[Any]) -> None:
    with pytest.raises(Denied) as denied:
        reading(conn, replace(DOCTOR, role="statistician", purpose="statistics"), "doses", 17, NOW)
    assert denied.value.code == "QUESTION-NOT-OF-ROLE"
    assert facts(conn) == []


def test_an_access_that_could_still_be_rolled_back_is_none(register: Register) -> None:
    with psycopg.connect(register.database_url) as conn:
        conn.execute("SELECT 1")
        with pytest.raises(NotYetKept):
            reading(conn, DOCTOR, "doses", 17, NOW)


def test_a_reading_stands_for_others_as_soon_as_it_is_allowed(register: Register) -> None:
    with psycopg.connect(register.database_url) as other:  # one that begins transactions by itself
        reading(other, DOCTOR, "doses", 17, NOW)
        assert len(facts(register.conn)) == 1


def test_where_nothing_can_be_written_nothing_may_be_read(register: Register) -> None:
    with psycopg.connect(register.database_url, autocommit=True) as conn:
        conn.execute("SET default_transaction_read_only = on")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            reading(conn, DOCTOR, "doses", 17, NOW)


def test_reading_a_protected_record_is_an_alarm_beside_the_reading(
    register: Register, caplog: pytest.LogCaptureFixture
) -> None:
    register.protects(17, "2")
    with caplog.at_level(logging.WARNING):
        readings(register.conn, DOCTOR, "doses", [16, 17, 18], NOW)
    [(alarm, read)] = alarms(register.conn)
    assert (alarm.person_id, alarm.grade, alarm.access, read.who) == (17, "2", 2, "dr-lind")
    assert read.unit == ""  # it would tell where the person is
    assert [one.unit for one in accesses_of(register.conn, 17)] == [""]
    assert [one.unit for one in accesses_of(register.conn, 16)] == [DOCTOR.unit]
    assert "alarm" in caplog.text
    assert [type(fact).__name__ for fact in facts(register.conn)] == [
        *["RecordRead"] * 2,
        "ProtectedRecordRead",
        "RecordRead",
    ]
    assert verify(register.conn).breaks == []


def test_a_protected_person_who_reads_their_own_record_sets_no_alarm_off(
    register: Register, caplog: pytest.LogCaptureFixture
) -> None:
    person_id = register.knows(NUMBERS[0])
    register.protects(person_id, "2")
    oneself = Reader("p-1", "person", "own-data", channel="page", identity=identity(NUMBERS[0]))
    with caplog.at_level(logging.WARNING):
        assert reading_by(register.conn, KEYS, oneself, "own-extract", identity(NUMBERS[0]), at=NOW) == person_id
    # Not by the name that the issuer knows, which would lead to the person also when the record is erased.
    assert [one.who for one in accesses_of(register.conn, person_id)] == ["the person"]
    assert alarms(register.conn) == []
    assert "alarm" not in caplog.text


def test_an_alarm_is_told_also_where_its_reading_was_taken_away(register: Register) -> None:
    register.protects(17, "2")
    reading(register.conn, DOCTOR, "doses", 17, NOW)
    register.conn.execute("ALTER TABLE register.accesses DISABLE TRIGGER only_added_to")
    register.conn.execute("DELETE FROM register.accesses WHERE number = 1")
    [(alarm, read)] = alarms(register.conn)
    assert (alarm.access, read.who) == (1, "missing")


def test_no_alarm_goes_off_once_the_protection_has_ended(register: Register) -> None:
    register.protects(17, "2")
    register.protects(17, "", version=2)
    reading(register.conn, DOCTOR, "doses", 17, NOW)
    assert alarms(register.conn) == []


def test_who_is_protected_under_one_identity_is_under_all(register: Register) -> None:
    register.protects(18, "1")
    register.links(17, 18)
    reading(register.conn, DOCTOR, "doses", 17, NOW)
    [(alarm, _)] = alarms(register.conn)
    assert alarm.persons == (17, 18)


def test_a_person_is_told_of_readings_by_any_of_the_identities_also_after_they_are_unlinked(
    register: Register,
) -> None:
    conn = register.conn
    reading(conn, DOCTOR, "doses", 17, NOW)
    register.links(17, 18)
    reading(conn, replace(DOCTOR, who="dr-ek"), "doses", 17, NOW)
    assert [access.who for access in accesses_of(conn, 18)] == ["dr-lind", "dr-ek"]
    register.unlinks(17, 18)
    # When both were one person, the answer by the one number showed the doses of the other as well.
    assert [access.who for access in accesses_of(conn, 18)] == ["dr-ek"]
    assert [access.who for access in accesses_of(conn, 17)] == ["dr-lind", "dr-ek"]


def test_a_person_named_by_a_number_is_found_and_the_number_stands_nowhere(register: Register) -> None:
    person_id = register.knows(NUMBERS[0])
    assert reading_by(register.conn, KEYS, DOCTOR, "doses", identity(NUMBERS[0]), at=NOW) == person_id
    assert reading_by(register.conn, KEYS, DOCTOR, "doses", identity(NUMBERS[1]), at=NOW) is None
    assert [fact.person_id for fact in facts(register.conn)] == [person_id, None]
    stored = register.conn.execute("SELECT string_agg(fact, ''::bytea) FROM register.accesses").fetchone()
    assert stored
    assert all(number[2:].encode() not in stored[0] for number in NUMBERS)


def test_who_may_ask_about_oneself_may_not_ask_about_others(register: Register) -> None:
    oneself = Reader("p-1", "person", "own-data", identity=identity(NUMBERS[0]))
    register.knows(NUMBERS[1])
    assert reading_by(register.conn, KEYS, oneself, "own-extract", identity(NUMBERS[0]), at=NOW) is None
    for other in (oneself, replace(oneself, identity=None)):
        with pytest.raises(Denied, match="OTHER-PERSON"):
            reading_by(register.conn, KEYS, other, "own-extract", identity(NUMBERS[1]), at=NOW)
        with pytest.raises(Denied, match="OTHER-PERSON"):
            reading(register.conn, other, "own-extract", 17, NOW)
        with pytest.raises(Denied, match="QUESTION-NOT-OF-ROLE"):
            reading_by(register.conn, KEYS, other, "extract", identity(NUMBERS[0]), at=NOW)


def test_a_region_reads_its_own_reports_and_nobody_elses(conn: Connection[Any]) -> None:
    region = Reader("r-24", "region", "quality", region="24")
    reading(conn, region, "doses-of-region", 17, NOW, region="24")
    for asked in ("23", ""):
        with pytest.raises(Denied, match="OTHER-REGION"):
            reading(conn, region, "doses-of-region", 17, NOW, region=asked)
    with pytest.raises(Denied, match="OTHER-REGION"):
        reading(conn, replace(region, region=""), "doses-of-region", 17, NOW, region="")


def test_what_is_no_question_about_a_person_is_a_mistake_of_the_program(conn: Connection[Any]) -> None:
    with pytest.raises(ValueError, match="no question about a person"):
        reading(conn, REVIEWER, "access-sample", 17, NOW)
