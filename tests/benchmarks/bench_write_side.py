"""How fast the write side is, with real processes: reports to committed facts, and facts to Kafka.

`python -m tests.benchmarks.bench_write_side [reports]` prints rates. Servers: DATABASE_URL and KAFKA_BOOTSTRAP where
they are set, else embedded ones in a folder that is deleted afterwards. VAXREG_PROFILE=path writes profiles.
"""

import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from kafka import KafkaProducer, TopicPartition
from psycopg import sql
from psycopg.conninfo import make_conninfo

from register import record_batches, senders
from register.lag import relay_lag
from register.servers.embedded import servers
from register.settings import Settings, settings_from
from tests.write_side.builders import a_dose_report, a_person_number
from tests.write_side.conftest import delete_topics
from tests.write_side.programs import environment, start

# A person has one to three doses; one report in fifty is sent again.
PEOPLE_PER_REPORT = 0.55
SENT_AGAIN = 0.02


def fill(settings: Settings, count: int) -> int:
    """Put reports on the topic as one sender does, in batches; returns how many."""
    randomly = random.Random(1)
    people = max(1, int(count * PEOPLE_PER_REPORT))
    producer: KafkaProducer = record_batches.connect(settings, "bench")
    topic = "reports.bench"
    batches: dict[int, list[tuple[bytes, bytes]]] = {n: [] for n in range(settings.partitions)}
    for number in range(count):
        if number and randomly.random() < SENT_AGAIN:
            number = randomly.randrange(number)  # noqa: PLW2901
        who = a_person_number(number % people, 1930)
        on = f"2021-0{3 + number // people}-1{number % 9}"
        report = a_dose_report(number, identity_value=who, given_on=on, dose_number=str(1 + number // people))
        key = who.encode()
        batches[record_batches.partition_of(key, settings.partitions)].append((key, report))
    for partition, records in batches.items():
        for first in range(0, len(records), 1000):
            part = records[first : first + 1000]
            record_batches.acknowledged(record_batches.send(producer, topic, partition, part, 0))
    producer.close()
    return sum(len(records) for records in batches.values())


def timed(program: str, env: dict[str, str], begun: Callable[[], bool], done: Callable[[], bool]) -> float:
    """Seconds from the first sign of work to the last; starting up is not counted."""
    process = start(program, env)
    try:
        wait(begun, process)
        started = time.monotonic()
        wait(done, process)
        return time.monotonic() - started
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def wait(question: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    while not question():
        assert process.poll() is None
        time.sleep(0.005)


def bench(settings: Settings, env: dict[str, str], count: int) -> None:
    senders.add(settings, "bench")
    count = fill(settings, count)
    with psycopg.connect(settings.database_url, autocommit=True) as conn:

        def rows(table: str) -> int:
            row = conn.execute(
                f"SELECT max({'notification_id' if 'events' in table else 'id'}) FROM {table}"
            ).fetchone()
            return (row and row[0]) or 0

        first = 0

        def begun() -> bool:
            nonlocal first
            first = rows("register.receipts")
            return first > 0

        took = timed("intake", env, begun, lambda: rows("register.receipts") >= count)
        facts = rows("register.stored_events")
        print(f"intake {(count - first) / took:9,.0f} reports/s  ({count:,} reports, {facts:,} facts)")
        for outcome in ("DoseRecorded.v1", "PersonIdentified.v1"):
            found = conn.execute("SELECT count(*) FROM register.stored_events WHERE topic = %s", (outcome,)).fetchone()
            print(f"       {outcome}: {found[0] if found else 0:,}")

        def published() -> int:
            row = conn.execute("SELECT sum(position) FROM register.relay_positions").fetchone()
            return int((row and row[0]) or 0)

        before = 0

        def moved() -> bool:
            nonlocal before
            before = published()
            return before > 0

        took = timed("relay", env, moved, lambda: published() >= facts + count)
        print(f"relay  {(facts + count - before) / took:9,.0f} facts and receipts/s")
        lag = relay_lag(settings)
        assert (lag.facts, lag.receipts) == (0, 0), TopicPartition


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    folder = Path(tempfile.mkdtemp(prefix="vaxreg-bench-", dir="/var/tmp"))
    folder.chmod(0o711)
    try:
        with servers(folder) as addresses:
            name = sql.Identifier("vaxreg_bench")
            with psycopg.connect(addresses.database_url, autocommit=True) as server:
                server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
                server.execute(sql.SQL("CREATE DATABASE {}").format(name))
            delete_topics(addresses.kafka)
            env = environment(make_conninfo(addresses.database_url, dbname="vaxreg_bench"), addresses.kafka)
            env["VAXREG_CLOCK"] = "2021-09-01"
            bench(settings_from(env), env, count)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
