"""What people write in their own words can hold names: no fact holds it, the vault does, and it goes with the key."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from kafka import TopicPartition

from connectors.person.whole import whole
from register import store
from register.access.log import alarms
from register.access.tried import ENDED, Tried
from register.access.tried import write as write_tries
from register.entitled import let, restricted
from register.erasure.erase import Order, erase
from register.identities.number import Identity, parse_identity
from register.intake import Intake
from register.own_words import marks_in
from register.settings import Settings
from register.vault import person_of
from schemas import decode, schema
from tests.privacy.conftest import NOW, identity
from tests.whole_path.in_memory import KEYS
from tests.write_side.asked import Asked
from tests.write_side.builders import (
    REPORTED,
    a_dose_report,
    a_link_report,
    a_person_number,
    a_registration_report,
)

NAME = "Anna Testson"
OWN = {"evidence": f"passport of {NAME} seen", "registered_by": f"{NAME}s kontakt"}
LINK = {"evidence": f"her mother, {NAME}, says so", "decided_by": f"{NAME} and the desk"}
WHY = {"nullified": True, "nullified_reason": f"was {NAME}s"}
ORDER = Order("IMY 2021-17", "tester", "register-administrator")


class Told:
    """A register that takes reports, one batch after the other; without Kafka."""

    def __init__(self, settings: Settings, conn: psycopg.Connection[Any], recorder: store.FactRecorder) -> None:
        self.settings, self.conn, self.recorder = settings, conn, recorder
        self._intake, self._next = Intake(settings, recorder, conn, consumer=None), 0  # type: ignore[arg-type]

    def __call__(self, *values: bytes) -> list[dict[str, Any]]:
        """Take a batch; what the senders are told."""
        first, self._next = self._next, self._next + len(values)
        self._intake.take(
            {TopicPartition("reports.north", 0): [Record(first + at, one) for at, one in enumerate(values)]}
        )
        rows = self.conn.execute("SELECT state FROM register.receipts ORDER BY id DESC LIMIT %s", (len(values),))
        return [decode(bytes(state))[1] for (state,) in rows][::-1]

    def facts(self) -> list[dict[str, Any]]:
        rows = self.conn.execute("SELECT state FROM register.stored_events ORDER BY notification_id")
        return [decode(bytes(state))[1] for (state,) in rows]

    def kept(self) -> str:
        """All that the register keeps, in one text."""
        tables = ("register.stored_events", "register.receipts", "register.records", "vault.texts")
        rows = [self.conn.execute(f"SELECT * FROM {table}").fetchall() for table in tables]
        return "".join(
            str(cell if isinstance(cell, str) else bytes(cell) if isinstance(cell, bytes | memoryview) else cell)
            for table in rows
            for row in table
            for cell in row
        )

    def whole(self, who: Identity) -> dict[str, Any]:
        with self.conn.transaction():
            person_id = person_of(self.conn, KEYS, who)
        assert person_id is not None
        return whole(self.conn, self.settings, person_id)

    def erase(self, who: Identity) -> None:
        assert erase(self.conn, self.recorder, KEYS, [who], order=ORDER, now=NOW).persons


class Record:
    """What a consumer hands over."""

    def __init__(self, offset: int, value: bytes) -> None:
        self.offset, self.value = offset, value


@pytest.fixture
def told(fresh_database: str) -> Iterator[Told]:
    store.create_tables(fresh_database)
    settings = Settings(fresh_database, (), KEYS, lambda: NOW)
    recorder = store.open_recorder(fresh_database)
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        let(conn, "north", restricted())
        yield Told(settings, conn, recorder)
    recorder.datastore.close()


def reserve_number() -> Identity:
    found = parse_identity("2.25.4711", "R-0001", today=NOW.date())
    assert isinstance(found, Identity)
    return found


def a_protection(number: int, grade: str, hours: int) -> bytes:
    return schema("PopulationChangeReport.v1").encode(
        {
            "reported_at": REPORTED + timedelta(hours=hours),
            "identity_root": "1.2.752.129.2.1.3.1",
            "identity_value": a_person_number(number),
            "event": "protected",
            "on": "2021-05-01",
            "protection": grade,
            **dict.fromkeys(("system_name", "unique_reference", "birth_date", "birth_year", "sex"), ""),
            **dict.fromkeys(("municipality", "deso"), ""),
            **dict.fromkeys(("upload", "upload_name", "row")),
        }
    )


def test_no_fact_holds_the_words_and_the_extract_shows_them(told: Told) -> None:
    told(a_registration_report(1, **OWN), a_dose_report(1), a_dose_report(2), a_link_report(1, 2, **LINK))
    told(a_dose_report(1, reported_at=REPORTED + timedelta(hours=3), **WHY))
    assert "Testson" not in told.kept()
    [registered] = [one for one in told.whole(reserve_number())["told"] if one["what"] == "ReserveNumberRegistered"]
    assert registered["words"]["evidence"] == OWN["evidence"]
    assert registered["words"]["registered_by"] == OWN["registered_by"]
    extract = told.whole(identity(2))
    [link] = extract["links"]
    assert (link["evidence"], link["by"]) == (LINK["evidence"], LINK["decided_by"])
    assert WHY["nullified_reason"] in {one["reason"] for dose in extract["doses"] for one in dose["told"]}


def test_the_same_words_again_are_known_and_others_are_a_correction(told: Told) -> None:
    told(a_registration_report(1, **OWN), a_registration_report(2, **OWN))
    [again, other] = told(
        a_registration_report(1, **OWN),
        a_registration_report(2, **{**OWN, "evidence": "none"}, reported_at=REPORTED + timedelta(hours=1)),
    )
    assert (again["outcome"], other["outcome"]) == ("already-known", "corrected")


def test_erasure_ends_the_words_of_the_erased_and_of_nobody_else(told: Told) -> None:
    told(a_registration_report(1, **OWN), a_registration_report(2, **OWN))
    told.erase(reserve_number())
    left = told.conn.execute("SELECT count(*), count(DISTINCT person_id) FROM vault.texts").fetchone()
    assert left == (2, 1)


def test_erasure_ends_also_the_words_kept_about_whom_the_erased_was_once_linked_to(told: Told) -> None:
    told(
        a_dose_report(1),
        a_dose_report(2),
        a_link_report(1, 2, **LINK),
        a_link_report(1, 2, 2, event="unlinked", **LINK),
    )
    assert told.conn.execute("SELECT count(DISTINCT mark) FROM vault.texts").fetchone() == (4,)
    told.erase(identity(2))
    assert told.conn.execute("SELECT count(*) FROM vault.texts").fetchone() == (0,)
    assert {link["evidence"] for link in told.whole(identity(1))["links"]} == {""}


def test_a_backup_of_the_vault_brings_no_words_back(told: Told) -> None:
    from register.erasure.again import erase_again  # noqa: PLC0415

    told(a_registration_report(1, **OWN))
    for table in ("persons", "identities", "texts"):
        told.conn.execute(f"CREATE TABLE public.{table} AS SELECT * FROM vault.{table}")
    told.erase(reserve_number())
    told.conn.execute("DELETE FROM vault.persons")
    for table in ("persons", "identities", "texts"):
        told.conn.execute(f"INSERT INTO vault.{table} SELECT * FROM public.{table}")
    assert erase_again(told.conn, KEYS, NOW) == 1
    assert told.conn.execute("SELECT count(*) FROM vault.texts").fetchone() == (0,)


def test_the_receipts_of_the_erased_name_no_record_and_no_dose_and_those_of_others_do(told: Told) -> None:
    told(a_dose_report(1, unique_reference="journal 17"), a_dose_report(50, unique_reference="journal 50"))
    told.erase(identity(1))
    rows = told.conn.execute("SELECT state FROM register.receipts ORDER BY id")
    ones = [decode(bytes(state))[1] for (state,) in rows]
    assert [(one["unique_reference"], one["dose_id"] is None, one["outcome"]) for one in ones] == [
        ("", True, "recorded"),
        ("journal 50", False, "recorded"),
    ]
    [again, anew] = told(
        a_dose_report(50, unique_reference="journal 50"), a_dose_report(1, unique_reference="journal 17")
    )
    assert (again["outcome"], anew["outcome"], anew["codes"]) == ("already-known", "refused", ["RECORD-ERASED"])


def linked_for_a_while(told: Told) -> None:
    """Of person 2 it was reported while they were linked to person 1, which they are no more."""
    of_second = {"identity_value": a_person_number(2), "given_on": "2021-05-20"}
    told(a_dose_report(1), a_dose_report(2), a_link_report(1, 2, **LINK))
    told(a_dose_report(22, **of_second), a_dose_report(23, **of_second | {"given_on": "2021-05-25"}))
    told(a_dose_report(22, **of_second))
    told(a_dose_report(23, **of_second, reported_at=REPORTED + timedelta(hours=3), **WHY))
    told(a_dose_report(1, reported_at=REPORTED + timedelta(hours=3), **WHY))
    told(a_link_report(1, 2, 4, event="unlinked", **LINK))


def references_told(told: Told) -> list[str]:
    rows = told.conn.execute("SELECT state FROM register.receipts ORDER BY id")
    ones = [decode(bytes(state))[1] for (state,) in rows]
    assert all(bool(one["unique_reference"]) == (one["dose_id"] is not None) for one in ones)
    return [one["unique_reference"] for one in ones if one["unique_reference"]]


@pytest.mark.parametrize(
    ("erased", "left"), [(1, ["ref-2", "ref-22", "ref-23", "ref-22", "ref-23"]), (2, ["ref-1", "ref-1"])]
)
def test_what_was_reported_while_two_were_linked_goes_with_the_one_it_named_and_stays_with_the_other(
    told: Told, erased: int, left: list[str]
) -> None:
    linked_for_a_while(told)
    living = 3 - erased
    with told.conn.transaction():
        kept = person_of(told.conn, KEYS, identity(living))
    told.erase(identity(erased))
    assert references_told(told) == left
    assert told.conn.execute("SELECT person_id FROM vault.texts").fetchall() == [(kept,)]


def test_while_two_are_linked_the_extract_shows_the_words_of_both(told: Told) -> None:
    told(a_dose_report(1), a_dose_report(2, given_on="2021-05-20"), a_link_report(1, 2, **LINK))
    for number, reason in ((1, f"was {NAME}s"), (2, f"{NAME} was away")):
        later = REPORTED + timedelta(hours=3)
        told(a_dose_report(number, reported_at=later, nullified=True, nullified_reason=reason))
    reasons = {one["reason"] for dose in told.whole(identity(1))["doses"] for one in dose["told"]}
    assert reasons == {"", f"was {NAME}s", f"{NAME} was away"}


def test_words_on_a_pair_stay_when_a_third_who_kept_their_doses_is_erased(told: Told) -> None:
    told(a_dose_report(1), a_dose_report(2), a_dose_report(3), a_link_report(3, 1))
    told(a_link_report(1, 2, 2, **LINK))
    told(a_link_report(3, 1, 3, event="unlinked"))
    told.erase(identity(3))
    words = {(link["evidence"], link["by"]) for link in told.whole(identity(1))["links"]}
    assert words == {("", ""), (LINK["evidence"], LINK["decided_by"])}


def test_a_receipt_of_a_report_that_took_a_record_to_somebody_else_goes_with_either(told: Told) -> None:
    told(a_dose_report(1, unique_reference="journal 17"), a_dose_report(2))
    moved = {"identity_value": a_person_number(2), "given_on": "2021-05-20"}
    told(a_dose_report(1, unique_reference="journal 17", reported_at=REPORTED + timedelta(hours=1), **moved))
    told.erase(identity(1))
    assert references_told(told) == ["ref-2"]


def test_a_receipt_of_an_older_register_is_found_by_the_facts(told: Told) -> None:
    told(a_dose_report(1), a_dose_report(2))
    told.conn.execute("UPDATE register.receipts SET person_id = NULL, other_id = NULL")
    told.erase(identity(1))
    assert references_told(told) == ["ref-2"]


def test_an_older_register_gets_the_columns_that_say_whom_a_report_named(told: Told) -> None:
    told(a_dose_report(1))
    told.conn.execute("ALTER TABLE register.receipts DROP COLUMN person_id, DROP COLUMN other_id")
    store.create_tables(told.settings.database_url)
    told(a_dose_report(2))
    told.erase(identity(1))
    assert references_told(told) == ["ref-2"]


def test_a_mark_holds_no_digit_so_that_nobody_takes_it_for_a_number(told: Told) -> None:
    told(a_registration_report(1, **OWN))
    [marks] = [(one["evidence"], one["registered_by"]) for one in told.facts() if "evidence" in one]
    assert all(mark.startswith("sealed:") and not any(map(str.isdigit, mark)) for mark in marks)
    assert marks_in([]) == set()


@pytest.mark.parametrize("kept_first", [True, False])
def test_who_tries_to_link_a_secret_identity_sets_an_alarm_off(told: Told, kept_first: bool) -> None:
    told(a_dose_report(1), a_dose_report(2), a_dose_report(3), a_protection(2, "FP", 0))
    pair = (1, 2) if kept_first else (2, 1)
    [refused, other] = told(a_link_report(*pair, **LINK), a_link_report(1, 3, **LINK))
    assert (refused["outcome"], refused["codes"], other["outcome"]) == ("refused", ["LINK-NOT-ALLOWED"], "recorded")
    [(alarm, tried)] = alarms(told.conn)
    with told.conn.transaction():
        assert alarm.person_id == person_of(told.conn, KEYS, identity(2))
    assert (tried.who, tried.role, tried.channel, tried.action) == ("north", "sender", "report", "link")


def test_however_often_a_sender_tries_an_identity_in_one_batch_it_is_one_alarm_and_the_next_batch_is_another(
    told: Told,
) -> None:
    told(*map(a_dose_report, (1, 2, 3, 4, 5)), a_protection(2, "FP", 0), a_protection(4, "FP", 0))
    told(*(a_link_report(1, 2, hours) for hours in (1, 2, 3)), a_link_report(2, 3), a_link_report(4, 5))
    assert len(alarms(told.conn)) == 2
    told(a_link_report(1, 2, 5))
    assert len(alarms(told.conn)) == 3


def test_an_identity_that_was_secret_once_is_alarmed_of_as_one_that_has_ended(told: Told) -> None:
    told(a_dose_report(1), a_dose_report(2), a_protection(2, "FP", 0))
    told(a_protection(2, "none", 1))
    told(a_link_report(1, 2, 2))
    [(alarm, _)] = alarms(told.conn)
    assert alarm.grade == ENDED


def test_many_links_that_are_refused_ask_the_database_no_more_than_one_while_everybody_waits(told: Told) -> None:
    counts = []
    for many in (1, 30):
        with Asked.connect(told.settings.database_url, autocommit=True) as conn:
            ones = [Tried(NOW, "north", person_id, (person_id,), "FP") for person_id in range(1, 1 + many)]
            with conn.transaction():
                write_tries(conn, ones)
            counts.append(conn.count)
    assert counts[0] == counts[1]
    assert len(alarms(told.conn)) == 31


def test_a_sender_is_told_what_follows_from_its_own_report_and_not_what_others_reported(told: Told) -> None:
    told(a_dose_report(1, given_on="2021-04-01"))
    [second] = told(
        a_dose_report(2, identity_value=a_person_number(1), given_on="2021-04-03", batch="", system_name="Other")
    )
    assert second["codes"] == ["BATCH-MISSING"]
    assert "INTERVAL-SHORT" in told.facts()[-1]["flags"]


def test_a_refused_link_has_one_code_for_several_reasons() -> None:
    from register.codes import for_sender  # noqa: PLC0415

    assert for_sender(("LINK-TOO-MANY",)) == for_sender(("LINK-NOT-ALLOWED",)) == ("LINK-NOT-ALLOWED",)
