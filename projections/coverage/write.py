"""Changes of counts into the ledger, and their sums into the current cells."""

from typing import Any

import polars as pl
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from projections.coverage.cells import cells_of
from projections.coverage.table import CELL_KEY
from projections.fill import copy_into

_ADD = """
INSERT INTO coverage AS held ({key}, persons, doses) SELECT {key}, persons, doses FROM pg_temp.added
ON CONFLICT ({key}) DO UPDATE SET persons = held.persons + excluded.persons, doses = held.doses + excluded.doses
"""


def add(conn: Connection[Any], changes: pl.DataFrame) -> None:
    """Append the lines to the ledger and add them to the cells.

    In the order of the cells' key, so that no two processes that write at once wait for each other.
    """
    if changes.is_empty():
        return
    copy_into(conn, "coverage_ledger", changes)
    conn.execute("CREATE TEMP TABLE added (LIKE coverage) ON COMMIT DROP")
    copy_into(conn, "added", cells_of(changes))
    conn.execute(SQL(_ADD).format(key=SQL(", ").join(map(Identifier, CELL_KEY))))
    conn.execute("DROP TABLE pg_temp.added")
