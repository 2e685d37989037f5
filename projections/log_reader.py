"""The log as it lies in Kafka, without a group: which partitions there are, where they end, and all that is in them."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from socket import create_connection
from time import monotonic
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.cluster import collect_hosts
from kafka.errors import KafkaConnectionError, KafkaTimeoutError

from projections.ahead import ahead
from projections.batches import RecordBatch, deliver_batches
from projections.positions import Positions

KafkaSettings = Mapping[str, Any]  # what every client is made with: bootstrap servers, client id, security
Batches = dict[TopicPartition, list[RecordBatch]]

READING = {
    "enable_auto_commit": False,
    # A position outside the log is never healed in silence: see LogLost.
    "auto_offset_reset": "none",
    "isolation_level": "read_committed",
    "allow_auto_create_topics": False,
    "metrics_enabled": False,
    "max_partition_fetch_bytes": 16 << 20,
    "fetch_max_bytes": 64 << 20,
    "fetch_max_wait_ms": 20,  # what comes meanwhile on another partition waits as long
    # Milliseconds. kafka-python waits up to 30 s before it knocks again at a broker that was gone.
    "bootstrap_timeout_ms": 10_000,
    "reconnect_backoff_max_ms": 1_000,
}
KNOCK = 2  # seconds for a broker to take a connection
PATIENCE = 60  # seconds without any record
BATCHES_A_POLL = 64


def is_read(topic: str, patterns: Sequence[str]) -> bool:
    """Is this topic one of these? `receipts.*` stands for every topic with that beginning."""
    return any(topic.startswith(each.removesuffix("*")) if each.endswith(".*") else topic == each for each in patterns)


def ends(kafka: KafkaSettings, patterns: Sequence[str]) -> dict[TopicPartition, int]:
    """The offset after the last record of every partition of these topics."""
    with _consumer(kafka) as asked:
        topics = [topic for topic in asked.topics() if is_read(topic, patterns)]
        places = [TopicPartition(topic, number) for topic in topics for number in asked.partitions_for_topic(topic)]
        return dict(asked.end_offsets(places)) if places else {}


def read(kafka: KafkaSettings, begins: Positions, until: Positions, most_rows: int) -> Iterator[Batches]:
    """Everything from `begins` (missing: 0) to `until`, about `most_rows` at a time, each partition in order.

    While one part is worked on the next is fetched.
    """
    return ahead(_read(kafka, dict(begins), until, most_rows))


def _read(kafka: KafkaSettings, begins: Positions, until: Positions, most_rows: int) -> Generator[Batches, None, None]:
    left = {place for place, end in until.items() if begins.get(place, 0) < end}
    if not left:
        return
    with _consumer(kafka) as reader:
        reader.assign(sorted(left))
        for place in left:
            reader.seek(place, begins.get(place, 0))
        found: Batches = {}
        rows, heard = 0, monotonic()
        while left:
            for place, batches in reader.poll(timeout_ms=500, max_records=BATCHES_A_POLL).items():
                wanted = [batch for batch in batches if batch.base_offset < until[place]]
                found.setdefault(place, []).extend(wanted)
                rows += sum(batch.count for batch in wanted)
                heard = monotonic()
                if batches[-1].next_offset >= until[place] and place in left:
                    left.remove(place)
                    reader.pause(place)
            if rows >= most_rows or (found and not left):
                yield found
                found, rows, heard = {}, 0, monotonic()  # what was read may have been worked on for long
            if monotonic() - heard > PATIENCE:
                raise KafkaTimeoutError(f"nothing came for {PATIENCE} seconds")


def consumer(kafka: KafkaSettings, **settings: Any) -> KafkaConsumer:
    """A consumer that delivers record batches; raises KafkaError where no broker answers.

    kafka-python 3.0.12 leaves a thread and its sockets behind for each consumer that found no broker when it was
    made. So while a broker is gone, none is made.
    """
    for host, port, _family in collect_hosts(kafka["bootstrap_servers"]):
        with suppress(OSError), create_connection((host, port), timeout=KNOCK):
            made = KafkaConsumer(**kafka, **READING, **settings)
            deliver_batches(made)
            return made
    raise KafkaConnectionError("no broker")


@contextmanager
def _consumer(kafka: KafkaSettings) -> Iterator[KafkaConsumer]:
    made = consumer(kafka)
    try:
        yield made
    finally:
        made.close()
