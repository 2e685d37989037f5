"""Changes of counts into the ledger, and their sums into the current cells; and what is kept of persons' own lines."""

from typing import Any

import polars as pl
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from projections.coverage.booked import Booked
from projections.coverage.cells import cells_of
from projections.coverage.changes import KEY, OWN_LINES
from projections.coverage.table import CELL_KEY
from projections.fill import copy_into

_ADD = """
INSERT INTO coverage AS held ({key}, persons, doses) SELECT {key}, persons, doses FROM pg_temp.added
ON CONFLICT ({key}) DO UPDATE SET persons = held.persons + excluded.persons, doses = held.doses + excluded.doses
"""


_EARLIER = f"""
SELECT person_id, {", ".join(KEY)}, sum(persons)::bigint, sum(doses)::bigint FROM coverage_earlier
WHERE person_id = ANY(%s) GROUP BY person_id, {", ".join(KEY)}
"""


def earlier_of(conn: Connection[Any], persons: pl.DataFrame) -> pl.DataFrame:
    """What is kept of these persons' lines, as it stands before the batch."""
    if persons.is_empty():
        return OWN_LINES
    rows = conn.execute(_EARLIER, [persons["person_id"].to_list()]).fetchall()
    return pl.DataFrame(rows, schema=OWN_LINES.schema, orient="row")


def add(conn: Connection[Any], booked: Booked) -> None:
    """Append the lines to the ledger and add them to the cells.

    In the order of the cells' key, so that no two processes that write at once wait for each other.
    """
    copy_into(conn, "coverage_earlier", booked.earlier)
    changes = booked.ledger
    if changes.is_empty():
        return
    copy_into(conn, "coverage_ledger", changes)
    conn.execute("CREATE TEMP TABLE added (LIKE coverage) ON COMMIT DROP")
    copy_into(conn, "added", cells_of(changes))
    conn.execute(SQL(_ADD).format(key=SQL(", ").join(map(Identifier, CELL_KEY))))
    conn.execute("DROP TABLE pg_temp.added")
