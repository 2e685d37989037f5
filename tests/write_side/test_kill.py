"""Kill -9 of everything at random moments under load: nothing lost, nothing counted twice, order kept."""

import signal
import subprocess
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import kill
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from kafka import KafkaProducer
from kafka.errors import KafkaError

from register import senders
from register.lag import RelayLag, intake_lag, relay_lag
from register.servers import running
from register.servers.hosting import hosted
from register.servers.kafka import Kafka
from register.servers.postgres import Postgres
from register.servers.server import Server
from register.settings import Settings, settings_from
from schemas import decode
from tests.write_side.builders import a_delivery_report, a_dose_report, a_person_number, on_topic
from tests.write_side.programs import environment, start

SENDERS = ("north", "south")
PEOPLE = 700
REPORTS = 3_000


class Load:
    """Two senders that report all the time, some records twice; remembers what was acknowledged."""

    def __init__(self, settings: Settings) -> None:
        self.acknowledged: set[tuple[str, str]] = set()
        self._settings = settings
        self._thread = threading.Thread(target=self._run)
        self._random = Random(7)

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()

    @property
    def going_on(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        producer = KafkaProducer(**self._settings.kafka("load"), allow_auto_create_topics=False)
        for number in range(REPORTS):
            again = self._random.randrange(number) if number and self._random.random() < 0.1 else number
            self._send(producer, again)
            time.sleep(0.004)
        producer.flush()
        producer.close()

    def _send(self, producer: KafkaProducer, number: int) -> None:
        who = number % PEOPLE
        sender, name = SENDERS[number % 3 % 2], f"ref-{number}"
        if number % 20 == 0:
            kind, key = f"Stock {sender}", name.encode()
            report = a_delivery_report(number, batch=f"B{number % 7}", system_name=kind)
        else:
            given = f"2021-0{1 + number // PEOPLE}-{10 + number % 9}"
            kind, key = f"Journal {sender}", a_person_number(who).encode()
            told = {"identity_value": key.decode(), "given_on": given, "dose_number": ""}
            report = a_dose_report(number, system_name=kind, **told)
        future = producer.send(f"reports.{sender}", key=key, value=report)
        future.add_callback(lambda _, said=(kind, name): self.acknowledged.add(said))


def all_decided_and_published(settings: Settings) -> bool:
    try:
        return not any(intake_lag(settings).values()) and relay_lag(settings) == RelayLag(0, 0)
    except (psycopg.Error, KafkaError):
        return False


def wait_for(question: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)


@contextmanager
def programs(env: dict[str, str], names: list[str]) -> Iterator[list[subprocess.Popen[bytes]]]:
    running_now = [start(name, env) for name in names]
    try:
        yield running_now
    finally:
        for process in running_now:
            process.send_signal(signal.SIGTERM)
        for process in running_now:
            assert process.wait(60) == 0


def kill_one(names: list[str], processes: list[subprocess.Popen[bytes]], which: int, env: dict[str, str]) -> None:
    processes[which].kill()
    processes[which].wait()
    processes[which] = start(names[which], env)


def check(settings: Settings, load: Load) -> None:
    with psycopg.connect(settings.database_url) as conn:
        receipts = [decode(row[0])[1] for row in conn.execute("SELECT state FROM register.receipts ORDER BY id")]
        facts = [
            decode(row[0]) for row in conn.execute("SELECT state FROM register.stored_events ORDER BY notification_id")
        ]
        records = conn.execute("SELECT count(*) FROM register.records").fetchone()
    # One receipt for every report that stands on a topic, and all that was acknowledged stands there.
    stand = [
        (place.topic, place.partition, offset)
        for sender in SENDERS
        for place, count in Counter(place for place, *_ in on_topic(settings, f"reports.{sender}")).items()
        for offset in range(count)
    ]
    where = [(r["report_topic"], r["report_partition"], r["report_offset"]) for r in receipts]
    assert sorted(where) == sorted(stand)
    said = {(r["system_name"], r["unique_reference"]) for r in receipts}
    assert load.acknowledged <= said
    assert {r["outcome"] for r in receipts} <= {"recorded", "already-known"}
    # One record, one dose or delivery, however often it was sent.
    assert records == (len(said),)
    by_kind = Counter(name for name, _ in facts)
    assert by_kind["DoseRecorded.v1"] == sum(system.startswith("Journal") for system, _ in said)
    assert by_kind["DeliveryRecorded.v1"] == sum(system.startswith("Stock") for system, _ in said)
    assert by_kind["PersonIdentified.v1"] == len({f["person_id"] for _, f in facts if "person_id" in f})
    check_log(settings, facts, receipts)


def check_log(settings: Settings, facts: list[tuple[str, Any]], receipts: list[Any]) -> None:
    for topic, subject in (("events.people", "person_id"), ("events.supply", "stock_id")):
        expected: dict[int, list[Any]] = defaultdict(list)
        for _, fact in facts:
            if subject in fact:
                expected[fact[subject]].append(fact)
        seen: dict[int, list[Any]] = defaultdict(list)
        for _, _, fact in on_topic(settings, topic):
            if fact["version"] > len(seen[fact[subject]]):
                seen[fact[subject]].append(fact)
        assert seen == expected
    for sender in SENDERS:
        told = {r["receipt"]: r for _, _, r in on_topic(settings, f"receipts.{sender}")}
        assert told == {r["receipt"]: r for r in receipts if r["sender"] == sender}


def ready(database_url: str, kafka: str) -> tuple[Settings, dict[str, str]]:
    env = environment(database_url, kafka, VAXREG_PARTITIONS="3", VAXREG_CLOCK="2021-11-01", VAXREG_TEST_FEW="60")
    settings = settings_from(env)
    for sender in SENDERS:
        senders.add(settings, sender)
    return settings, env


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("settings")
def test_killing_intake_and_relay_loses_nothing_and_counts_nothing_twice(
    fresh_database: str, kafka_address: str
) -> None:
    random = Random(3)
    settings, env = ready(fresh_database, kafka_address)
    names = ["intake", "intake", "relay", "relay"]
    with programs(env, names) as processes:
        with Load(settings) as load:
            while load.going_on:
                time.sleep(random.uniform(0.1, 2))
                kill_one(names, processes, random.randrange(4), env)
        for which in range(4):
            time.sleep(random.uniform(0.1, 1))
            kill_one(names, processes, which, env)
        wait_for(lambda: all_decided_and_published(settings), 120)
    check(settings, load)


@pytest.mark.timeout(600)
def test_killing_the_servers_loses_nothing_and_counts_nothing_twice(data_folder: Path) -> None:
    random = Random(4)
    servers: list[Server] = [Postgres(data_folder / "postgres"), Kafka(data_folder / "kafka")]
    with hosted(servers) as [database_url, kafka]:
        settings, env = ready(database_url, kafka)
        with programs(env, ["intake", "relay"]):
            with Load(settings) as load:
                for victim in servers:
                    time.sleep(random.uniform(1, 3))
                    noted = running.read(victim.folder)
                    assert noted is not None
                    kill(noted.server.pid, signal.SIGKILL)
                    with hosted([victim]):
                        """Started again for as long as the outer one lasts."""
            wait_for(lambda: all_decided_and_published(settings), 120)
        check(settings, load)
