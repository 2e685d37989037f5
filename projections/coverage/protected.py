"""Where a protected person counts: a municipality or DeSO that their grade hides becomes an unknown one, on every day.

So the place vanishes from all answers, also from those as known on a day before the protection, and all sums stay:
in the region exactly, in its unknown municipality, in no DeSO. When the protection ends, the place comes back.
"""

import polars as pl

from projections.coverage.changes import taken_back
from projections.people.protection import DESO, MUNICIPALITY

PROTECTS = pl.DataFrame(schema={"person_id": pl.Int64, "protects": pl.Int16})


def masked(lines: pl.DataFrame, protects: pl.DataFrame) -> pl.DataFrame:
    """Lines (with `person_id`) as they may be counted; `protects` says of protected persons what their grade hides."""
    if protects.is_empty():
        return lines
    joined = lines.join(protects, on="person_id", how="left", maintain_order="left")
    hidden = pl.col("protects").fill_null(0)
    no_municipality, no_deso = (hidden & MUNICIPALITY) > 0, (hidden & (DESO | MUNICIPALITY)) > 0
    area, deso = pl.col("area"), pl.col("deso")
    return joined.with_columns(
        pl.when(no_municipality).then(area // 100 * 100).otherwise(area).cast(lines.schema["area"]).alias("area"),
        pl.when(no_deso).then(0).otherwise(deso).cast(lines.schema["deso"]).alias("deso"),
    ).drop("protects")


def protected(people: pl.DataFrame) -> pl.DataFrame:
    """The protected among these rows, and what their grade hides."""
    return people.filter(pl.col("protects") > 0).select(PROTECTS.columns)


def changed(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Persons of whom something else is hidden than before."""
    every = pl.concat([before, after]).select("person_id").unique()
    sides = every.join(before, on="person_id", how="left").join(after, on="person_id", how="left", suffix="_after")
    return sides.filter(pl.col("protects").fill_null(0) != pl.col("protects_after").fill_null(0)).select("person_id")


def moved(lines: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """What takes these lines from the cells where they were counted before to those where they are to be counted."""
    return pl.concat([taken_back(masked(lines, before)), masked(lines, after)])
