"""How a command asks: one read-only connection to the live tables, and days as they are written."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from psycopg import Connection

from connectors.cli.failures import BrokenOption
from connectors.cli.register import register
from projections import live


@contextmanager
def live_register() -> Iterator[Connection[Any]]:
    """The live projections, in one transaction that sees one state and can change nothing."""
    with register() as settings, live.connect(settings.database_url) as conn, conn.transaction():
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield conn


def day(option: str, text: str | None) -> date | None:
    """The day that an option names; raises BrokenOption."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BrokenOption(f"{option} must be a day, YYYY-MM-DD") from None
