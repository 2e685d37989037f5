"""A connection that counts what the database is asked."""

from typing import Any

import psycopg


class Asked(psycopg.Connection[Any]):
    """A connection that counts what it is asked."""

    count = 0

    def execute(self, *given: Any, **named: Any) -> Any:
        self.count += 1
        return super().execute(*given, **named)
