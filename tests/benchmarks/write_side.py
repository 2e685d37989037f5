"""The write side measured: reports to committed facts with receipts, and those onto Kafka, by the real commands."""

import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from projections import log_reader
from register import record_batches, topics
from register.relay import FACTS, PAGE, RECEIPTS
from register.settings import settings_from
from register.topics import Topic
from tests.benchmarks.alone import service
from tests.benchmarks.read_side import copied_in, fetch
from tests.write_side.builders import a_dose_report, a_link_report, a_person_number

SENDER = "bench"
# A person has one to three doses; one report in fifty is sent again.
PEOPLE_PER_REPORT = 0.55
_SENT_AGAIN = 0.02
RESERVE_ROOT = "2.25.4711"
_BORN = 1930  # and later: 6 384 numbers a year
_AT_ONCE = 1_000  # reports in a batch
_RAW = "bench.raw"


@dataclass(frozen=True, slots=True)
class Worked:
    """What a running service did while it was watched: how many, seconds, seconds on the processor, its peak in MB."""

    count: int
    seconds: float
    processor: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Mixture:
    """Whom the reports are about: the first person's running number, and shares of reserve numbers and of links."""

    first: int = 0
    reserve_numbers: float = 0.0
    links: float = 0.0


PLAIN = Mixture()


def fill(env: Mapping[str, str], reports: int, of: Mixture = PLAIN) -> int:
    """Put so many reports on the sender's topic, in batches; returns how many."""
    settings, chance = settings_from(env), random.Random(1)
    people = max(1, int(reports * PEOPLE_PER_REPORT))
    producer = record_batches.connect(settings, "bench-sender")
    waiting: dict[int, list[record_batches.Record]] = defaultdict(list)

    def send(partition: int) -> None:
        batch = record_batches.send(producer, topics.reports(SENDER), partition, waiting.pop(partition), 0)
        record_batches.acknowledged(batch)

    for running in range(reports):
        number = chance.randrange(running) if running and chance.random() < _SENT_AGAIN else running
        which, person = divmod(number, people)
        person += of.first
        who, on = a_person_number(person, _BORN), f"2021-0{3 + which}-1{number % 9}"
        said: dict[str, Any] = {"identity_value": who, "given_on": on, "dose_number": str(1 + which)}
        if person % 1000 < 1000 * of.reserve_numbers:
            said |= {"identity_root": RESERVE_ROOT, "identity_value": f"R-{person}"}
        report = a_dose_report(of.first + number, **said)
        if of.links and running % round(1 / of.links) == 1:
            # Somebody who has doses by now, and a number that they had before.
            kept = chance.randrange(min(running, people)) + of.first
            two = (a_person_number(number, _BORN) for number in (kept, kept + 2))  # mostly of one sex and year
            both = dict(zip(("identity_value", "absorbed_value"), two, strict=True))
            report = a_link_report(kept, kept + 2, 24 + running, system_name="Bench", **both)
        partition = record_batches.partition_of(who.encode(), settings.partitions)
        waiting[partition].append((who.encode(), report))
        if len(waiting[partition]) >= _AT_ONCE:
            send(partition)
    for partition in list(waiting):
        send(partition)
    producer.close()
    return reports


def fetch_alone(env: Mapping[str, str]) -> int:
    """The raw limit of intake on its one side: the same reports as record batches."""
    kafka = settings_from(env).kafka("bench")
    return fetch(kafka, log_reader.ends(kafka, [topics.reports(SENDER)]))


def copy_alone(env: Mapping[str, str]) -> float:
    """The raw limit of intake on its other side: the rows of its facts into a table without any index. Seconds."""
    columns = "originator_id, originator_version, topic, state, notification_id"
    with psycopg.connect(env["DATABASE_URL"], autocommit=True) as conn:
        with conn.cursor() as cursor:
            asked = f"COPY (SELECT {columns} FROM register.stored_events) TO STDOUT (FORMAT binary)"
            with cursor.copy(asked) as copy:
                rows = [bytes(part) for part in copy]
        conn.execute("CREATE TABLE public.bench_raw AS SELECT * FROM register.stored_events WITH NO DATA")
        seconds = copied_in(conn, {f"public.bench_raw ({columns})": rows})
        conn.execute("DROP TABLE public.bench_raw")
    return seconds


def intake(env: Mapping[str, str], reports: int) -> Worked:
    """`vaxreg intake` from its first receipt of these reports to the last."""
    with psycopg.connect(env["DATABASE_URL"], autocommit=True) as conn:
        before = _number(conn, "SELECT max(id) FROM register.receipts")

        def answered() -> int:
            return _number(conn, "SELECT max(id) FROM register.receipts") - before

        return _watched("intake", env, answered, reports)


def relay(env: Mapping[str, str]) -> Worked:
    """`vaxreg relay` from its first page to its last: facts and receipts."""
    with psycopg.connect(env["DATABASE_URL"], autocommit=True) as conn:
        # No position has a gap here: one intake, nothing rolled back.
        every = _number(conn, "SELECT count(*) FROM register.stored_events")
        every += _number(conn, "SELECT count(*) FROM register.receipts")

        def published() -> int:
            return _number(conn, "SELECT sum(position)::bigint FROM register.relay_positions")

        return _watched("relay", env, published, every)


def produce_alone(env: Mapping[str, str]) -> float:
    """The raw limit of the relay: its record batches, ready in memory, onto a topic of their own. Records a second."""
    settings = settings_from(env)
    topics.create(settings, [Topic(_RAW, "3600000")])
    producer = record_batches.connect(settings, "bench-raw")
    ready: list[dict[int, Any]] = []
    count = 0
    with psycopg.connect(settings.database_url, autocommit=True) as conn:
        for outgoing in (FACTS, RECEIPTS):
            position = 0
            while rows := conn.execute(outgoing.query, (position, PAGE), binary=True).fetchall():
                position, count = rows[-1][0], count + len(rows)
                by_partition: dict[int, list[record_batches.Record]] = defaultdict(list)
                for _, _, key, value in rows:
                    by_partition[record_batches.partition_of(key, settings.partitions)].append((key, value))
                ready.append(
                    {n: record_batches.built(producer, _RAW, n, part, 0) for n, part in sorted(by_partition.items())}
                )
    started = time.perf_counter()
    for page in ready:
        for future in [record_batches.send_built(producer, batch) for batch in page.values()]:
            record_batches.acknowledged(future)
    seconds = time.perf_counter() - started
    producer.close()
    return count / seconds


def _watched(command: str, env: Mapping[str, str], done: Callable[[], int], until: int) -> Worked:
    """From the first sign of work, which is not counted, to the last."""
    first = 0

    def begun() -> bool:
        nonlocal first
        first = done()
        return first > 0

    with service(command, env) as running:
        running.wait_until(begun)
        started, processor = time.perf_counter(), running.processor
        running.wait_until(lambda: done() >= until)
        seconds = time.perf_counter() - started
        return Worked(until - first, seconds, running.processor - processor, running.peak_mb)


def _number(conn: psycopg.Connection[Any], query: str) -> int:
    row = conn.execute(query).fetchone()
    return int(row[0] or 0) if row else 0
