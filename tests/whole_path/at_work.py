"""A register on real servers whose programs run here until they have nothing left to do, or crash where a test says."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from typing import Any

import psycopg
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

import projections.people.project
import projections.positions
import projections.runner
import register.batch
import register.positions
import register.receipts
import register.record_batches
import register.relay
import register.vault
from connectors.channel import report_key
from connectors.cli.questions import every_projection
from projections import live, log_reader
from projections.follower import Follower
from projections.people.project import People
from projections.rebuild import Rebuilt, rebuild
from projections.runner import run
from register import senders, topics
from register.entitled import restricted
from register.intake import run_intake
from register.positions import intake_positions
from register.relay import run_relay
from register.settings import Settings
from register.store import FactRecorder
from schemas import schema
from tests.whole_path.worlds import Report

PATIENCE = 60.0  # seconds

# Every step of the three programs: the thing that holds it, and its name. A crash comes before or after it.
STEPS: Mapping[str, tuple[tuple[Any, str], ...]] = {
    "intake": (
        (register.batch, "decide"),
        (register.batch, "move_intake"),
        (register.vault, "add"),
        (register.batch, "_write_records"),
        (FactRecorder, "append"),
        (register.receipts, "write"),
        (register.batch, "write"),
    ),
    "relay": (
        (register.record_batches, "send"),
        (register.record_batches, "acknowledged"),
        (register.relay, "move_relay"),
        (register.relay.Publisher, "publish_page"),
    ),
    "projection": (
        (projections.runner, "decode_round"),
        (projections.positions, "move"),
        (People, "project"),
        (projections.people.project, "write"),
        (projections.people.project, "add"),
        (projections.runner, "_write"),
        (Follower, "done"),
    ),
}


class Crash(BaseException):
    """The program ends here and now."""


@dataclass(frozen=True)
class Crashes:
    """At which step (a number), before or after it, and at which time that it is reached."""

    step: int
    after: bool
    time: int

    @contextmanager
    def during(self, program: str) -> Iterator[None]:
        """Let the program raise Crash once, if it comes there; what it knew is lost."""
        holder, name = STEPS[program][self.step % len(STEPS[program])]
        real, calls = getattr(holder, name), 0

        def step(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == self.time and not self.after:
                raise Crash
            done = real(*args, **kwargs)
            if calls == self.time:
                raise Crash
            return done

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(holder, name, step)
            yield


class Until:
    """Told to stop once there is nothing left to do; waits in vain for no longer than a minute."""

    def __init__(self, done: Callable[[], bool]) -> None:
        self._done, self._end = done, time.monotonic() + PATIENCE

    def is_set(self) -> bool:
        assert time.monotonic() < self._end, "waited in vain"
        return self._done()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass
class AtWork:
    """The register: `hear`, then `decide`, `publish` and `project` until all is done."""

    settings: Settings
    sent: dict[TopicPartition, int] = field(default_factory=dict)
    crashed: int = 0  # times

    def add(self, names: Iterable[str]) -> None:
        """Make topics and tables."""
        topics.create(self.settings, topics.events())
        for name in names:
            senders.add(self.settings, name, may=restricted())
        with self._connected() as conn:
            live.start(conn, every_projection())

    def hear(self, said: Iterable[Report]) -> None:
        """Send reports, as their senders would."""
        producer = KafkaProducer(**self.settings.kafka("test"), acks="all", metrics_enabled=False)
        told = [producer.send(f"reports.{one.sender}", key=_key(one), value=encoded(one)) for one in said]
        producer.flush()
        for each in told:
            place = each.get()
            end = self.sent.get(place.topic_partition, 0)
            self.sent[place.topic_partition] = max(end, place.offset + 1)
        producer.close()

    def decide(self, day: date, *crashes: Crashes) -> None:
        """Run intake on a day until everything heard is decided."""
        now = datetime.combine(day, time_of_day(10), UTC)
        settings = replace(self.settings, clock=lambda: now)
        with self._connected() as conn:

            def done() -> bool:
                positions = intake_positions(conn)
                return all(positions.get(place, 0) >= end for place, end in self.sent.items())

            self._run("intake", lambda: run_intake(settings, Until(done)), crashes)  # type: ignore[arg-type]

    def publish(self, *crashes: Crashes) -> None:
        """Run the relay until everything decided is on Kafka."""
        with self._connected() as conn:

            def done() -> bool:
                left = conn.execute(
                    "SELECT (SELECT count(*) FROM register.stored_events WHERE notification_id > coalesce("
                    " (SELECT position FROM register.relay_positions WHERE name = 'facts'), 0)) +"
                    " (SELECT count(*) FROM register.receipts WHERE id > coalesce("
                    " (SELECT position FROM register.relay_positions WHERE name = 'receipts'), 0))"
                ).fetchone()
                return left == (0,)

            self._run("relay", lambda: run_relay(self.settings, Until(done)), crashes)  # type: ignore[arg-type]

    def project(self, *crashes: Crashes) -> None:
        """Run the projections until everything published is in the tables."""
        kafka, all_of_them = self.settings.kafka("test"), every_projection()
        ends = log_reader.ends(kafka, projections.runner.topics_of(all_of_them))
        until = {place: end for place, end in ends.items() if end}
        stop = Until(lambda: False)

        def work() -> None:
            run(self.settings.database_url, kafka, all_of_them, stop=stop.is_set, until=until)

        self._run("projection", work, crashes)

    def rebuild(self) -> Rebuilt:
        """Every projection again from the first fact, compared with the live one, and switched to."""
        return rebuild(self.settings.database_url, self.settings.kafka("test"), every_projection())

    def on_topics(self, *beginnings: str) -> list[tuple[str, bytes, bytes]]:
        """(topic, key, value) of all that lies on these topics, each partition in its order."""
        consumer = KafkaConsumer(**self.settings.kafka("test"), metrics_enabled=False, allow_auto_create_topics=False)
        try:
            names = [name for name in consumer.topics() if name.startswith(beginnings)]
            places = [TopicPartition(name, n) for name in names for n in consumer.partitions_for_topic(name)]
            consumer.assign(places)
            consumer.seek_to_beginning()
            ends = consumer.end_offsets(places)
            found: list[tuple[str, bytes, bytes]] = []
            while any(consumer.position(place) < ends[place] for place in places):
                for place, records in consumer.poll(1000).items():
                    found += [(place.topic, record.key, record.value) for record in records]
            return found
        finally:
            consumer.close(autocommit=False)

    def reading(self) -> psycopg.Connection[Any]:
        """The live tables."""
        return live.connect(self.settings.database_url)

    def _run(self, program: str, work: Callable[[], None], crashes: Iterable[Crashes]) -> None:
        for crash in crashes:
            try:
                with crash.during(program):
                    work()
            except Crash:
                self.crashed += 1
        work()

    def _connected(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.settings.database_url, autocommit=True)


def encoded(report: Report) -> bytes:
    """The report as it lies on Kafka."""
    return schema(report.schema).encode(report.fields)


def _key(report: Report) -> bytes:
    from connectors.incoming.rows import Report as Row  # noqa: PLC0415

    return report_key(Row(1, report.schema, report.fields))
