"""A broker that asks everybody who he is, with two senders; and clients of any user."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import TopicAuthorizationFailedError
from psycopg import sql
from psycopg.conninfo import make_conninfo

from register import senders, store, topics
from register.kafka_access.access import CA, Access, KeptPasswords, OneUser
from register.kafka_access.passwords import Password, kept
from register.servers.hosting import hosted
from register.servers.kafka import Kafka
from register.settings import Settings
from register.vault import Keys

NOW = datetime(2021, 6, 1, 10, tzinfo=UTC)
KEYS = Keys(b"v" * 32, b"l" * 32)
SENDERS = ("north", "south")
PATIENCE = 3_000  # milliseconds


class Broker:
    """A secured broker and everybody's password."""

    def __init__(self, server: Kafka, address: str) -> None:
        assert server.access
        self.server, self.address, self.folder = server, address, server.access

    def password(self, user: str) -> Password:
        return kept(self.folder, user)

    def access(self, user: str, password: str | None = None) -> OneUser:
        """As this user, as a program elsewhere would be it."""
        return OneUser(user, Password(password or self.password(user)), self.folder / CA)

    def clients(self, user: str, password: str | None = None) -> dict[str, Any]:
        return {"bootstrap_servers": [self.address], **self.access(user, password).of("test")}

    @contextmanager
    def admin(self, user: str, **more: Any) -> Iterator[KafkaAdminClient]:
        client = KafkaAdminClient(**self.clients(user), **more)
        try:
            yield client
        finally:
            client.close()

    def write(self, user: str, topic: str, value: bytes = b"x") -> int:
        """Where it stands now; raises what the broker says."""
        with self.producer(user) as producer:
            return int(producer.send(topic, key=b"k", value=value, partition=0).get(10).offset)

    @contextmanager
    def producer(self, user: str) -> Iterator[KafkaProducer]:
        producer = KafkaProducer(
            **self.clients(user),
            acks="all",
            enable_idempotence=False,  # what is refused is writing itself, and not the number that comes before it
            max_block_ms=PATIENCE,
            request_timeout_ms=PATIENCE,
            delivery_timeout_ms=PATIENCE + 1_000,
            metrics_enabled=False,
        )
        try:
            yield producer
        finally:
            producer.close(timeout=10)

    def read(self, user: str, topic: str, group: str | None = None) -> list[bytes]:
        """The first records of its first partition; raises what the broker says."""
        with self.admin(user) as asked:  # a consumer waits in silence for a topic that is kept from it
            if (told := asked.describe_topics([topic])[0]["error_code"]) == TopicAuthorizationFailedError.errno:
                raise TopicAuthorizationFailedError(topic)
            assert told == 0
        consumer = KafkaConsumer(
            **self.clients(user), group_id=group, enable_auto_commit=False, fetch_max_wait_ms=100, metrics_enabled=False
        )
        try:
            place = TopicPartition(topic, 0)
            consumer.assign([place])
            consumer.seek(place, 0)
            for _ in range(30):
                if found := consumer.poll(timeout_ms=200):
                    return [record.value for records in found.values() for record in records]
            return []
        finally:
            consumer.close(autocommit=False)


@pytest.fixture(scope="module")
def broker(lasting_folder: Path, request: pytest.FixtureRequest) -> Iterator[Broker]:
    server = Kafka(lasting_folder / request.module.__name__, secured=True)
    with hosted([server]) as [address]:
        yield Broker(server, address)


@pytest.fixture(scope="module")
def database(database_url: str) -> Iterator[str]:
    """A database for all tests of a module."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield make_conninfo(database_url, dbname=name)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def settings_as(broker: Broker, database: str) -> Callable[..., Settings]:
    """The register's settings as one user; without a user as an embedded register, whose parts are each their own."""
    store.create_tables(database)

    def settings(user: str | None = None) -> Settings:
        access: Access = broker.access(user) if user else KeptPasswords(broker.folder)
        return Settings(database, (broker.address,), KEYS, lambda: NOW, partitions=2, kafka_access=access)

    return settings


@pytest.fixture(scope="module")
def with_senders(broker: Broker, settings_as: Callable[..., Settings]) -> Settings:
    """Two senders, the topics of facts, and one record on every topic."""
    settings = settings_as()
    for name in SENDERS:
        senders.add(settings, name)
    topics.create(settings, topics.events())
    for topic in (*topics.events(), *topics.of_sender("north"), *topics.of_sender("south")):
        broker.write("admin", topic.name)
    return settings
