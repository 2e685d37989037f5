"""The embedded servers: they start, they are shared, and no crash stands in the way of the next start."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

from register.servers import running
from register.servers.embedded import Addresses, find_running, servers
from register.servers.process import Process, this_process, wait_for_end
from register.servers.running import Running

# A program that starts the servers, says where they are, and waits until it is told to end.
PROGRAM = """
import sys
from pathlib import Path
from register.servers.embedded import servers
with servers(Path(sys.argv[1])) as addresses:
    print(addresses.database_url, addresses.kafka, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True, scope="module")
def _only_embedded_servers() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        patch.delenv("KAFKA_BOOTSTRAP", raising=False)
        # Brokers that run for seconds start in half the time without the slower, better compiler.
        patch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")
        yield


@pytest.fixture(scope="module")
def left_behind(lasting_folder: Path) -> Path:
    """A folder whose servers held something and were stopped in good order."""
    with servers(lasting_folder / "used") as addresses:
        remember_something(addresses)
    return lasting_folder / "used"


@pytest.fixture
def used_folder(left_behind: Path, data_folder: Path) -> Path:
    """A copy of it for one test, which saves making everything anew."""
    subprocess.run(["cp", "-a", f"{left_behind}/.", str(data_folder)], check=True)
    return data_folder


def test_both_start_in_an_empty_folder_and_answer_and_stop_at_the_end(data_folder: Path) -> None:
    with servers(data_folder) as addresses:
        remember_something(addresses)
        assert_it_is_remembered(addresses)
        noted = notes(data_folder)
    assert not any(note.server.alive for note in noted)
    assert find_running(data_folder) is None


def test_a_second_program_uses_them_and_leaves_them_running(used_folder: Path) -> None:
    with servers(used_folder) as first:
        assert_it_is_remembered(first)
        with program(used_folder) as (_, second):
            assert second == first
        assert find_running(used_folder) == first
        assert_it_is_remembered(first)


def test_two_programs_that_start_at_once_share_one_pair(used_folder: Path) -> None:
    one, other = start(used_folder), start(used_folder)
    try:
        assert addresses_of(one) == addresses_of(other)
    finally:
        end(one)
        end(other)


def test_killed_servers_are_started_again_for_the_program_that_still_runs(used_folder: Path) -> None:
    with program(used_folder) as (owner, first):
        for note in notes(used_folder):
            os.kill(note.server.pid, signal.SIGKILL)
        with servers(used_folder) as second:
            assert second == first
        assert [note.owner.pid for note in notes(used_folder)] == [owner.pid, owner.pid]
        assert_it_is_remembered(first)


def test_servers_stop_when_their_program_is_killed(used_folder: Path) -> None:
    with program(used_folder) as (owner, _):
        noted = notes(used_folder)
        owner.kill()
        assert wait_for_end([note.server for note in noted], patience=30) == []
    assert find_running(used_folder) is None


def test_servers_of_a_killed_program_are_taken_over_or_started_again_by_the_next_one(used_folder: Path) -> None:
    with program(used_folder) as (owner, _):
        owner.kill()
        owner.wait()
        with servers(used_folder) as addresses:
            assert_it_is_remembered(addresses)
            assert {note.owner for note in notes(used_folder)} == {this_process()}
        assert find_running(used_folder) is None


@pytest.mark.parametrize("spared", ["nothing", "the servers"])
def test_a_crash_of_everything_does_not_stop_the_next_start(used_folder: Path, spared: str) -> None:
    with program(used_folder) as (owner, _):
        for note in notes(used_folder):
            os.kill(note.keeper.pid, signal.SIGKILL)
            if spared == "nothing":
                os.kill(note.server.pid, signal.SIGKILL)
        owner.kill()
        owner.wait()
        with servers(used_folder) as addresses:
            assert_it_is_remembered(addresses)


def test_stale_notes_and_a_taken_port_do_not_stop_the_next_start(used_folder: Path) -> None:
    stranger = this_process()
    for name in ("kafka", "postgres"):
        running.write(used_folder / name, Running("127.0.0.1:1", *[Process(stranger.pid, "long ago")] * 3))
    (used_folder / "postgres/data/postmaster.pid").write_text(f"{stranger.pid}\n/somewhere\n1\n5432\n\n\n\n")
    (used_folder / "postgres/socket/.s.PGSQL.5432.lock").write_text(f"{stranger.pid}\n")
    settings = (used_folder / "kafka/server.properties").read_text()
    remembered = int(settings.split("advertised.listeners=PLAINTEXT://127.0.0.1:")[1].split()[0])
    with socket.create_server(("127.0.0.1", remembered)), servers(used_folder) as addresses:
        assert addresses.kafka != f"127.0.0.1:{remembered}"
        assert_it_is_remembered(addresses)


def test_a_program_that_is_asked_to_end_stops_them_first(used_folder: Path) -> None:
    with program(used_folder) as (owner, _):
        noted = notes(used_folder)
        owner.terminate()
        assert owner.wait(30) == 128 + signal.SIGTERM
        assert not any(note.server.alive for note in noted)


def test_given_addresses_replace_the_embedded_servers_each_on_its_own(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "broker.example:9092")
    with servers(data_folder) as addresses:
        assert addresses.kafka == "broker.example:9092"
        with psycopg.connect(addresses.database_url) as database:
            assert database.execute("SELECT 1").fetchone() == (1,)
        assert find_running(data_folder) == addresses
    assert not (data_folder / "kafka").exists()
    monkeypatch.setenv("DATABASE_URL", "postgresql://database.example/register")
    with servers(data_folder / "never made") as addresses:
        assert addresses == Addresses("postgresql://database.example/register", "broker.example:9092")
    assert find_running() == addresses
    assert not (data_folder / "never made").exists()


def test_a_database_of_its_own_for_a_test(fresh_database: str) -> None:
    with psycopg.connect(fresh_database) as connection:
        connection.execute("CREATE TABLE doses (id int)")


def test_a_broker_for_all_tests(kafka_address: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=kafka_address)
    assert len(admin.describe_cluster()["brokers"]) == 1
    admin.close()


def start(data: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def addresses_of(started: subprocess.Popen[str]) -> Addresses:
    assert started.stdout
    return Addresses(*started.stdout.readline().split())


def end(started: subprocess.Popen[str]) -> None:
    started.communicate()


@contextmanager
def program(data: Path) -> Iterator[tuple[subprocess.Popen[str], Addresses]]:
    started = start(data)
    try:
        yield started, addresses_of(started)
    finally:
        end(started)


def notes(data: Path) -> list[Running]:
    noted = [running.read(data / name) for name in ("kafka", "postgres")]
    assert all(noted)
    return [note for note in noted if note]


def remember_something(addresses: Addresses) -> None:
    with psycopg.connect(addresses.database_url) as database:
        database.execute("CREATE TABLE kept AS SELECT 'a dose' AS what")
    admin = KafkaAdminClient(bootstrap_servers=addresses.kafka)
    admin.create_topics([NewTopic("kept", num_partitions=4, replication_factor=1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=addresses.kafka)
    producer.send("kept", b"a dose", partition=3).get(20)
    producer.close()


def assert_it_is_remembered(addresses: Addresses) -> None:
    with psycopg.connect(addresses.database_url) as database:
        assert database.execute("SELECT what FROM kept").fetchall() == [("a dose",)]
    consumer = KafkaConsumer(
        bootstrap_servers=addresses.kafka, auto_offset_reset="earliest", consumer_timeout_ms=20_000
    )
    consumer.assign([TopicPartition("kept", 3)])
    assert next(consumer).value == b"a dose"
    consumer.close()
