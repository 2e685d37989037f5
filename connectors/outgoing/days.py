"""Which days the dashboard can go back to: those on which the ledger came to know something."""

from datetime import date, timedelta
from typing import Any

from psycopg import Connection

from projections.live import live_schema

_FIRST = "SELECT min(day_known), max(day_known) FROM coverage_ledger"
# From the last day seen on: the index by day then passes all older rows by.
_LATER = "SELECT max(day_known) FROM coverage_ledger WHERE day_known >= %s"

Days = tuple[date, date]


class KnownDays:
    """The first and the last day; asks only for what is newer than it has seen, until a rebuild starts afresh."""

    def __init__(self) -> None:
        self._seen: tuple[str, Days] | None = None

    def __call__(self, conn: Connection[Any], today: date) -> Days:
        """From the first day known to the Sunday of the last one's week, or today if that Sunday is to come."""
        schema = live_schema(conn)
        if self._seen is None or self._seen[0] != schema:
            row = conn.execute(_FIRST).fetchone()
            if row is None or row[0] is None:
                return today, today
            days: Days = (row[0], row[1])
        else:
            first, last = self._seen[1]
            row = conn.execute(_LATER, [last]).fetchone()
            days = (first, row[0] if row and row[0] else last)
        self._seen = (schema, days)
        # A change of the rules has lines of days to come: nobody knows today what will be known then.
        last = min(days[1], max(days[0], today))
        # Cells are by week: not until its Sunday do the figures hold the doses of a week.
        sunday = last + timedelta(days=7 - last.isoweekday())
        return days[0], max(last, min(sunday, today))
