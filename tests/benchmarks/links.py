"""From a link to the number that people see: all services run, two people with five doses each become one.

One link after the other, each when the one before it is seen: the same doses then belong to one person fewer.
"""

import time
from collections.abc import Mapping
from contextlib import ExitStack

import numpy as np
import psycopg
from kafka import KafkaProducer

from projections import live
from register import topics
from register.settings import settings_from
from tests.benchmarks.alone import service
from tests.benchmarks.visible import Latency, until_projected
from tests.benchmarks.write_side import SENDER
from tests.write_side.builders import a_dose_report, a_link_report, a_person_number

PAIRS = 40
_DOSES = 5  # each
_FIRST = 900_000  # running number of the first person's first reference
_BORN = 1890  # in which year nobody else is
_YEAR = 2020  # in which, before its last week, nothing else was given
_LOOKS_EVERY = 0.005  # seconds
_PATIENCE = 60.0
_SEEN = f"""
SELECT coalesce(sum(doses), 0)::bigint, coalesce(sum(persons) FILTER (WHERE dose = 1), 0)::bigint
FROM coverage WHERE week BETWEEN {_YEAR}01 AND {_YEAR}52
"""


def measure(env: Mapping[str, str]) -> Latency:
    """Milliseconds from a link sent to one person fewer seen."""
    settings = settings_from(env)
    producer = KafkaProducer(**settings.kafka("bench-clinic"), acks="all", linger_ms=0, metrics_enabled=False)
    topic = topics.reports(SENDER)
    with ExitStack() as running:
        services = [running.enter_context(service(name, env)) for name in ("intake", "relay", "project")]
        until_projected(settings)
        for person in range(2 * PAIRS):
            for dose in range(_DOSES):
                producer.send(topic, key=b"bench", value=_dose(person, dose))
        producer.flush()
        with live.connect(settings.database_url) as conn:
            _until(conn, 2 * PAIRS)
            before = sum(each.processor for each in services)
            waited = []
            for pair in range(PAIRS):
                sent = time.perf_counter()
                kept, absorbed = _who(2 * pair), _who(2 * pair + 1)
                said = {"identity_value": kept, "absorbed_value": absorbed, "system_name": "Bench"}
                link = a_link_report(0, 1, **said)
                producer.send(topic, key=b"bench", value=link)
                producer.flush()
                _until(conn, 2 * PAIRS - pair - 1)
                waited.append(time.perf_counter() - sent)
            spent = sum(each.processor for each in services) - before
        producer.close()
        peak = sum(each.peak_mb for each in services)
    p50, p99, longest = (float(1000 * np.quantile(waited, share)) for share in (0.5, 0.99, 1))
    return Latency(p50, p99, longest, PAIRS / sum(waited), peak, spent)


def _dose(person: int, dose: int) -> bytes:
    """The two of a pair were given theirs on other days."""
    day = f"{_YEAR}-{2 + 2 * dose:02d}-{1 + 14 * (person % 2):02d}"
    reference = 100 * _FIRST + 10 * person + dose
    return a_dose_report(
        reference, identity_value=_who(person), given_on=day, dose_number="", system_name="Bench links"
    )


def _who(person: int) -> str:
    """The two of a pair are of one sex, and born on one day."""
    return a_person_number(38 * (person // 2) + 2 * (person % 2), _BORN)


def _until(conn: psycopg.Connection, persons: int) -> None:
    """All doses are seen, and so many people who have them."""
    last, wanted = time.monotonic() + _PATIENCE, (2 * PAIRS * _DOSES, persons)
    while (row := conn.execute(_SEEN).fetchone()) != wanted:
        if time.monotonic() > last:
            raise TimeoutError(f"{row} doses and people instead of {wanted} after {_PATIENCE:g} s")
        time.sleep(_LOOKS_EVERY)
