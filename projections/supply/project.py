"""The projection `supply`: facts of events.supply into deliveries and the ledger of their sums."""

from collections.abc import Mapping
from typing import Any

import polars as pl
from psycopg import Connection

from projections.fill import copy_into, replace_rows
from projections.projection import Batch
from projections.supply.count import FULL, SCHEMA, WITHDRAWN, facts_of, fold
from projections.supply.table import ANSWERS, DELIVERY_COLUMNS, HELD, INDEXES, TABLES
from register.definitions import late_after_days
from register.topics import SUPPLY

_FACT = ("stock_id", "delivery_id", "version", "recorded_at", "cause")
_WHOLE = (*_FACT, *(name for name in DELIVERY_COLUMNS if name not in (*_FACT, "is_true")))


class Supply:
    """Doses dispatched and received by region, product and week: deliveries as they are, and how they became so."""

    name = "supply"
    topics: tuple[str, ...] = (SUPPLY,)
    reads: Mapping[str, tuple[str, ...]] = dict.fromkeys(FULL, _WHOLE) | {WITHDRAWN: _FACT}

    def create_tables(self, conn: Connection[Any]) -> None:
        """Empty tables, without what slows a first filling down."""
        conn.execute(TABLES)

    def create_indexes(self, conn: Connection[Any]) -> None:
        """The key of deliveries, and the ledger by the day known."""
        conn.execute(INDEXES)

    def project(self, conn: Connection[Any], batch: Batch) -> None:
        """Fold a round of facts into the tables. Facts seen before change nothing."""
        facts = facts_of(batch.frames)
        if facts.is_empty():
            return
        deliveries, changes = fold(_stocks(conn, facts), facts, late_after_days())
        replace_rows(conn, "deliveries", ("stock_id", "delivery_id"), deliveries)
        copy_into(conn, "supply_ledger", changes)

    def rebuild(self, conn: Connection[Any], batch: Batch) -> None:
        """Fill the empty tables from every fact there is; the same rows as `project` would leave."""
        deliveries, changes = fold(SCHEMA.to_frame(), facts_of(batch.frames), late_after_days())
        copy_into(conn, "deliveries", deliveries)
        copy_into(conn, "supply_ledger", changes)

    def tables(self) -> Mapping[str, str]:
        """What live and rebuilt must agree on."""
        return HELD

    def answers(self) -> Mapping[str, str]:
        """Deliveries that hold, and their sums."""
        return ANSWERS


def _stocks(conn: Connection[Any], facts: pl.DataFrame) -> pl.DataFrame:
    """Every delivery of the stocks that these facts are about, as it is before them."""
    stocks = facts["stock_id"].unique().to_list()
    columns = ", ".join(f'"{name}"' for name in DELIVERY_COLUMNS)
    rows = conn.execute(f"SELECT {columns} FROM deliveries WHERE stock_id = ANY(%s)", [stocks]).fetchall()
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
