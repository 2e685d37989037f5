"""Reports in on real Kafka, facts and receipts in real PostgreSQL."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from kafka import KafkaProducer

from register import batch, intake, quarantine, senders, store
from register.identities.number import PERSONAL_ROOT, Identity, parse_identity
from register.ids import subject
from register.intake import run_intake
from register.lag import intake_lag
from register.settings import Settings
from register.vault import lingering
from schemas import decode, schema
from tests.write_side.builders import a_delivery_report, a_dose_report, a_person_number, send, until
from tests.write_side.conftest import NOW

Conn = psycopg.Connection[Any]
Running = Callable[..., Any]


def receipts(conn: Conn) -> list[dict[str, Any]]:
    rows = conn.execute("SELECT state FROM register.receipts ORDER BY id").fetchall()
    return [decode(state)[1] for (state,) in rows]


def facts(conn: Conn) -> list[tuple[str, dict[str, Any]]]:
    rows = conn.execute("SELECT state FROM register.stored_events ORDER BY notification_id").fetchall()
    return [decode(state) for (state,) in rows]


def taken_in(settings: Settings, running: Running, conn: Conn, *reports: bytes) -> list[dict[str, Any]]:
    senders.add(settings, "clinic")
    before = len(receipts(conn))
    send(settings, "reports.clinic", *reports)
    with running(run_intake):
        until(lambda: len(receipts(conn)) >= before + len(reports))
    assert len(receipts(conn)) == before + len(reports)
    return receipts(conn)[before:]


def test_a_dose_is_recorded_and_its_receipt_says_where_the_report_stood(
    settings: Settings, running: Running, conn: Conn
) -> None:
    [receipt] = taken_in(settings, running, conn, a_dose_report(1, upload="u1", upload_name="may.csv", row=3))
    names = [name for name, _ in facts(conn)]
    assert names == ["PersonIdentified.v1", "DoseRecorded.v1"]
    recorded = facts(conn)[1][1]
    assert receipt["outcome"] == "recorded"
    assert receipt["kind"] == "dose"
    assert receipt["dose_id"] == recorded["dose_id"]
    assert receipt["unique_reference"] == "ref-1"
    where = (receipt["report_topic"], receipt["report_partition"], receipt["report_offset"])
    assert where == ("reports.clinic", where[1], 0)
    assert receipt["receipt"] == f"clinic-{where[1]}-0" == recorded["receipt"]
    assert (receipt["upload"], receipt["upload_name"], receipt["row"]) == ("u1", "may.csv", 3)
    assert receipt["recorded_at"] == settings.clock() == recorded["recorded_at"]


def test_a_report_sent_twice_leads_to_one_dose_and_two_receipts(
    settings: Settings, running: Running, conn: Conn
) -> None:
    outcomes = [r["outcome"] for r in taken_in(settings, running, conn, a_dose_report(1))]
    outcomes += [r["outcome"] for r in taken_in(settings, running, conn, a_dose_report(1))]
    assert outcomes == ["recorded", "already-known"]
    assert Counter(name for name, _ in facts(conn))["DoseRecorded.v1"] == 1


def test_a_person_met_twice_in_one_batch_is_one_person(settings: Settings, running: Running, conn: Conn) -> None:
    second = a_dose_report(2, identity_value=a_person_number(1), given_on="2021-05-20", dose_number="2")
    senders.add(settings, "clinic")
    send(settings, "reports.clinic", a_dose_report(1))
    send(settings, "reports.clinic", second)
    with running(run_intake):
        until(lambda: len(receipts(conn)) == 2)
    told = facts(conn)
    assert len({fact["person_id"] for _, fact in told}) == 1
    assert [fact["version"] for _, fact in told] == [1, 2, 3]


def test_a_record_that_changes_its_person_leaves_the_first_one(
    settings: Settings, running: Running, conn: Conn
) -> None:
    taken_in(settings, running, conn, a_dose_report(1))
    corrected = a_dose_report(1, identity_value=a_person_number(2), reported_at=settings.clock(), nullified=False)
    [receipt] = taken_in(settings, running, conn, corrected)
    assert receipt["outcome"] == "corrected"
    true_doses = Counter(name for name, _ in facts(conn))
    assert true_doses["DoseWithdrawn.v1"] == 1
    assert true_doses["DoseRecorded.v1"] == 2
    [(home,)] = conn.execute("SELECT stream FROM register.records").fetchall()
    assert subject(home)[1] == facts(conn)[-1][1]["person_id"]
    [again] = taken_in(settings, running, conn, corrected)
    assert again["outcome"] == "already-known"


def test_what_cannot_be_read_is_kept_whole_and_stops_nothing(settings: Settings, running: Running, conn: Conn) -> None:
    foreign = schema("PersonDied.v1").frame + b"\x00"
    no_int = a_dose_report(8, row=1)[:-1] + b"\xfe\xff\xff\xff\xff\x7f"
    broken = [b"", b"\x00" * 40, schema("DoseReport.v1").frame + b"\xff\xff", a_dose_report(7) + b"x", foreign, no_int]
    told = taken_in(settings, running, conn, *broken, a_dose_report(1))
    assert Counter(r["outcome"] for r in told) == {"quarantined": 6, "recorded": 1}
    unreadable = [r for r in told if r["outcome"] == "quarantined"]
    assert {r["kind"] for r in unreadable} == {"unreadable"}
    codes = Counter(code for r in unreadable for code in r["codes"])
    assert codes == {"SCHEMA-UNKNOWN": 3, "NOT-DECODABLE": 3}
    kept = list(quarantine.opened(conn, settings.keys))
    assert sorted(value for *_, value in kept) == sorted(broken)
    stood = {(r["report_topic"], r["report_partition"], r["report_offset"]) for r in unreadable}
    assert {row[:3] for row in kept} == stood


def test_a_report_that_the_program_fails_on_stops_nothing(
    settings: Settings, running: Running, conn: Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(fact: Any) -> Any:
        if getattr(fact, "batch", "") == "BAD":
            raise OverflowError
        return store.stored(fact)

    monkeypatch.setattr(batch, "stored", failing)
    second_of_same = a_dose_report(3, identity_value=a_person_number(1))
    told = taken_in(settings, running, conn, a_dose_report(1, batch="BAD"), a_dose_report(2), second_of_same)
    assert sorted((r["outcome"], *r["codes"]) for r in told)[0] == ("quarantined", "NOT-DECIDABLE")
    assert Counter(r["outcome"] for r in told) == {"quarantined": 1, "recorded": 2}
    assert {fact["version"] for name, fact in facts(conn) if name == "DoseRecorded.v1"} == {2}


def test_a_refused_report_gets_every_code_and_no_person(settings: Settings, running: Running, conn: Conn) -> None:
    [receipt] = taken_in(settings, running, conn, a_dose_report(1, identity_value="19500101-0000", dose_number="?"))
    assert receipt["outcome"] == "refused"
    assert len(receipt["codes"]) >= 2
    assert facts(conn) == []
    assert conn.execute("SELECT count(*) FROM vault.persons").fetchone() == (0,)


def test_a_row_that_is_no_report_is_refused_with_its_rule_and_an_unknown_rule_is_quarantined(
    settings: Settings, running: Running, conn: Conn
) -> None:
    row = {"field": "", "upload": "u", "upload_name": "file.csv", "row": 2}
    sent = [schema("BrokenRowReport.v1").encode(row | {"code": code}) for code in ("ROW-CELLS", "19900101-2395")]
    # The two may lie in different partitions, which are read in any order.
    [unknown, refused] = sorted(taken_in(settings, running, conn, *sent), key=lambda receipt: receipt["outcome"])
    assert (refused["outcome"], refused["codes"], refused["row"]) == ("refused", ["ROW-CELLS"], 2)
    assert (unknown["outcome"], unknown["codes"]) == ("quarantined", ["NOT-DECODABLE"])


def test_a_text_too_long_for_what_comes_of_a_report_is_kept_whole_and_stops_nothing(
    settings: Settings, running: Running, conn: Conn
) -> None:
    long = [a_dose_report(1, setting="x" * 4_001), a_dose_report(2, upload="u" * 201), a_dose_report(3)]
    receipts = taken_in(settings, running, conn, *long)
    told = sorted((receipt["outcome"], "TEXT-TOO-LONG" in receipt["codes"]) for receipt in receipts)
    assert told == [("quarantined", True), ("quarantined", True), ("recorded", False)]
    kept = quarantine.opened(conn, settings.keys)
    assert {value for *_, value in kept} == set(long[:2])


def test_no_identity_number_leaves_the_reports(settings: Settings, running: Running, conn: Conn) -> None:
    number = a_person_number(1)
    report = a_dose_report(
        1, unique_reference=f"{number}-1", upload="u", upload_name=f"{number}.csv", batch=number, setting=number
    )
    [receipt] = taken_in(settings, running, conn, report)
    assert receipt["outcome"] == "recorded"
    everything = b"".join(
        row[0] for table in ("stored_events", "receipts") for row in conn.execute(f"SELECT state FROM register.{table}")
    )
    assert number.encode() not in everything
    assert number[2:].encode() not in everything


def test_a_new_sender_is_found_while_running(settings: Settings, running: Running, conn: Conn) -> None:
    senders.add(settings, "first")
    send(settings, "reports.first", a_dose_report(1))
    with running(run_intake):
        until(lambda: len(receipts(conn)) == 1)
        senders.add(settings, "second")
        send(settings, "reports.second", a_dose_report(2))
        until(lambda: len(receipts(conn)) == 2)
    assert [r["sender"] for r in receipts(conn)] == ["first", "second"]


@pytest.mark.parametrize("compression", ["gzip", "snappy", "lz4", "zstd"])
def test_reports_may_be_compressed_in_every_way_that_kafka_knows(
    settings: Settings, running: Running, conn: Conn, compression: str
) -> None:
    senders.add(settings, "clinic")
    producer = KafkaProducer(**settings.kafka("sender"), compression_type=compression)
    producer.send("reports.clinic", key=b"k", value=a_dose_report(1, care_unit="x" * 3_000))
    producer.close()
    with running(run_intake):
        until(lambda: len(receipts(conn)) == 1)
    assert receipts(conn)[0]["outcome"] == "recorded"


def test_what_a_transaction_leaves_on_the_log_is_nothing_to_wait_for(
    settings: Settings, running: Running, conn: Conn
) -> None:
    senders.add(settings, "clinic")
    producer = KafkaProducer(**settings.kafka("sender"), transactional_id="clinic")
    producer.init_transactions()
    for number, end in ((1, producer.commit_transaction), (2, producer.abort_transaction)):
        producer.begin_transaction()
        producer.send("reports.clinic", key=b"k", value=a_dose_report(number))
        producer.flush()
        end()
    producer.close()
    with running(run_intake):
        until(lambda: intake_lag(settings) == {"clinic": 0})
    assert [receipt["unique_reference"] for receipt in receipts(conn)] == ["ref-1"]


def test_a_sender_whose_log_was_lost_holds_up_no_other(
    settings: Settings, running: Running, conn: Conn, caplog: pytest.LogCaptureFixture
) -> None:
    for sender in ("lost", "clinic"):
        senders.add(settings, sender)
        send(settings, f"reports.{sender}", a_dose_report(1))
    conn.execute(
        "INSERT INTO register.intake_positions SELECT 'reports.lost', number, 9 FROM generate_series(0, 9) AS number"
    )
    with running(run_intake):
        until(lambda: len(receipts(conn)) == 1)
        until(lambda: "reports.lost 0 ends before what was decided of it" in caplog.text)
    assert [receipt["sender"] for receipt in receipts(conn)] == ["clinic"]


def test_senders_are_found_also_when_looking_takes_longer_than_waiting(
    settings: Settings, running: Running, conn: Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "LOOKS_EVERY", 120)
    with running(run_intake):
        for number in range(1, 5):
            senders.add(settings, f"sender-{number}")
            send(settings, f"reports.sender-{number}", a_dose_report(number))
            until(lambda wanted=number: len(receipts(conn)) == wanted)


def test_a_number_of_the_erased_is_kept_for_nine_days_at_most_while_intake_runs_on(
    settings: Settings, running: Running, conn: Conn
) -> None:
    number = parse_identity(PERSONAL_ROOT, a_person_number(1), today=NOW.date())
    assert isinstance(number, Identity)
    lingering.add(conn, settings.keys, [number], NOW)
    days = [NOW]
    moving = replace(settings, clock=lambda: days[-1])

    def on_that_day(day: int, *reports: bytes) -> int:
        days.append(NOW + timedelta(days=day))
        before = len(receipts(conn))
        send(settings, "reports.clinic", *reports)
        # The second was read by a look that began on that day.
        until(lambda: len(receipts(conn)) > before)
        send(settings, "reports.clinic", *reports)
        until(lambda: len(receipts(conn)) > before + 1)
        return len(lingering.every(conn, settings.keys))

    senders.add(settings, "clinic")
    with running(lambda _, stop: run_intake(moving, stop)):
        assert [on_that_day(day, a_dose_report(10 + day)) for day in (0, 7, 9)] == [1, 1, 0]


def test_deliveries_are_decided_per_stock(settings: Settings, running: Running, conn: Conn) -> None:
    told = taken_in(settings, running, conn, a_delivery_report(1), a_delivery_report(2), a_delivery_report(1))
    assert [r["kind"] for r in told] == ["delivery"] * 3
    assert sorted(fact["version"] for _, fact in facts(conn)) == [1, 2]


def test_a_dose_and_a_delivery_with_the_same_reference_are_two_records(
    settings: Settings, running: Running, conn: Conn
) -> None:
    told = taken_in(settings, running, conn, a_delivery_report(1, system_name="S"), a_dose_report(1, system_name="S"))
    assert [r["outcome"] for r in told] == ["recorded", "recorded"]


def test_the_lag_is_what_has_not_been_decided(settings: Settings, running: Running, conn: Conn) -> None:
    taken_in(settings, running, conn, a_dose_report(1))
    senders.add(settings, "quiet")
    send(settings, "reports.clinic", a_dose_report(2), a_dose_report(3))
    assert intake_lag(settings) == {"clinic": 2, "quiet": 0}
