"""A register's write side with servers of its own, and reports to put in."""

import gc
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from kafka import KafkaAdminClient

from register import store
from register.settings import Settings
from register.vault import Keys

NOW = datetime(2021, 6, 1, 10, tzinfo=UTC)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """kafka-python leaves a socket open when a broker does not answer; only the garbage collector sees it."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"))
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))


def pytest_sessionfinish() -> None:
    """The same for those that only the end of all tests sets free."""
    _sweep_up_sockets()


@pytest.fixture(autouse=True)
def _sockets_swept_up() -> Iterator[None]:
    yield
    _sweep_up_sockets()


def _sweep_up_sockets() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        for _ in range(3):
            gc.collect()


@pytest.fixture
def settings(fresh_database: str, kafka_address: str) -> Settings:
    """A register in which nothing has happened: an empty database and a broker without its topics."""
    delete_topics(kafka_address)
    store.create_tables(fresh_database)
    keys = Keys(os.urandom(32), os.urandom(32))
    return Settings(fresh_database, (kafka_address,), keys, lambda: NOW, partitions=2)


def delete_topics(kafka_address: str) -> None:
    """Forget everything on the register's topics."""
    admin = KafkaAdminClient(bootstrap_servers=kafka_address)
    try:
        ours = ("events.", "reports.", "receipts.")
        if there := [name for name in admin.list_topics() if name.startswith(ours)]:
            admin.delete_topics(there)
    finally:
        admin.close()


@pytest.fixture
def running(settings: Settings) -> Callable[..., object]:
    """Run intake or the relay in a thread for as long as a `with` lasts."""

    @contextmanager
    def run(program: Callable[[Settings, threading.Event], None]) -> Iterator[None]:
        stop, failures = threading.Event(), []

        def work() -> None:
            try:
                program(settings, stop)
            except BaseException as failure:
                failures.append(failure)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(30)
            assert not thread.is_alive()
            assert not failures

    return run


@pytest.fixture
def conn(settings: Settings) -> Iterator[psycopg.Connection]:
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        yield connection
