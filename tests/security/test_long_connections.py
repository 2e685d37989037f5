"""Connections that stay open: they say again who they are, lose nothing meanwhile, and end with their key."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError

from register import senders
from register.servers.hosting import hosted
from register.servers.kafka import Kafka
from register.settings import Settings
from tests.security.conftest import Broker

AGAIN_AFTER = 2  # seconds, instead of ten minutes


class Hurried(Kafka):
    """A broker that asks again soon."""

    def _told(self, ports: dict[str, int]) -> str:
        told = super()._told(ports)
        hurried = told.replace("connections.max.reauth.ms=600000", f"connections.max.reauth.ms={AGAIN_AFTER * 1000}")
        assert hurried != told
        return hurried


@pytest.fixture(scope="module")
def broker(lasting_folder: Path) -> Iterator[Broker]:
    server = Hurried(lasting_folder / "hurried", secured=True)
    with hosted([server]) as [address]:
        yield Broker(server, address)


@pytest.mark.usefixtures("with_senders")
def test_a_connection_that_is_asked_again_loses_nothing(broker: Broker) -> None:
    producer = KafkaProducer(**broker.clients("relay"), enable_idempotence=True, acks="all", metrics_enabled=False)
    consumer = KafkaConsumer(
        "receipts.north",
        **broker.clients("sender.north"),
        group_id="sender.north.desk",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        metrics_enabled=False,
    )
    sent: list[bytes] = []
    heard: list[bytes] = []
    try:
        until = monotonic() + 4 * AGAIN_AFTER
        while monotonic() < until:
            sent.append(b"receipt %d" % len(sent))
            producer.send("receipts.north", key=b"k", value=sent[-1]).get(20)
            heard += polled(consumer, 0)
        while len(heard) <= len(sent) and (more := polled(consumer, 3_000)):
            heard += more
    finally:
        producer.close(timeout=5)
        consumer.close(autocommit=False)
    assert len(sent) > 100
    assert heard == [b"x", *sent]


def test_a_connection_with_a_key_that_was_replaced_ends(broker: Broker, with_senders: Settings) -> None:
    with broker.producer("sender.south") as producer:
        producer.send("reports.south", key=b"k", value=b"before").get(10)
        senders.give_key(with_senders, "south")
        until = monotonic() + 10 * AGAIN_AFTER
        while goes_through(producer) and monotonic() < until:
            sleep(0.1)
        assert not goes_through(producer)
    broker.write("sender.south", "reports.south")


def goes_through(producer: KafkaProducer) -> bool:
    """Whether Kafka takes a report on this connection."""
    try:
        producer.send("reports.south", key=b"k", value=b"x").get(5)
    except KafkaError:
        return False
    return True


@pytest.mark.usefixtures("with_senders")
def test_the_brokers_log_tells_what_was_denied_to_whom(broker: Broker) -> None:
    with pytest.raises(KafkaError):
        broker.write("intake", "events.people")
    log = broker.server.log.read_text()
    assert any("User:intake is Denied" in line and "events.people" in line for line in log.splitlines())


def polled(consumer: KafkaConsumer, wait: int) -> list[bytes]:
    return [record.value for records in consumer.poll(timeout_ms=wait).values() for record in records]
