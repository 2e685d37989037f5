"""A register at work on real servers, to be told of made-up people."""

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from kafka import TopicPartition

from register import store, topics
from register.identities.number import PERSONAL_ROOT, Identity, parse_identity
from register.settings import Settings
from register.store import FactRecorder
from tests.whole_path.at_work import AtWork
from tests.whole_path.in_memory import KEYS
from tests.write_side.builders import a_person_number, send
from tests.write_side.conftest import delete_topics

NOW = datetime(2021, 6, 1, 10, tzinfo=UTC)
SENDERS = ("north", "south")


class Register(AtWork):
    """The register, told in bytes as they lie on Kafka."""

    def told(self, sender: str, *values: bytes) -> None:
        """Send reports, which are not decided yet."""
        topic = topics.reports(sender)
        send(self.settings, topic, *values)
        with_ends = self.ends(topic)
        self.sent |= {place: end for place, end in with_ends.items() if end}

    def ends(self, topic: str) -> dict[TopicPartition, int]:
        """Where the partitions of a topic end."""
        from projections import log_reader  # noqa: PLC0415

        return log_reader.ends(self.settings.kafka("test"), [topic])

    def does_all(self) -> None:
        """Decide, publish and project whatever was sent."""
        self.decide(NOW.date())
        self.publish()
        self.project()

    def hashes(self) -> dict[str, tuple[str, str]]:
        """Every projection's table: its hash as it is, and built anew from the log."""
        return {table.name: (str(table.live), str(table.rebuilt)) for table in self.rebuild().tables}


@pytest.fixture
def settings(fresh_database: str, kafka_address: str) -> Settings:
    """An empty register."""
    delete_topics(kafka_address)
    store.create_tables(fresh_database)
    return Settings(fresh_database, (kafka_address,), KEYS, lambda: NOW, partitions=2)


@pytest.fixture
def register(settings: Settings) -> Register:
    """The same with two senders."""
    made = Register(settings)
    made.add(SENDERS)
    return made


@pytest.fixture
def conn(settings: Settings) -> Iterator[psycopg.Connection]:
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def recorder(settings: Settings) -> Iterator[FactRecorder]:
    opened = store.open_recorder(settings.database_url)
    yield opened
    opened.datastore.close()


def identity(number: int) -> Identity:
    """The identity of the person with this running number."""
    found = parse_identity(PERSONAL_ROOT, a_person_number(number), today=NOW.date())
    assert isinstance(found, Identity)
    return found
