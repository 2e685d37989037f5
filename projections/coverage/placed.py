"""The cell that each counted dose falls in: where its person lived that day, the level it brought, the week."""

import numpy as np
import polars as pl

from projections.coverage.counting import Counting, Ints, levels, lived_at
from register.definitions import UNKNOWN

CELL = ("area", "deso", "birth_year", "sex", "disease", "dose", "product", "week")


def placed(doses: pl.DataFrame, homes: pl.DataFrame, by: Counting) -> pl.DataFrame:
    """Doses with the cell that each counts in; `group` tells whose doses and homes belong together.

    Doses are sorted by group, disease, day and id; `persons` is 1 where the dose raised the level.
    """
    groups = doses["group"].to_numpy()
    disease = doses["disease"].to_numpy().astype(np.int64)
    given = _days(doses["given_on"])
    starts = np.ones(len(doses), dtype=np.bool_)
    starts[1:] = (groups[1:] != groups[:-1]) | (disease[1:] != disease[:-1])
    level, rose = levels(starts, given, disease, by.rules)
    homes = homes.sort("group", "on")
    home = lived_at(groups, given, homes["group"].to_numpy(), _days(homes["on"]))
    at = pl.Series(np.where(home < 0, len(homes), home))
    unknown = pl.DataFrame({"area": [0], "deso": [0]}, schema={"area": pl.Int32, "deso": pl.Int32})
    places = pl.concat([homes.select("area", "deso"), unknown])
    return doses.with_columns(
        places["area"].gather(at),
        places["deso"].gather(at),
        pl.col("birth_year").fill_null(UNKNOWN),
        pl.col("sex").fill_null(UNKNOWN),
        pl.Series("dose", level).cast(pl.Int16),
        pl.Series("persons", rose).cast(pl.Int64),
        (pl.col("given_on").dt.iso_year() * 100 + pl.col("given_on").dt.week()).cast(pl.Int32).alias("week"),
    )


def _days(dates: pl.Series) -> Ints:
    return dates.cast(pl.Int32).to_numpy().astype(np.int64)
