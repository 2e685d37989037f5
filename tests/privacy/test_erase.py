"""Erasure on real servers: nothing leads to a person's facts any more, no total changes, whatever comes between."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from kafka import KafkaConsumer, TopicPartition

from projections.certificate_eligibility.query import certificate_eligibility
from register import vault
from register.erasure import carry_out as module
from register.erasure.again import erase_again
from register.erasure.carry_out import CarriedOut, carry_out, finish
from register.erasure.erase import Order, erase
from register.erasure.records import RECORD_ERASED
from register.ids import PERSON_TAG, stream, subject
from register.links.person import person_with
from register.links.store import root_of
from register.settings import Settings
from register.store import FactRecorder, histories
from register.vault import lingering
from schemas import decode
from tests.privacy.conftest import NOW, Register, identity
from tests.write_side.builders import (
    REPORTED,
    a_dose_report,
    a_link_report,
    a_person_number,
    a_registration_report,
    on_topic,
)

Conn = psycopg.Connection[Any]
ORDER = Order("IMY 2021-17", "tester", "register-administrator")
LATER = REPORTED + timedelta(days=1)


@pytest.fixture
def erased(settings: Settings, conn: Conn, recorder: FactRecorder) -> Any:
    """Erase the person with a running number."""

    def run(number: int) -> CarriedOut:
        return carry_out(settings, conn, recorder, identity(number), ORDER)

    return run


def person(conn: Conn, settings: Settings, number: int) -> int | None:
    with conn.transaction():
        return vault.person_of(conn, settings.keys, identity(number))


def facts_of(conn: Conn, person_id: int) -> list[Any]:
    return histories(conn, [stream(PERSON_TAG, person_id)]).get(stream(PERSON_TAG, person_id), [])


def receipts(register: Register, sender: str) -> list[tuple[str, list[str]]]:
    told = [told for *_, told in on_topic(register.settings, f"receipts.{sender}")]
    told.sort(key=lambda one: (one["report_partition"], one["report_offset"]))
    return [(one["outcome"], one["codes"]) for one in told]


def numbers_on_reports(settings: Settings, sender: str, *numbers: int) -> int:
    """How many reports of a sender hold one of these numbers."""
    consumer = KafkaConsumer(**settings.kafka("reader"), metrics_enabled=False)
    try:
        places = [TopicPartition(f"reports.{sender}", n) for n in consumer.partitions_for_topic(f"reports.{sender}")]
        consumer.assign(places)
        consumer.seek_to_beginning()
        ends, found = consumer.end_offsets(places), 0
        while any(consumer.position(place) < ends[place] for place in places):
            for records in consumer.poll(1000).values():
                found += sum(any(a_person_number(n)[2:].encode() in one.value for n in numbers) for one in records)
        return found
    finally:
        consumer.close(autocommit=False)


def three_who_are_one() -> list[bytes]:
    return [
        *(a_dose_report(n, given_on=f"2021-04-{n:02d}") for n in (1, 2, 3)),
        a_dose_report(9, identity_value=a_person_number(1), given_on="2021-05-20"),
        a_link_report(1, 2),
        a_link_report(1, 3, hours=2),
    ]


def test_all_identities_of_a_person_go_and_no_total_changes(register: Register, conn: Conn, erased: Any) -> None:
    register.told("north", *three_who_are_one(), a_dose_report(50))
    register.does_all()
    ids = [person(conn, register.settings, n) for n in (1, 2, 3)]
    before = register.hashes()
    assert {"doses", "people"} <= before.keys()

    done = erased(2)
    assert sorted(done.erased.persons) == sorted(filter(None, ids))
    assert [person(conn, register.settings, n) for n in (1, 2, 3)] == [None] * 3
    assert person(conn, register.settings, 50) is not None
    last = [facts_of(conn, person_id)[-1] for person_id in ids if person_id]
    assert {(fact.NAME, fact.order_reference, fact.by, fact.recorded_at) for fact in last} == {
        ("PersonErased.v1", "IMY 2021-17", "tester", NOW)
    }
    assert vault.reveal(conn, register.settings.keys, [one for one in ids if one]) == {}

    register.publish()
    register.project()
    after = register.hashes()
    assert after == before
    assert all(live == rebuilt for live, rebuilt in after.values())
    published = [decode(value)[0] for _, _, value in register.on_topics("events.people")]
    assert published.count("PersonErased.v1") == 3


def test_the_person_s_reports_are_deleted_and_those_of_others_sent_later_are_not(
    register: Register, erased: Any
) -> None:
    register.told("north", *three_who_are_one())
    register.told("south", a_dose_report(70, system_name="South", identity_value=a_person_number(3)))
    register.decide(NOW.date())
    register.told("south", *(a_dose_report(n, system_name="South") for n in range(71, 91)))
    register.decide(NOW.date())
    done = erased(1)
    assert (done.swept.deleted, done.swept.undecided) == (7, 0)
    assert numbers_on_reports(register.settings, "north", 1, 2, 3) == 0
    assert numbers_on_reports(register.settings, "south", 1, 2, 3) == 0
    assert numbers_on_reports(register.settings, "south", *range(71, 91)) == 20


def test_intake_goes_on_where_reports_were_deleted(register: Register, erased: Any) -> None:
    register.told("north", *three_who_are_one())
    register.decide(NOW.date())
    erased(1)
    register.told("north", a_dose_report(60))
    register.does_all()
    assert receipts(register, "north").count(("recorded", ["BATCH-MISSING"])) == 0
    assert len(receipts(register, "north")) == 7


def test_a_report_not_decided_yet_is_said_and_goes_with_the_second_run(
    register: Register, conn: Conn, erased: Any
) -> None:
    register.told("north", *three_who_are_one())
    register.decide(NOW.date())
    # Under another of the three numbers: the second run is told the first one only.
    register.told("north", a_dose_report(11, identity_value=a_person_number(3), given_on="2021-05-28"))
    first = erased(1)
    assert (len(first.erased.persons), first.swept.undecided) == (3, 1)
    assert numbers_on_reports(register.settings, "north", 3) == 1
    assert len(lingering.every(conn, register.settings.keys)) == 1

    register.decide(NOW.date())
    assert person(conn, register.settings, 3) is not None  # a person anew
    second = erased(1)
    assert (len(second.erased.persons), second.swept.undecided) == (1, 0)
    assert person(conn, register.settings, 3) is None
    assert numbers_on_reports(register.settings, "north", 1, 2, 3) == 0
    assert lingering.every(conn, register.settings.keys) == []


def test_a_new_report_with_the_number_makes_a_new_person_without_the_old_doses(
    register: Register, conn: Conn, erased: Any
) -> None:
    register.told("north", *three_who_are_one())
    register.does_all()
    old = person(conn, register.settings, 1)
    erased(1)
    register.told("north", a_dose_report(21, identity_value=a_person_number(1), given_on="2021-05-30"))
    register.does_all()
    new = person(conn, register.settings, 1)
    assert new is not None
    assert new != old
    assert root_of(conn, new) == new
    with psycopg.connect(register.settings.database_url) as reading:
        question = certificate_eligibility(person_with(reading, new), NOW.date())
    assert question.doses_counted == 1


@pytest.mark.parametrize(
    "said",
    [
        {"batch": "EX2", "reported_at": LATER},
        {"nullified": True, "reported_at": LATER},
        {"identity_value": a_person_number(44), "reported_at": LATER},
        {},
    ],
    ids=["corrected", "taken back", "somebody else's", "sent again"],
)
def test_a_late_word_on_a_record_of_the_erased_is_refused_and_ties_nobody_to_them(
    register: Register, conn: Conn, erased: Any, said: dict[str, Any]
) -> None:
    register.told("north", *three_who_are_one())
    register.does_all()
    old = person(conn, register.settings, 1)
    assert old is not None
    erased(1)
    facts, before = len(facts_of(conn, old)), register.hashes()
    register.told("north", a_dose_report(1, given_on="2021-04-01", **said))
    register.does_all()
    told = receipts(register, "north")
    assert ("refused", [RECORD_ERASED]) in told
    assert person(conn, register.settings, 1) is None
    assert person(conn, register.settings, 44) is None
    assert len(facts_of(conn, old)) == facts
    after = register.hashes()
    assert {name: after[name] for name in ("doses", "people")} == {name: before[name] for name in ("doses", "people")}
    # Nothing in the table of records leads to the history either.
    led = [subject(home) for (home,) in conn.execute("SELECT stream FROM register.records")]
    assert {tag for tag, _ in led} == {0}


def test_a_registration_of_an_erased_reserve_number_is_refused_too_and_its_birth_date_is_gone(
    register: Register, conn: Conn, recorder: FactRecorder
) -> None:
    from register.identities.number import Identity, parse_identity  # noqa: PLC0415

    number = parse_identity("2.25.4711", "R-0001", today=NOW.date())
    assert isinstance(number, Identity)
    register.told("north", a_registration_report(1))
    register.decide(NOW.date())
    assert conn.execute("SELECT count(*) FROM vault.births").fetchone() == (1,)
    done = carry_out(register.settings, conn, recorder, number, ORDER)
    assert (len(done.erased.persons), done.swept.deleted) == (1, 1)
    assert conn.execute("SELECT count(*) FROM vault.births").fetchone() == (0,)
    register.told("north", a_registration_report(1, reported_at=LATER, sex="M"))
    register.does_all()
    assert ("refused", [RECORD_ERASED]) in receipts(register, "north")


def test_an_unknown_person_and_one_already_erased_are_not_known(register: Register, conn: Conn, erased: Any) -> None:
    register.told("north", a_dose_report(1))
    register.decide(NOW.date())
    assert erased(5).erased.persons == ()
    assert len(erased(1).erased.persons) == 1
    again = erased(1)
    assert (again.erased.persons, again.swept.deleted, again.swept.undecided) == ((), 0, 0)
    counted = conn.execute("SELECT count(*) FROM register.stored_events WHERE topic = 'PersonErased.v1'").fetchone()
    assert counted == (1,)


def test_quarantined_bytes_with_a_number_are_blanked_however_it_is_written(
    register: Register, conn: Conn, erased: Any
) -> None:
    value = a_person_number(1)
    short = f"{value[2:8]}-{value[8:]}"
    wide = "".join(chr(ord("０") + int(digit)) for digit in value)
    writings = [
        value.encode(),
        f"text {short} text".encode(),
        f"{value[:4]} {value[4:6]} {value[6:8]} {value[8:]}".encode(),
        value.encode("utf-16"),
        wide.encode(),
        a_dose_report(1)[:-1],
        f"{value[:8]}\N{EN DASH}{value[8:]}".encode(),
    ]
    register.told("north", a_dose_report(1), *writings, b"of somebody else", a_dose_report(2)[:-1])
    register.decide(NOW.date())
    assert erased(1).swept.blanked == len(writings)
    left = conn.execute("SELECT count(*), count(sealed) FROM register.quarantine").fetchone()
    assert left == (len(writings) + 2, 2)


def test_the_order_s_reference_is_kept_without_a_number(register: Register, conn: Conn, recorder: FactRecorder) -> None:
    register.told("north", a_dose_report(1))
    register.decide(NOW.date())
    old = person(conn, register.settings, 1)
    named = Order(f"case {a_person_number(1)}", "tester", "register-administrator")
    carry_out(register.settings, conn, recorder, identity(1), named)
    assert old is not None
    assert "*" in facts_of(conn, old)[-1].order_reference
    assert a_person_number(1)[2:] not in facts_of(conn, old)[-1].order_reference


class Killed(BaseException):
    """As if by kill -9."""


STEPS = ["erase", "vault.overwrite", "sweep", "lingering.gone"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_broken_off_anywhere_a_second_run_finishes(  # noqa: PLR0917
    register: Register, conn: Conn, recorder: FactRecorder, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    register.told("north", *three_who_are_one())
    register.told("north", b"broken " + a_person_number(2).encode())
    register.decide(NOW.date())
    holder, _, name = step.rpartition(".")
    thing: Any = getattr(module, holder) if holder else module
    real = getattr(thing, name)

    def dies(*given: Any, **named: Any) -> None:
        if after:
            real(*given, **named)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(thing, name, dies)
        with pytest.raises(Killed), psycopg.connect(register.settings.database_url, autocommit=True) as own:
            carry_out(register.settings, own, recorder, identity(1), ORDER)
    carry_out(register.settings, conn, recorder, identity(1), ORDER)
    assert [person(conn, register.settings, n) for n in (1, 2, 3)] == [None] * 3
    assert numbers_on_reports(register.settings, "north", 1, 2, 3) == 0
    assert conn.execute("SELECT count(sealed) FROM register.quarantine").fetchone() == (0,)
    assert lingering.every(conn, register.settings.keys) == []
    counted = conn.execute("SELECT count(*) FROM register.stored_events WHERE topic = 'PersonErased.v1'").fetchone()
    assert counted == (3,)


def test_two_erasures_at_once_leave_one_fact_in_each_history(register: Register, conn: Conn) -> None:
    register.told("north", *three_who_are_one())
    register.decide(NOW.date())
    results: list[CarriedOut] = []

    def run(number: int) -> None:
        from register.store import open_recorder  # noqa: PLC0415

        own = open_recorder(register.settings.database_url)
        with psycopg.connect(register.settings.database_url, autocommit=True) as connection:
            results.append(carry_out(register.settings, connection, own, identity(number), ORDER))
        own.datastore.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(len(done.erased.persons) for done in results) == [0, 0, 3]
    counted = conn.execute("SELECT count(*) FROM register.stored_events WHERE topic = 'PersonErased.v1'").fetchone()
    assert counted == (3,)


def test_erased_while_reports_about_the_person_stream_in(
    register: Register, conn: Conn, recorder: FactRecorder
) -> None:
    """Intake decides a report at a time; the person is erased again and again between."""
    from register import intake  # noqa: PLC0415

    days = [f"2021-{month:02d}-{day:02d}" for month in (1, 2, 3, 4) for day in range(1, 26)]
    doses = [
        a_dose_report(500 + at, identity_value=a_person_number(1 + at % 2), given_on=day) for at, day in enumerate(days)
    ]
    links = [a_link_report(1, 2, hours=at) for at in range(5)]
    register.told("north", *(one for pair in zip(doses[:50], doses[50:], strict=True) for one in pair), *links)
    erasures = 0
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(intake, "BATCH", 3)
        deciding = threading.Thread(target=register.decide, args=(NOW.date(),))
        deciding.start()
        while deciding.is_alive():
            erasures += bool(erase(conn, recorder, register.settings.keys, [identity(1)], order=ORDER, now=NOW).persons)
        deciding.join()
    last = carry_out(register.settings, conn, recorder, identity(1), ORDER)
    if last.erased.persons == () or person(conn, register.settings, 2) is not None:
        carry_out(register.settings, conn, recorder, identity(2), ORDER)
    assert erasures > 1
    assert [person(conn, register.settings, n) for n in (1, 2)] == [None, None]
    assert numbers_on_reports(register.settings, "north", 1, 2) == 0
    # Every history was given its facts without a gap, and ends with the erasure.
    rows = conn.execute(
        "SELECT originator_id, count(*), max(originator_version) FROM register.stored_events GROUP BY 1"
    )
    for history, count, version in rows.fetchall():
        assert count == version
        assert facts_of(conn, subject(history)[1])[-1].NAME == "PersonErased.v1"
    register.does_all()
    assert all(live == rebuilt for live, rebuilt in register.hashes().values())
    assert len(receipts(register, "north")) == 105


@pytest.fixture
def backup(conn: Conn) -> tuple[Callable[[], None], Callable[[], None]]:
    """The vault as it was: kept, and brought back."""

    def keep() -> None:
        conn.execute("CREATE SCHEMA kept")
        for table in ("vault.persons", "vault.identities", "vault.births", "register.records"):
            conn.execute(f"CREATE TABLE kept.{table.partition('.')[2]} AS SELECT * FROM {table}")

    def bring_back() -> None:
        conn.execute("TRUNCATE vault.persons, vault.identities, vault.births, vault.texts, register.records")
        for table in ("vault.persons", "vault.identities", "vault.births", "register.records"):
            conn.execute(f"INSERT INTO {table} SELECT * FROM kept.{table.partition('.')[2]}")
        conn.execute("DROP SCHEMA kept CASCADE")

    return keep, bring_back


def test_whoever_a_restored_backup_brings_back_is_erased_again(
    register: Register, conn: Conn, erased: Any, backup: Any
) -> None:
    keep, bring_back = backup
    register.told("north", *three_who_are_one(), a_dose_report(50))
    register.decide(NOW.date())
    keep()
    erased(1)
    bring_back()
    assert person(conn, register.settings, 1) is not None
    facts = conn.execute("SELECT count(*) FROM register.stored_events").fetchone()

    assert erase_again(conn, register.settings.keys, NOW) == 3
    assert [person(conn, register.settings, n) for n in (1, 2, 3)] == [None] * 3
    assert person(conn, register.settings, 50) is not None
    assert conn.execute("SELECT count(*) FROM register.stored_events").fetchone() == facts
    register.told("north", a_dose_report(1, reported_at=LATER, batch="EX3"))
    register.publish()
    register.decide(NOW.date())
    assert person(conn, register.settings, 1) is None  # the record is known as an erased one
    assert erase_again(conn, register.settings.keys, NOW) == 0
    assert finish(register.settings, conn).undecided == 0
    assert lingering.every(conn, register.settings.keys) == []


def test_intake_erases_again_when_it_starts(register: Register, conn: Conn, erased: Any, backup: Any) -> None:
    keep, bring_back = backup
    register.told("north", *three_who_are_one())
    register.decide(NOW.date())
    keep()
    erased(1)
    bring_back()
    register.told("north", a_dose_report(50))
    register.decide(NOW.date())
    assert [person(conn, register.settings, n) for n in (1, 2, 3)] == [None] * 3


def test_what_was_to_be_looked_for_is_forgotten_when_no_report_can_hold_it(conn: Conn, settings: Settings) -> None:
    lingering.add(conn, settings.keys, [identity(1)], NOW)
    erase_again(conn, settings.keys, NOW + timedelta(days=8))
    assert len(lingering.every(conn, settings.keys)) == 1
    erase_again(conn, settings.keys, NOW + timedelta(days=10))
    assert lingering.every(conn, settings.keys) == []
