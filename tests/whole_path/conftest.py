"""Registers in which nothing has happened yet, one after the other on the same servers."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from register import store
from register.settings import Settings
from tests.whole_path.at_work import AtWork
from tests.whole_path.in_memory import KEYS
from tests.whole_path.worlds import SENDERS
from tests.write_side.conftest import delete_topics

NewRegister = Callable[[], AbstractContextManager[AtWork]]


@pytest.fixture
def new_register(database_url: str, kafka_address: str) -> NewRegister:
    """A register of its own for every example of a test."""

    @contextmanager
    def made() -> Iterator[AtWork]:
        delete_topics(kafka_address)
        name = f"whole-{uuid.uuid4().hex[:12]}"
        with psycopg.connect(database_url, autocommit=True) as server:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            try:
                address = make_conninfo(database_url, dbname=name)
                store.create_tables(address)
                now = datetime(2022, 6, 1, tzinfo=UTC)
                register = AtWork(Settings(address, (kafka_address,), KEYS, lambda: now, partitions=2))
                register.add(SENDERS)
                yield register
            finally:
                server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    return made
