"""Somebody who sends reports all the time, and each again until Kafka has confirmed it.

    python -m tests.whole_path.load ADDRESS SEED

Ends when standard input does, and then prints how many of `said(SEED)` were confirmed.
"""

import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from random import Random

from kafka import KafkaProducer
from kafka.errors import KafkaError

from tests.whole_path.at_work import encoded
from tests.whole_path.worlds import Report, a_change, a_dose, somebody

PEOPLE = [somebody(n) for n in range(280)]
DAYS = ("2021-01-04", "2021-02-15", "2021-09-01", "2021-10-27")
AT_ONCE = 40
PAUSE = 0.05  # seconds


def said(seed: int) -> Iterator[Report]:
    """Homes, doses, corrections and withdrawals of a few hundred people, without end, in the order of time."""
    random = Random(seed)
    for sequence in count():
        at = datetime(2021, 1, 1, tzinfo=UTC) + timedelta(seconds=sequence)
        person, which = random.choice(PEOPLE), random.randrange(4)
        if random.random() < 0.2:
            since, home = random.choice(("2000-01-01", "2021-03-01")), random.choice(("2480", "0180", "1480"))
            yield a_change(person, at, "moved", since, municipality=home)
        else:
            yield a_dose(
                person,
                at,
                unique_reference=f"{PEOPLE.index(person)}-{sequence % 3}-{which}",
                given_on=DAYS[which],
                product_name=random.choice(("Comirnaty", "Moderna")),
                nullified=random.random() < 0.1,
            )


def send(address: str, seconds: float, reports: Iterator[Report], again: list[Report]) -> Iterator[int]:
    """Numbers of reports confirmed, batch by batch; `again` keeps those of which it is not known."""
    producer = KafkaProducer(
        bootstrap_servers=address,
        acks="all",
        request_timeout_ms=3_000,
        delivery_timeout_ms=10_000,
        allow_auto_create_topics=False,
        metrics_enabled=False,
    )
    try:
        while True:
            again[:] = again or islice(reports, AT_ONCE)
            sent = [producer.send(f"reports.{one.sender}", key=key(one), value=encoded(one)) for one in again]
            for each in sent:
                each.get(timeout=seconds)
            count_of_these = len(again)
            again.clear()
            yield count_of_these
    finally:
        producer.close(timeout=1)


def key(report: Report) -> bytes:
    """One person's reports lie on one partition."""
    return str(report.fields["identity_value"]).encode()


def stop_with_input(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()


def main(address: str, seed: int) -> None:
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    stop = threading.Event()
    threading.Thread(target=stop_with_input, args=(stop,), daemon=True).start()
    reports, confirmed = said(seed), 0
    waiting: list[Report] = []
    while waiting or not stop.is_set():
        # A producer that once failed to deliver may never deliver again: so a new one after each failure.
        with suppress(KafkaError):
            for number in send(address, 12, reports, waiting):
                confirmed += number
                time.sleep(PAUSE)
                if stop.is_set():
                    break
    print(confirmed)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
