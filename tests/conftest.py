"""Real servers for the tests: containers where a Docker engine answers, else the embedded ones. Never none."""

import gc
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from docker import DockerClient
from docker.errors import DockerException
from psycopg import sql
from psycopg.conninfo import make_conninfo

from register.servers.errors import ServerUnavailable
from register.servers.hosting import hosted
from register.servers.kafka import Kafka
from register.servers.postgres import Postgres
from register.servers.server import Server
from tests.browsing import browser

__all__ = ["browser"]

KAFKA_IMAGE = "confluentinc/cp-kafka:7.9.0"
POSTGRES_IMAGE = "postgres:18"


# Files whose tests take minutes: begun first, so that at the end both processes have something to do.
LONG = ("whole_path/", "test_up", "write_side/test_kill", "security/", "privacy/", "demo/", "projections/test_kill")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; within a file and among the others the order stays."""

    def turn(item: pytest.Item) -> int:
        place = item.nodeid.removeprefix("tests/")
        return next((at for at, name in enumerate(LONG) if place.startswith(name)), len(LONG))

    items.sort(key=turn)


@pytest.fixture(scope="session")
def docker_answers() -> bool:
    """Is there a Docker engine? Asked once."""
    answers = False
    with warnings.catch_warnings():
        # Where nobody answers, the Docker client leaves its socket open: swept up before it counts as a mistake.
        warnings.simplefilter("ignore", ResourceWarning)
        with suppress(DockerException), closing(DockerClient.from_env(timeout=3)) as engine:
            answers = bool(engine.ping())
        gc.collect()
    return answers


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """An empty folder that PostgreSQL's user can step into, which pytest's own are closed to."""
    with _open_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def lasting_folder() -> Iterator[Path]:
    """Such a folder for all tests that want it."""
    with _open_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def kafka_address(docker_answers: bool) -> Iterator[str]:
    """A Kafka broker for all tests: use names of your own for topics (`unique_name`)."""
    if docker_answers:
        from testcontainers.community.kafka import KafkaContainer  # noqa: PLC0415

        with KafkaContainer(KAFKA_IMAGE).with_kraft() as kafka:
            yield kafka.get_bootstrap_server()
    else:
        with _open_folder() as folder:
            yield from _embedded(Kafka(folder / "kafka"))


@pytest.fixture(scope="session")
def database_url(docker_answers: bool) -> Iterator[str]:
    """A PostgreSQL server for all tests: take `fresh_database` to write into."""
    if docker_answers:
        from testcontainers.community.postgres import PostgresContainer  # noqa: PLC0415

        with PostgresContainer(POSTGRES_IMAGE, driver=None) as postgres:
            yield postgres.get_connection_url()
    else:
        with _open_folder() as folder:
            yield from _embedded(Postgres(folder / "postgres"))


@pytest.fixture
def fresh_database(database_url: str, unique_name: str) -> Iterator[str]:
    """The address of an empty database, for this test alone."""
    name = sql.Identifier(unique_name)
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield make_conninfo(database_url, dbname=unique_name)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture
def unique_name() -> str:
    """A name that no other test has: for a topic, a consumer group, a database."""
    return f"test-{uuid.uuid4().hex[:12]}"


def _embedded(server: Server) -> Iterator[str]:
    try:
        with hosted([server]) as [address]:
            yield address
    except ServerUnavailable as reason:
        pytest.fail(f"This test needs {server.name}: start Docker, or see to this. {reason}", pytrace=False)


@contextmanager
def _open_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="vaxreg-test-", dir="/var/tmp"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
