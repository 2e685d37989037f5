"""A register of its own for tests of accesses, and readers in it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from register.access import Reader
from register.store import create_tables
from tests.access.people import Register

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

DOCTOR = Reader("dr-lind", "care-professional", "care", region="24", unit="SE2321000222-1001")
REVIEWER = Reader("rev-berg", "reviewer", "log-review")


@pytest.fixture
def register(fresh_database: str) -> Iterator[Register]:
    """A register with a log of accesses in which nothing stands yet."""
    create_tables(fresh_database)
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        yield Register(fresh_database, conn)


@pytest.fixture
def conn(register: Register) -> psycopg.Connection[Any]:
    """The connection of this test's register."""
    return register.conn
