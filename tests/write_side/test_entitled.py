"""Who somebody is, is only taken from senders that were let say it."""

from typing import Any

import psycopg
import pytest
from kafka import TopicPartition

from connectors.cli.senders import Restricted
from register import batch, senders, store
from register.entitled import KIND_NOT_OF_SENDER, kinds_of, restricted
from register.reports import read
from register.settings import Settings
from schemas import decode, schema
from tests.write_side.builders import REPORTED, a_dose_report, a_link_report, a_person_number, a_registration_report

Conn = psycopg.Connection[Any]
STRANGER = TopicPartition("reports.stranger", 0)


def a_change_report(number: int, **said: Any) -> bytes:
    return schema("PopulationChangeReport.v1").encode(
        {
            "system_name": "population-register",
            "unique_reference": "",
            "reported_at": REPORTED,
            "identity_root": "1.2.752.129.2.1.3.1",
            "identity_value": a_person_number(number),
            "event": "protected",
            "on": "2021-01-01",
            "birth_date": "",
            "birth_year": "",
            "sex": "",
            "municipality": "",
            "deso": "",
            "protection": "none",
            "upload": None,
            "upload_name": None,
            "row": None,
            **said,
        }
    )


def answers(conn: Conn, settings: Settings, place: TopicPartition, *reports: bytes) -> list[tuple[str, list[str]]]:
    found = [read(place.topic, place.partition, offset, value) for offset, value in enumerate(reports)]
    outcome = batch.decide(conn, settings.keys, found, settings.clock())
    told = [decode(receipt.state)[1] for receipt in outcome.receipts]
    return [(receipt["outcome"], list(receipt["codes"])) for receipt in told]


def test_a_sender_that_was_not_let_lifts_no_protection_and_links_nobody(settings: Settings, conn: Conn) -> None:
    lifted, linked = a_change_report(1), a_link_report(1, 2)
    refused = ("refused", [KIND_NOT_OF_SENDER])
    assert answers(conn, settings, STRANGER, lifted, linked) == [refused, refused]


def test_what_else_is_wrong_is_told_as_well(settings: Settings, conn: Conn) -> None:
    [(outcome, codes)] = answers(conn, settings, STRANGER, a_change_report(1, event="resurrected"))
    assert (outcome, codes) == ("refused", ["EVENT-UNKNOWN", KIND_NOT_OF_SENDER])


def test_everybody_reports_doses_and_reserve_numbers(settings: Settings, conn: Conn) -> None:
    told = answers(conn, settings, STRANGER, a_dose_report(1), a_registration_report(1))
    assert [outcome for outcome, _ in told] == ["recorded", "recorded"]


@pytest.mark.parametrize("kind", restricted())
def test_a_sender_is_let_report_one_kind_and_not_the_other(settings: Settings, conn: Conn, kind: str) -> None:
    conn.execute("INSERT INTO register.sender_kinds VALUES ('stranger', %s)", (kind,))
    told = answers(conn, settings, STRANGER, a_change_report(1), a_link_report(1, 2))
    taken = {
        name for name, (outcome, _) in zip(("population", "identity-link"), told, strict=True) if outcome != "refused"
    }
    assert taken == {kind}
    assert kinds_of(conn)["stranger"] == [kind]


def test_what_a_sender_was_let_report_is_taken_away_and_adding_it_again_does_not_bring_it_back(
    settings: Settings, conn: Conn
) -> None:
    senders.add(settings, "stranger", may=restricted())
    assert [outcome for outcome, _ in answers(conn, settings, STRANGER, a_change_report(1), a_link_report(1, 2))] == [
        "recorded",
        "recorded",
    ]
    senders.may_not(settings, "stranger", ["identity-link"])
    assert kinds_of(conn)["stranger"] == ["population"]
    assert senders.shut_out(settings, "stranger") is False, "Kafka is open, so it can still write"
    senders.add(settings, "stranger")
    refused = ("refused", [KIND_NOT_OF_SENDER])
    assert answers(conn, settings, STRANGER, a_change_report(1), a_link_report(1, 2)) == [refused, refused]


def test_nothing_is_taken_away_from_a_sender_whom_nobody_added(settings: Settings) -> None:
    with pytest.raises(senders.SenderNotAdded):
        senders.may_not(settings, "stranger", restricted())


def test_the_command_knows_the_kinds_that_must_be_let() -> None:
    assert {kind.value for kind in Restricted} == set(restricted())


def test_a_register_without_this_table_gets_it(settings: Settings, conn: Conn) -> None:
    conn.execute("DROP TABLE register.sender_kinds")
    store.create_tables(settings.database_url)
    assert kinds_of(conn) == {}
