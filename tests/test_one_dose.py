"""One dose on its way from a row of a file to the number on the page, on a real broker and a real database.

The same six places as in README's tour; the receipt number goes along from the first to the last.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import psycopg
import pytest
from kafka import KafkaConsumer, TopicPartition

from connectors.cli import main
from connectors.cli.questions import every_projection
from connectors.cli.readiness import make_ready
from connectors.cli.register import register
from connectors.outgoing.web import app
from projections import live
from projections.people.query import doses_of
from projections.runner import run as run_projections
from register.intake import run_intake
from register.relay import run_relay
from register.settings import Settings
from schemas import decode
from tests.web.conftest import serving
from tests.write_side.builders import until
from tests.write_side.conftest import delete_topics

HEADER = "systemName;dateTimeCreated;uniqueReference;patientId;patientIdType;NPLId;vaccinationDate;vaccineName"
ROW = "JOURNAL;2021-03-01T09:30:00;ref-17;19900101-2393;0;;2021-02-28;Comirnaty"
SENDER = "norrland"


@pytest.fixture
def settings(
    kafka_address: str, fresh_database: str, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """A register in which nothing has happened, on the second of March 2021."""
    delete_topics(kafka_address)
    monkeypatch.setenv("KAFKA_BOOTSTRAP", kafka_address)
    monkeypatch.setenv("DATABASE_URL", fresh_database)
    monkeypatch.setenv("VAXREG_DATA", str(data_folder))
    monkeypatch.setenv("VAXREG_CLOCK", "2021-03-02")
    with register() as found:
        make_ready(found)
        yield found


def test_one_report_over_a_real_broker_to_the_pages_number(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "doses.csv"
    file.write_text(f"{HEADER}\n{ROW}\n", encoding="utf-8")
    with programs_at_work(settings), serving(app(settings, {})) as page, httpx.Client(base_url=page) as reader:
        until(lambda: doses_on_the_page(reader) == "0")

        # (1) A row becomes a report, and the sender hears what became of it.
        told = submitted(file, capsys)
        assert (told["outcome"], told["codes"]) == ("recorded", ["BATCH-MISSING"])
        number = told["receipt"]
        partition, offset = map(int, number.removeprefix(f"{SENDER}-").split("-"))

        # What was said lies where the receipt number says, on the sender's own topic.
        said = on_kafka(settings, f"reports.{SENDER}")
        assert [(place, fields["unique_reference"]) for place, _, fields in said] == [((partition, offset), "ref-17")]

        # (2) and (3) It was decided, and facts and receipt were written together.
        with psycopg.connect(settings.database_url) as conn:
            kept = [decode(state) for (state,) in conn.execute("SELECT state FROM register.stored_events ORDER BY 1")]
            assert conn.execute("SELECT receipt FROM register.receipts").fetchall() == [(number,)]
        facts = dict(kept)
        assert facts.keys() == {"PersonIdentified.v1", "DoseRecorded.v1"}
        assert {fact["receipt"] for fact in facts.values()} == {number}
        dose = facts["DoseRecorded.v1"]
        assert f"{dose['dose_id']:016x}" == told["dose"]

        # (4) The relay published both, unchanged.
        assert {name: fields for _, name, fields in on_kafka(settings, "events.people")} == facts
        [(_, _, receipt)] = on_kafka(settings, f"receipts.{SENDER}")
        assert (receipt["receipt"], receipt["dose_id"], receipt["row"]) == (number, dose["dose_id"], 1)

        # (5) and (6) It is counted, and people read it.
        until(lambda: doses_on_the_page(reader) == "1")
        with live.connect(settings.database_url) as conn:
            [listed] = doses_of(conn, dose["person_id"])
            assert (listed.dose_id, listed.given_on.isoformat()) == (dose["dose_id"], "2021-02-28")
        answer = reader.get("/api/coverage", params={"given-to": "2021-02-28", "known-on": "2021-03-02"}).json()
        assert [(row["persons"], row["doses"]) for row in answer["rows"]] == [(1, 1)]

        # The same row again is known, and changes nothing for anybody.
        again = submitted(file, capsys)
        assert (again["outcome"], again["dose"]) == ("already-known", told["dose"])
        assert again["receipt"] != number
        until(lambda: len(on_kafka(settings, f"receipts.{SENDER}")) == 2)
        assert len(on_kafka(settings, "events.people")) == 2
        assert doses_on_the_page(reader) == "1"


@contextmanager
def programs_at_work(settings: Settings) -> Iterator[None]:
    """Intake, relay and projections, as `vaxreg up` runs them."""
    stop, broke = Event(), []

    def project() -> None:
        kafka = settings.kafka("test")
        run_projections(settings.database_url, kafka, every_projection(), stop=stop.is_set)

    def working(program: Any, *given: Any) -> None:
        try:
            program(*given)
        except BaseException as failure:
            broke.append(failure)

    asked = ((run_intake, settings, stop), (run_relay, settings, stop), (project,))
    threads = [Thread(target=working, args=each) for each in asked]
    for thread in threads:
        thread.start()
    try:
        assert_exit(0, "sender", "add", SENDER)
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
        assert broke == []


def submitted(file: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The one line that `vaxreg submit` answers."""
    capsys.readouterr()
    assert_exit(0, "submit", str(file), "--sender", SENDER, "--timeout", "60")
    told = capsys.readouterr()
    assert "2393" not in told.out + told.err
    answer: dict[str, Any] = json.loads(told.out)
    return answer


def assert_exit(code: int, *command: str) -> None:
    with pytest.raises(SystemExit) as left:
        main(command)
    assert left.value.code == code


def doses_on_the_page(reader: httpx.Client) -> str:
    """The number under "doses given", as a browser receives it."""
    answer = reader.get("/", headers={"Accept-Language": "en"})
    if answer.status_code == 503:  # nothing has been projected yet
        return ""
    assert answer.status_code == 200
    [number] = re.findall(r'id="doses">([^<]*)<', answer.text)
    return str(number).strip()


def on_kafka(settings: Settings, topic: str) -> list[tuple[tuple[int, int], str, dict[str, Any]]]:
    """Everything on a topic: (partition, offset), schema and content."""
    consumer = KafkaConsumer(**settings.kafka("reader"), metrics_enabled=False)
    try:
        places = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(places)
        consumer.seek_to_beginning()
        ends = consumer.end_offsets(places)
        found = []
        while any(consumer.position(place) < ends[place] for place in places):
            for place, records in consumer.poll(1000).items():
                found += [((place.partition, record.offset), *decode(record.value)) for record in records]
        return found
    finally:
        consumer.close(autocommit=False)
