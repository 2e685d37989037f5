"""What each fact about a delivery changes in the sums: pure, over columns, fact by fact.

The result is the same for any cut of the facts into rounds: a delivery's contribution depends on nothing but the
delivery itself, so each fact takes back what the one before it had given and adds its own.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from projections.supply.table import DELIVERY_COLUMNS, LEDGER_COLUMNS

FULL = ("DeliveryRecorded.v1", "DeliveryCorrected.v1", "DeliveryReinstated.v1")
WITHDRAWN = "DeliveryWithdrawn.v1"

_DELIVERY = ["stock_id", "delivery_id"]
_WHAT_IT_SAYS = ("event", "on", "region", "unit", "product", "batch", "doses", "best_before")
SCHEMA = pl.Schema(
    {
        "stock_id": pl.Int64,
        "delivery_id": pl.Int64,
        "version": pl.Int64,
        "is_true": pl.Boolean,
        "event": pl.String,
        "on": pl.Date,
        "region": pl.String,
        "unit": pl.String,
        "product": pl.String,
        "batch": pl.String,
        "doses": pl.Int64,
        "best_before": pl.Date,
    }
)


def facts_of(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """All facts about deliveries as rows of what holds after them; a fact that came twice stands once."""
    said = [
        frames[name].select(
            *_DELIVERY, "version", "recorded_at", "cause", *_WHAT_IT_SAYS, pl.lit(True).alias("is_true")
        )
        for name in FULL
        if name in frames
    ]
    if WITHDRAWN in frames:
        withdrawn = frames[WITHDRAWN].select(*_DELIVERY, "version", "recorded_at", "cause")
        said.append(withdrawn.with_columns(is_true=pl.lit(False)))
    if not said:
        return pl.DataFrame(schema={**SCHEMA, "recorded_at": pl.Datetime("us", "UTC"), "cause": pl.String})
    return pl.concat(said, how="diagonal_relaxed").unique(["stock_id", "version"], keep="any")


def fold(
    before: pl.DataFrame, facts: pl.DataFrame, late: Sequence[tuple[date, int]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(deliveries as they are after the facts, changes of the sums); `before` holds the stocks the facts touch.

    `late`: from which day known, a delivery is late so many days after its own day.
    """
    seen = before.group_by("stock_id").agg(pl.col("version").max().alias("seen"))
    new = (
        facts.join(seen, on="stock_id", how="left")
        .filter(pl.col("seen").is_null() | (pl.col("version") > pl.col("seen")))
        .drop("seen")
    )
    touched = before.join(new.select(_DELIVERY).unique(), on=_DELIVERY, how="semi")
    states = pl.concat([touched, new], how="diagonal_relaxed").sort(*_DELIVERY, "version")
    # A withdrawal says nothing of the delivery: what was said last still describes it.
    states = states.with_columns(pl.col(*_WHAT_IT_SAYS[:-1]).forward_fill().over(_DELIVERY), _best_before())
    after = states.unique(_DELIVERY, keep="last", maintain_order=True).select(DELIVERY_COLUMNS)
    return after, _changes(states, late)


def _best_before() -> pl.Expr:
    # Not known is an answer too, so only a withdrawal takes over what stood before it.
    last_said = pl.when("is_true").then(pl.int_range(pl.len())).forward_fill()
    return pl.col("best_before").gather(last_said.fill_null(0)).over(_DELIVERY)


def _changes(states: pl.DataFrame, late: Sequence[tuple[date, int]]) -> pl.DataFrame:
    cells = ["event", "region", "product", "week"]
    states = states.with_columns(
        (pl.col("on").dt.iso_year().cast(pl.Int32) * 100 + pl.col("on").dt.week()).alias("week"),
        pl.col("recorded_at").dt.convert_time_zone("Europe/Stockholm").dt.date().alias("day_known"),
        pl.col("doses") * pl.col("is_true"),
    ).with_columns(pl.col("doses", *cells).shift().over(_DELIVERY).name.suffix("_before"))
    too_late = (pl.col("day_known") - pl.col("on")).dt.total_days() > _days_in_force(late)
    new_or_late = pl.when(too_late).then(pl.lit("late")).otherwise(pl.lit("new"))
    cause = pl.when(pl.col("cause") != "reported").then("cause").otherwise(new_or_late)
    # The rows that stood there before have no `recorded_at`: they are where a change starts, not changes.
    states = states.filter(pl.col("recorded_at").is_not_null()).with_columns(cause=cause)
    given = states.filter(pl.col("doses").is_not_null()).select(LEDGER_COLUMNS)
    taken = states.filter(pl.col("doses_before").is_not_null()).select(
        "day_known", "cause", *(pl.col(f"{cell}_before").alias(cell) for cell in cells), doses=-pl.col("doses_before")
    )
    return (
        pl.concat([given, taken.select(LEDGER_COLUMNS)])
        .group_by("day_known", "cause", *cells)
        .agg(pl.col("doses").sum())
        .filter(pl.col("doses") != 0)
        .select(LEDGER_COLUMNS)
        .sort(LEDGER_COLUMNS)
    )


def _days_in_force(late: Sequence[tuple[date, int]]) -> pl.Expr:
    days = pl.lit(None, pl.Int64)
    for valid_from, value in late:
        days = pl.when(pl.col("day_known") >= valid_from).then(pl.lit(value)).otherwise(days)
    return days
