"""The question: how many doses came to which region, of which product, in which week, as known on a day."""

from datetime import date
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row

QUESTION = """
SELECT region, product, week, event, sum(doses)::bigint AS doses FROM supply_ledger
WHERE day_known <= coalesce(%(known_on)s::date, 'infinity') AND region = coalesce(%(region)s, region)
GROUP BY region, product, week, event HAVING sum(doses) <> 0
ORDER BY region, product, week, event
"""


class SupplyRow(NamedTuple):
    """Doses of one product that one region was sent (dispatched) or got (received) in an ISO week, yyyyww."""

    region: str
    product: str
    week: int
    event: str
    doses: int


def supply(conn: Connection[Any], *, known_on: date | None = None, region: str | None = None) -> list[SupplyRow]:
    """Doses by region, product and week as known at the end of a day; without a day, as known now."""
    with conn.cursor(row_factory=class_row(SupplyRow)) as cursor:
        return cursor.execute(QUESTION, {"known_on": known_on, "region": region}).fetchall()
