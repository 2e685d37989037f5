"""Facts about deliveries as the reader of events.supply hands them over: only what a test is about is said."""

from collections import defaultdict
from datetime import UTC, date, datetime, time
from typing import Any

import polars as pl

from projections.projection import Batch
from register.ids import stock_id

Fact = tuple[str, dict[str, Any]]

_FACT: dict[str, pl.DataType | type[pl.DataType]] = {
    "stock_id": pl.Int64,
    "delivery_id": pl.Int64,
    "version": pl.Int64,
    "recorded_at": pl.Datetime("us", "UTC"),
    "cause": pl.String,
}
_WHOLE: dict[str, pl.DataType | type[pl.DataType]] = _FACT | {
    "event": pl.String,
    "on": pl.Date,
    "region": pl.String,
    "unit": pl.String,
    "product": pl.String,
    "batch": pl.String,
    "doses": pl.Int64,
    "best_before": pl.Date,
}


def delivered(
    delivery: int = 1,
    *,
    version: int = 1,
    known: date = date(2021, 3, 3),
    cause: str = "reported",
    on: date = date(2021, 3, 1),
    event: str = "received",
    region: str = "24",
    product: str = "Comirnaty",
    batch: str = "X1",
    doses: int = 100,
    best_before: date | None = None,
) -> Fact:
    """A delivery as the register holds it from a day on; the cause says whether it was known before."""
    name = {"reported": "DeliveryRecorded.v1", "reinstated": "DeliveryReinstated.v1"}.get(cause, "DeliveryCorrected.v1")
    said = {"event": event, "on": on, "region": region, "unit": "", "product": product, "batch": batch}
    return name, _about(delivery, version, known, cause, stock_id(region, "", product, batch)) | said | {
        "doses": doses,
        "best_before": best_before,
    }


def taken_back(
    delivery: int = 1, *, version: int = 2, known: date = date(2021, 3, 20), product: str = "Comirnaty"
) -> Fact:
    """A delivery of batch X1 to region 24 that is not true any more."""
    return "DeliveryWithdrawn.v1", _about(delivery, version, known, "withdrawn", stock_id("24", "", product, "X1"))


def rounds(*facts: Fact) -> Batch:
    """One round with these facts."""
    by_schema: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for name, fields in facts:
        by_schema[name].append(fields)
    return Batch(
        {
            name: pl.DataFrame(rows, schema=_FACT if name == "DeliveryWithdrawn.v1" else _WHOLE)
            for name, rows in by_schema.items()
        }
    )


def _about(delivery: int, version: int, known: date, cause: str, stock: int) -> dict[str, Any]:
    noon = datetime.combine(known, time(12), UTC)
    return {"stock_id": stock, "delivery_id": delivery, "version": version, "recorded_at": noon, "cause": cause}
