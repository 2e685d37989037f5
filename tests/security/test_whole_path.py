"""A report on its way in, through and back as a receipt, with every part a user of its own."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from connectors.channel import Channel, Upload
from connectors.cli.questions import every_projection
from connectors.cli.readiness import make_ready
from connectors.incoming.agency_csv import reports
from connectors.sending import send_and_wait
from projections import live
from projections.runner import run as run_projections
from register.intake import run_intake
from register.kafka_access.access import KeptPasswords
from register.relay import run_relay
from register.servers.hosting import found
from register.servers.kafka import Kafka
from register.settings import Settings
from schemas import decode
from tests.write_side.builders import until

HEADER = "systemName;dateTimeCreated;uniqueReference;patientId;patientIdType;NPLId;vaccinationDate;vaccineName"
ROWS = [
    "Journal North;2021-03-01T09:30:00;1;192103158750;0;;2021-02-28;Comirnaty",
    "Journal North;2021-03-01T09:30:00;2;192103158750;0;;2021-03-28;Comirnaty",
]
PROGRAM = """
import sys
from register.servers.embedded import servers
with servers():
    print("up", flush=True)
    sys.stdin.read()
"""


def test_a_report_goes_in_and_its_receipt_comes_back_with_every_part_its_own_user(
    with_senders: Settings, settings_as: Callable[..., Settings]
) -> None:
    for part in ("intake", "relay", "project"):
        make_ready(settings_as(part))
    with at_work(settings_as):
        with Channel(settings_as("sender.north"), "north", Upload("u", "doses.csv")) as channel:
            answers = list(send_and_wait(reports([HEADER, *ROWS]).rows, channel, timeout=60))
        assert [answer.outcome for answer in answers] == ["recorded", "recorded"]
        assert until(lambda: projected(with_senders.database_url)) == 2
    receipts = read_back(settings_as("sender.north").kafka("test"), "north")
    assert {answer.receipt for answer in answers} <= {receipt["receipt"] for receipt in receipts}
    assert {receipt["sender"] for receipt in receipts} == {"north"}


def test_the_embedded_register_is_secured_by_one_setting(data_folder: Path, tmp_path: Path) -> None:
    once = {"VAXREG_DATA": str(data_folder), "VAXREG_CLOCK": "2021-06-01"}
    file = tmp_path / "doses.csv"
    file.write_text("\n".join((HEADER, *ROWS)) + "\n", encoding="utf-8")
    with kept_running(once | {"VAXREG_KAFKA_SECURITY": "SASL_SSL"}):
        # The folder remembers: whoever comes later need not say it.
        added = do(once, "sender", "add", "north", "--system", "Journal  NORTH")
        assert "user sender.north" in added
        password = added.rpartition("password ")[2].strip()
        assert password == kept_password(data_folder, "north")
        assert password not in do(once, "sender", "add", "north")
        to_file = tmp_path / "south.password"
        assert "password in" in do(once, "sender", "add", "south", "--password-to", str(to_file))
        assert to_file.stat().st_mode & 0o777 == 0o600

        do(once, "submit", str(file), "--sender", "north", "--no-wait")
        do(once, "submit", str(file), "--sender", "south", "--no-wait")
        do(once, "catch-up")
        assert "reports refused" in do(once, "status")
        assert told(data_folder, "north") == [("recorded", ["BATCH-MISSING"])] * 2
        assert told(data_folder, "south") == [("refused", ["SYSTEM-OF-ANOTHER-SENDER"])] * 2

        do(once, "sender", "system", "journal north", "--to", "south")
        listed = json.loads(do(once, "sender", "systems", "--format", "json"))
        assert [(row["sender"], row["system"]) for row in listed] == [("south", "Journal NORTH")]
        changed = do(once, "sender", "key", "north")
        assert password not in changed
        assert not kept_password(data_folder, "north").startswith(password)
        do(once, "sender", "shut-out", "north")
        assert not (data_folder / "kafka/access/sender.north.password").exists()
        assert " differs" not in do(once, "rebuild")


@contextmanager
def at_work(settings_as: Callable[..., Settings]) -> Iterator[None]:
    """Intake, relay and projections, each as its own user."""
    stop, broke = threading.Event(), []
    project = settings_as("project")

    def projections() -> None:
        run_projections(project.database_url, project.kafka("vaxreg-project"), every_projection(), stop=stop.is_set)

    parts: list[Callable[[], None]] = [
        lambda: run_intake(settings_as("intake"), stop),
        lambda: run_relay(settings_as("relay"), stop),
        projections,
    ]

    def working(part: Callable[[], None]) -> None:
        try:
            part()
        except BaseException as failure:
            broke.append(failure)

    threads = [threading.Thread(target=working, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
        assert broke == []


def projected(database_url: str) -> int:
    """How many doses the tables hold."""
    try:
        with live.connect(database_url) as conn:
            row = conn.execute("SELECT count(*) FROM doses").fetchone()
    except live.NothingLive:
        return 0
    return int(row[0]) if row else 0


def read_back(kafka: Mapping[str, Any], sender: str) -> list[dict[str, Any]]:
    """Every receipt on a sender's topic that can be read."""
    consumer = KafkaConsumer(**kafka, enable_auto_commit=False, metrics_enabled=False)
    try:
        topic = f"receipts.{sender}"
        places = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(places)
        consumer.seek_to_beginning()
        ends, receipts = consumer.end_offsets(places), []
        while any(consumer.position(place) < ends[place] for place in places):
            for records in consumer.poll(1000).values():
                receipts += [decode(record.value)[1] for record in records if len(record.value) > 10]
        return receipts
    finally:
        consumer.close(autocommit=False)


@contextmanager
def kept_running(told: Mapping[str, str]) -> Iterator[None]:
    """The servers of a folder, held up by a program as `vaxreg up` would."""
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=surroundings(told), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert program.stdout
    try:
        assert program.stdout.readline()
        yield
    finally:
        program.communicate()


def do(told: Mapping[str, str], *command: str) -> str:
    """What a command says on standard output."""
    done = subprocess.run(
        [sys.executable, "-m", "connectors.cli", *command],
        env=surroundings(told),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def surroundings(told: Mapping[str, str]) -> dict[str, str]:
    given = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "KAFKA_BOOTSTRAP")}
    return {**given, **told}


def told(folder: Path, sender: str) -> list[tuple[str, list[str]]]:
    """What a sender reads on its topic, with its own key."""
    server = Kafka(folder / "kafka")
    assert server.access
    address = found(server)
    kafka = {"bootstrap_servers": address, **KeptPasswords(server.access).of("vaxreg-receipts", sender)}
    return [(receipt["outcome"], list(receipt["codes"])) for receipt in read_back(kafka, sender)]


def kept_password(folder: Path, sender: str) -> str:
    return (folder / f"kafka/access/sender.{sender}.password").read_text().strip()
