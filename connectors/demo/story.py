"""Why the agency's own sheets of one day disagree by 22 persons in seven regions, and how the demo plays them."""

from collections.abc import Sequence

import polars as pl

from connectors.demo.figures import published
from register.areas import region_names

UNKNOWN = "municipality unknown"
LATE = "dated after the figures end"


def differences(regions: Sequence[str]) -> pl.DataFrame:
    """One row per region and dose where the time series and the sheets by age and municipality differ, with a sentence.

    `played_as` is UNKNOWN or LATE. `people` counts persons with at least that many doses.
    """
    names = region_names()
    rows = []
    for region, dose, time_series, other_sheets, difference in published().differences.iter_rows():
        if region not in regions:
            continue
        many = abs(difference)
        whom = "1 person" if many == 1 else f"{many} persons"
        if difference > 0:
            played_as = UNKNOWN
            why = (
                f"{names[region]}: the time series has {whom} with at least {dose} dose{'s' * (dose > 1)} more than "
                f"the sheets by age, sex and municipality; played as people of whom only the region is known"
            )
        else:
            played_as = LATE
            why = (
                f"{names[region]}: the sheets by age, sex and municipality have {whom} with at least {dose} "
                f"dose{'s' * (dose > 1)} more than the time series; played as doses given in week 15"
            )
        rows.append((region, dose, time_series, other_sheets, difference, many, played_as, why))
    return pl.DataFrame(
        rows,
        schema={
            "region": pl.String,
            "dose": pl.Int64,
            "time_series": pl.Int64,
            "other_sheets": pl.Int64,
            "difference": pl.Int64,
            "people": pl.Int64,
            "played_as": pl.String,
            "why": pl.String,
        },
        orient="row",
    )
