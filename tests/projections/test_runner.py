"""Every fact reaches the tables once, whatever happens to processes, servers and partitions meanwhile."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from time import monotonic, sleep
from typing import Any

import psycopg
import pytest
from kafka import TopicPartition
from kafka.admin import KafkaAdminClient

from projections import live, log_reader, positions, runner
from projections.live import NeedsRebuild
from projections.projection import Batch
from projections.runner import LogLost, caught_up, lag, run
from schemas import Record
from tests.projections.conftest import Log
from tests.projections.fact_counts import FactCounts
from tests.projections.facts import a_dose, histories


@contextmanager
def running(log: Log, database: str, *projections: FactCounts, **settings: Any) -> Iterator[threading.Event]:
    """A runner in the background until the block ends; what it raised is raised here."""
    stop = threading.Event()
    raised: list[BaseException] = []

    def work() -> None:
        try:
            run(database, log.kafka, projections or [log.projection], stop=stop.is_set, group=log.topic, **settings)
        except BaseException as why:
            raised.append(why)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(60)
    if raised:
        raise raised[0]


def catch_up(log: Log, database: str, *projections: FactCounts, **settings: Any) -> None:
    ends = log_reader.ends(log.kafka, [log.topic])
    given = {"stop": gives_up_after(60), "group": log.topic} | settings
    run(database, log.kafka, projections or [log.projection], until=ends, **given)


def gives_up_after(seconds: float) -> Callable[[], bool]:
    until = monotonic() + seconds
    return lambda: monotonic() > until


def wait(until: Callable[[], bool], seconds: float = 60) -> None:
    over = gives_up_after(seconds)
    while not until():
        assert not over(), "waited in vain"
        sleep(0.02)


def ask(database: str, query: str) -> list[tuple[Any, ...]]:
    with live.connect(database) as conn:
        return conn.execute(query).fetchall()


def counts(database: str) -> tuple[dict[int, tuple[int, int]], dict[str, int]]:
    people = ask(database, "SELECT person_id, facts, last_version FROM fact_counts")
    return {person: (facts, last) for person, facts, last in people}, dict(ask(database, "SELECT * FROM kinds"))


def counted(told: list[tuple[str, Record]]) -> tuple[dict[int, tuple[int, int]], dict[str, int]]:
    people = Counter(fields["person_id"] for _, fields in told)
    return {person: (count, count) for person, count in people.items()}, dict(Counter(name for name, _ in told))


def test_every_fact_is_counted_once(log: Log, fresh_database: str) -> None:
    told = list(histories(5000, 700))
    log.tell(told)
    assert not caught_up(fresh_database, log.kafka, [log.projection])
    catch_up(log, fresh_database)
    assert counts(fresh_database) == counted(told)
    assert caught_up(fresh_database, log.kafka, [log.projection])
    assert all(at == end > 0 for at, end in lag(fresh_database, log.kafka, [log.projection]).values())


def test_it_goes_on_where_it_stopped(log: Log, fresh_database: str) -> None:
    told = list(histories(4000, 300))
    for part in (told[:1], told[1:1500], told[1500:]):
        log.tell(part)
        catch_up(log, fresh_database, most_rows=500)
    assert counts(fresh_database) == counted(told)


def test_a_fact_is_visible_soon_after_it_was_told(log: Log, fresh_database: str) -> None:
    with running(log, fresh_database):
        log.tell([a_dose(1, 1)])
        wait(lambda: caught_up(fresh_database, log.kafka, [log.projection]))
        waits = []
        for version in range(2, 22):
            log.tell([a_dose(1, version)])
            begun = monotonic()
            wait(lambda version=version: ask(fresh_database, "SELECT last_version FROM fact_counts") == [(version,)])
            waits.append(monotonic() - begun)
        assert sorted(waits)[10] < 0.5


def test_two_processes_share_the_partitions_and_take_over_from_each_other(log: Log, fresh_database: str) -> None:
    told = list(histories(9000, 900))
    with running(log, fresh_database, most_rows=300):
        log.tell(told[:3000])
        with running(log, fresh_database, most_rows=300):
            log.tell(told[3000:6000])
            wait(lambda: caught_up(fresh_database, log.kafka, [log.projection]))
        log.tell(told[6000:])
        wait(lambda: caught_up(fresh_database, log.kafka, [log.projection]))
    assert counts(fresh_database) == counted(told)


def test_two_who_both_believe_that_a_partition_is_theirs_do_not_count_it_twice(log: Log, fresh_database: str) -> None:
    told = list(histories(20_000, 900))
    log.tell(told)
    # Two groups: each is given every partition, as a process is that was paused and does not know it yet.
    with running(log, fresh_database, most_rows=500):
        catch_up(log, fresh_database, group=f"{log.topic}-other", most_rows=500)
        wait(lambda: caught_up(fresh_database, log.kafka, [log.projection]))
    assert counts(fresh_database) == counted(told)


@pytest.mark.parametrize("poll", [runner.POLL, 60])
def test_every_topic_that_is_made_while_it_runs_is_found(
    log: Log, fresh_database: str, poll: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "POLL", poll)
    name = f"receipts-{log.topic}"
    with running(log, fresh_database, FactCounts(f"{name}.*")), closing(admin_of(log)) as admin:
        wait(lambda: _is_live(fresh_database))
        for number in range(1, 5):
            log.topic = f"{name}.{number}"
            admin.create_topics({log.topic: {"num_partitions": 4, "replication_factor": 1}}, wait_for_metadata=True)
            log.tell([a_dose(number, 1)])
            wait(lambda number=number: ask(fresh_database, "SELECT facts FROM kinds") == [(number,)])


def admin_of(log: Log) -> KafkaAdminClient:
    return KafkaAdminClient(bootstrap_servers=log.address)


def _is_live(database: str) -> bool:
    try:
        live.connect(database).close()
    except live.NothingLive:
        return False
    return True


def test_what_cannot_be_read_is_kept_and_does_not_stop_the_stream(log: Log, fresh_database: str) -> None:
    log.tell([a_dose(1, 1)])
    log.tell_bytes(b"12345678", b"nothing of ours")
    log.tell([a_dose(1, 2)])
    catch_up(log, fresh_database)
    assert counts(fresh_database) == ({1: (2, 2)}, {"DoseRecorded.v1": 2})
    kept = ask(fresh_database, "SELECT topic, key, value, reason FROM unreadable")
    assert kept == [(log.topic, b"12345678", b"nothing of ours", "unknown schema")]


def test_a_lost_database_connection_is_made_again(log: Log, fresh_database: str, database_url: str) -> None:
    told = list(histories(6000, 400))
    with running(log, fresh_database, most_rows=200), psycopg.connect(database_url, autocommit=True) as server:
        for part in range(0, 6000, 1000):
            log.tell(told[part : part + 1000])
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (log.topic,))
        wait(lambda: caught_up(fresh_database, log.kafka, [log.projection]))
    assert counts(fresh_database) == counted(told)


def test_a_broker_that_is_gone_is_waited_for(log: Log, fresh_database: str, caplog: pytest.LogCaptureFixture) -> None:
    threads = [thread for thread in threading.enumerate() if "kafka-io" in thread.name]
    nobody = {"bootstrap_servers": "127.0.0.1:9"}
    run(fresh_database, nobody, [log.projection], stop=gives_up_after(3))
    said = [record.getMessage() for record in caplog.records if record.name == "projections.runner"]
    assert len(said) >= 2
    assert {*said} == {"Kafka: KafkaConnectionError; trying again"}
    assert threads == [thread for thread in threading.enumerate() if "kafka-io" in thread.name]


class Clashing(FactCounts):
    """Is chosen as the victim of a deadlock now and then."""

    rounds = 0

    def project(self, conn: psycopg.Connection, batch: Batch) -> None:
        super().project(conn, batch)
        self.rounds += 1
        if self.rounds % 3 == 1:
            raise (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)[self.rounds % 2]


def test_a_round_that_clashed_with_another_is_done_again(log: Log, fresh_database: str) -> None:
    told = list(histories(3000, 200))
    clashing = Clashing(log.topic)
    for part in range(0, 3000, 600):
        log.tell(told[part : part + 600])
        catch_up(log, fresh_database, clashing)
    assert clashing.rounds >= 7
    assert counts(fresh_database) == counted(told)


class Failing(FactCounts):
    def project(self, conn: psycopg.Connection, batch: Batch) -> None:
        super().project(conn, batch)
        raise ZeroDivisionError


def test_a_mistake_in_a_projection_stops_it_and_leaves_nothing_behind(log: Log, fresh_database: str) -> None:
    log.tell([a_dose(1, 1)])
    with pytest.raises(ZeroDivisionError):
        catch_up(log, fresh_database, Failing(log.topic))
    assert counts(fresh_database) == ({}, {})
    assert ask(fresh_database, "SELECT * FROM positions") == []
    catch_up(log, fresh_database)
    assert counts(fresh_database) == ({1: (1, 1)}, {"DoseRecorded.v1": 1})


def test_a_projection_that_the_live_schema_was_not_made_for_asks_for_a_rebuild(log: Log, fresh_database: str) -> None:
    catch_up(log, fresh_database)
    further = FactCounts(log.topic)
    further.name = "a further question"
    with pytest.raises(NeedsRebuild, match="a further question"):
        catch_up(log, fresh_database, log.projection, further)


def test_a_log_that_is_shorter_than_what_was_projected_is_not_taken_for_the_same(log: Log, fresh_database: str) -> None:
    log.tell(histories(100, 10))
    catch_up(log, fresh_database)
    with psycopg.connect(fresh_database) as conn, live.writing(conn):
        positions.move(conn, positions.read(conn), {TopicPartition(log.topic, 0): 1_000_000})
    with pytest.raises(LogLost):
        run(fresh_database, log.kafka, [log.projection], stop=gives_up_after(30), group=log.topic)
