"""A log of facts on a real broker, and the smallest projection of it."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl
import pytest
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient

from projections import log_reader
from projections.columnar import decode
from register.record_batches import partition_of
from schemas import Record
from tests.projections.fact_counts import FactCounts
from tests.projections.facts import encoded

PARTITIONS = 4


@dataclass
class Log:
    """A topic with four partitions."""

    address: str
    topic: str
    producer: KafkaProducer
    projection: FactCounts

    @property
    def kafka(self) -> dict[str, object]:
        return {"bootstrap_servers": self.address}

    def tell(self, facts: Iterable[tuple[str, Record]]) -> int:
        """Write facts down; they are there when this returns how many they were."""
        count = 0
        for fact in facts:
            self.tell_bytes(*encoded(fact))
            count += 1
        self.producer.flush()
        return count

    def out_of_order(self) -> int:
        """Facts that do not follow their person's fact before; none, or it is not the projections that are tested."""
        ends = log_reader.ends(self.kafka, [self.topic])
        [batches] = log_reader.read(self.kafka, {}, ends, sys.maxsize)
        parts = [decode(*place, found, self.projection.reads) for place, found in batches.items()]
        facts = pl.concat(frame for part in parts for frame in part.frames.values()).sort("_partition", "_offset")
        before = facts.select("version", before=pl.col("version").shift(1, fill_value=0).over("person_id"))
        return before.filter(pl.col("version") != pl.col("before") + 1).height

    def tell_bytes(self, key: bytes, value: bytes) -> None:
        self.producer.send(self.topic, key=key, value=value, partition=partition_of(key, PARTITIONS))


@pytest.fixture
def log(kafka_address: str, unique_name: str) -> Iterator[Log]:
    """An empty log of its own for each test."""
    admin = KafkaAdminClient(bootstrap_servers=kafka_address)
    admin.create_topics({unique_name: {"num_partitions": PARTITIONS, "replication_factor": 1}}, wait_for_metadata=True)
    admin.close()
    # With more than one request in flight, a batch that is sent again can come after later ones.
    settings = {"compression_type": "zstd", "linger_ms": 5, "max_in_flight_requests_per_connection": 1}
    producer = KafkaProducer(bootstrap_servers=kafka_address, **settings)
    yield Log(kafka_address, unique_name, producer, FactCounts(unique_name))
    producer.close()
