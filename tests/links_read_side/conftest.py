"""An empty register of people and pairs."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.links_read_side.facts import Conn, empty


@pytest.fixture
def register(fresh_database: str) -> Iterator[Conn]:
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        empty(conn)
        yield conn
