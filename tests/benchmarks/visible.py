"""From a report to the number that people see: all services run, reports come steadily, a reader looks at coverage.

The reader asks every 5 ms how many doses stand in the tables of one week, in which nothing but these reports lies. The
k-th dose it sees is held against the k-th report sent.
"""

import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from threading import Event, Thread

import numpy as np
import psycopg
from kafka import KafkaProducer

from connectors.catching_up import published_ends
from projections import live, positions
from register import topics
from register.settings import Settings, settings_from
from tests.benchmarks.alone import service
from tests.benchmarks.write_side import SENDER
from tests.write_side.builders import a_dose_report, a_person_number

_LOOKS_EVERY = 0.005  # seconds
_PATIENCE = 60.0  # seconds
_GIVEN_ON, _WEEK = "2021-10-04", 202140
_FIRST_REFERENCE = 10_000_000
_WARM = 2_000  # reports before any is measured
_BORN = 1930
_SEEN = f"SELECT coalesce(sum(doses), 0)::bigint FROM coverage WHERE week = {_WEEK}"

Looks = list[tuple[float, int]]


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from sent to seen, the rate really sent (/s); of all services: peak MB, seconds on the processor."""

    p50: float
    p99: float
    longest: float
    rate: float
    peak_mb: float
    processor: float


def measure(env: Mapping[str, str], rate: int, seconds: float) -> Latency:
    """So many reports a second for so long."""
    settings = settings_from(env)
    producer = KafkaProducer(**settings.kafka("bench-clinic"), acks="all", linger_ms=0, metrics_enabled=False)
    reports = [_report(number) for number in range(_WARM + round(rate * seconds))]
    with ExitStack() as running:
        services = [running.enter_context(service(name, env)) for name in ("intake", "relay", "project")]
        until_projected(settings)
        with live.connect(settings.database_url) as conn:
            _send(producer, reports[:_WARM], rate)
            _until_seen(conn, _WARM)
            looks: Looks = []
            done = Event()
            reader = Thread(target=_look, args=(settings.database_url, looks, done))
            before = sum(each.processor for each in services)
            reader.start()
            sent = _send(producer, reports[_WARM:], rate)
            spent = sum(each.processor for each in services) - before
            try:
                _until_seen(conn, len(reports))
            finally:
                done.set()
                reader.join()
        producer.close()
        took = sent[-1] - sent[0]
        peak = sum(each.peak_mb for each in services)
    waited = _waited(sent, looks)
    p50, p99, longest = (float(1000 * np.quantile(waited, share)) for share in (0.5, 0.99, 1))
    return Latency(p50, p99, longest, (len(sent) - 1) / took, peak, spent)


def _report(number: int) -> tuple[bytes, bytes]:
    """One dose each, half of them for persons whom the register knows and half for new ones."""
    who = a_person_number(number if number % 2 else 500_000 + number, _BORN if number % 2 else 1850)
    reference = _FIRST_REFERENCE + number
    return who.encode(), a_dose_report(reference, identity_value=who, given_on=_GIVEN_ON, dose_number="")


def _send(producer: KafkaProducer, reports: list[tuple[bytes, bytes]], rate: int) -> list[float]:
    """Send steadily; returns when each was sent. Who falls behind does not hurry ahead of the clock."""
    sent, topic, begun = [], topics.reports(SENDER), time.perf_counter()
    for number, (key, value) in enumerate(reports):
        if (early := begun + number / rate - time.perf_counter()) > 0:
            time.sleep(early)
        sent.append(time.perf_counter())
        producer.send(topic, key=key, value=value)
    producer.flush()
    return sent


def _look(database_url: str, looks: Looks, done: Event) -> None:
    with live.connect(database_url) as conn:
        last = False
        while not last:
            last = done.wait(_LOOKS_EVERY)  # and once more then: all is there, but perhaps not seen here yet
            row = conn.execute(_SEEN).fetchone()
            looks.append((time.perf_counter(), row[0] - _WARM if row else 0))


def _waited(sent: list[float], looks: Looks) -> list[float]:
    """Seconds of the k-th report until the first look that saw k doses."""
    first = np.searchsorted([seen for _, seen in looks], np.arange(1, len(sent) + 1))
    return [looks[look][0] - at for at, look in zip(sent, first, strict=True)]


def _until_seen(conn: psycopg.Connection, doses: int) -> None:
    last = time.monotonic() + _PATIENCE
    while (row := conn.execute(_SEEN).fetchone()) and row[0] < doses:
        if time.monotonic() > last:
            raise TimeoutError(f"{row[0]:,} of {doses:,} doses after {_PATIENCE:g} s")
        time.sleep(0.02)


def until_projected(settings: Settings) -> None:
    """Wait for all that the benchmarks before left on the log."""
    last = time.monotonic() + 2 * _PATIENCE
    ends = published_ends(settings)
    with live.connect(settings.database_url) as conn:
        while any(positions.read(conn).get(place, 0) < end for place, end in ends.items()):
            if time.monotonic() > last:
                raise TimeoutError("the projections do not come to the end of the log")
            time.sleep(0.05)
