"""A register's write side with servers of its own, and reports to put in."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
import pytest
from kafka import KafkaAdminClient

from register import store
from register.entitled import let, restricted
from register.settings import Settings
from register.vault import Keys

NOW = datetime(2021, 6, 1, 10, tzinfo=UTC)


@pytest.fixture
def settings(fresh_database: str, kafka_address: str) -> Settings:
    """A register in which nothing has happened: an empty database and a broker without its topics."""
    delete_topics(kafka_address)
    store.create_tables(fresh_database)
    with psycopg.connect(fresh_database) as conn:
        for sender in ("north", "south", "west", "last", "clinic"):
            let(conn, sender, restricted())
    keys = Keys(os.urandom(32), os.urandom(32))
    return Settings(fresh_database, (kafka_address,), keys, lambda: NOW, partitions=2)


def delete_topics(kafka_address: str) -> None:
    """Forget everything on every topic, also on those that other tests left behind."""
    admin = KafkaAdminClient(bootstrap_servers=kafka_address)
    try:
        if there := [name for name in admin.list_topics() if not name.startswith("__")]:
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
