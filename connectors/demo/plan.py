"""How many people of which municipality, age, sex, birth year and number of doses the published figures ask for.

The whole nation is planned at once, which is a few thousand rows: so a region's people are the same whether it is
played alone or with the others, and the sums over all regions are exact.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from connectors.demo.figures import AGE_GROUPS, published
from connectors.demo.numbers import Ints, numbers_in
from register.areas import NATION, region_names

HOME_REGION = "24"
SEXES = ("F", "M")
OLDEST = 1916


@dataclass(frozen=True, slots=True)
class Plan:
    """People to make up, and where in the series for tests each region's numbers begin."""

    cells: pl.DataFrame  # region, municipality, age_group, sex, doses (1 or 2), persons
    first_slots: dict[str, Ints]  # region: (birth year - OLDEST, sex) -> first slot in the series


def birth_years(age_group: str) -> range:
    """Years whose people are in the age group by both definitions of age.

    The agency's sheets of the day lock age at 31 December 2020; a coverage query's usual age is the one reached by
    31 December of the year asked about, 2021. Nobody may change group between the two, so the year at the border of
    each group stays empty: 18–29 is born 1992–2002, where 1991 would turn 30 and 2003 was not yet 18.
    """
    if age_group == "90-":
        return range(OLDEST, 1931)
    youngest, oldest = (int(age) for age in age_group.split("-"))
    return range(2021 - oldest, 2020 - youngest + 1)


@cache
def plan() -> Plan:
    cells = _cells()
    return Plan(cells, _first_slots(cells))


def people_by_year(persons: int, age_group: str) -> Ints:
    """So many people spread over the birth years of their age group; beyond 90, each year older is a quarter fewer."""
    years = birth_years(age_group)
    fewer = 0.75 if age_group == "90-" else 1.0
    weights = fewer ** np.arange(len(years) - 1, -1, -1)
    upto = np.floor(persons * np.cumsum(weights) / weights.sum() + 0.5).astype(np.int64)
    upto[-1] = persons
    return np.asarray(np.diff(upto, prepend=0), np.int64)


def _cells() -> pl.DataFrame:
    figures = published()
    order = pl.DataFrame({"age_group": AGE_GROUPS, "age": range(len(AGE_GROUPS))})
    least = (
        figures.persons_by_municipality_age.pivot("dose", index=["municipality", "age_group"], values="persons")
        .join(order, on="age_group")
        .sort("municipality", "age")
    )
    # The sheet by sex is of the nation only. Running totals, rounded, spread its two ratios evenly over all cells:
    # each region's share is the nation's to within a person, and the last running total is the published number.
    women = figures.persons_by_sex.filter(pl.col("sex") == "F").sort("dose")["persons"].to_list()
    groups = []
    for doses, persons, of_them_women in (
        (1, least["1"] - least["2"], women[0] - women[1]),
        (2, least["2"], women[1]),
    ):
        both = persons.to_numpy().astype(np.int64)
        upto = (np.cumsum(both) * of_them_women + both.sum() // 2) // both.sum()
        in_cell = np.diff(upto, prepend=0)
        for sex, count in zip(SEXES, (in_cell, both - in_cell), strict=True):
            groups.append(
                least.select(
                    pl.col("municipality").str.head(2).alias("region"),
                    "municipality",
                    "age_group",
                    pl.lit(sex).alias("sex"),
                    pl.lit(doses).alias("doses"),
                    pl.Series("persons", count),
                )
            )
    return pl.concat([*groups, _only_the_region_known()]).filter(pl.col("persons") > 0)


def _only_the_region_known() -> pl.DataFrame:
    """People whom the time series has and the sheets by age, sex and municipality lack: none of the three is known."""
    more = published().differences.filter(pl.col("difference") > 0)
    by_doses = more.with_columns(
        # Those with two doses are among those with at least one.
        (pl.col("difference") - pl.col("difference").shift(-1).over("region").fill_null(0)).alias("persons")
    )
    return by_doses.select(
        "region",
        pl.col("region").alias("municipality"),
        pl.lit(None, pl.String).alias("age_group"),
        pl.lit(None, pl.String).alias("sex"),
        pl.col("dose").cast(pl.Int32).alias("doses"),
        "persons",
    )


def _first_slots(cells: pl.DataFrame) -> dict[str, Ints]:
    """Who comes first to the series for tests: the region that is played by default, then the small before the large.

    So the default demo, and most regions, play mostly with real-looking numbers, and the largest with reserve numbers.
    """
    counts: dict[str, Ints] = {code: np.zeros((2003 - OLDEST, 2), np.int64) for code in region_names()}
    known = cells.filter(pl.col("age_group").is_not_null())
    for region, age_group, sex, persons in (
        known.group_by("region", "age_group", "sex").agg(pl.col("persons").sum()).iter_rows()
    ):
        years = birth_years(age_group)
        spread = people_by_year(persons, age_group)
        counts[region][years.start - OLDEST : years.stop - OLDEST, SEXES.index(sex)] = spread
    order = sorted(counts, key=lambda code: (code != HOME_REGION, counts[code].sum()))
    taken = np.zeros((2003 - OLDEST, 2), np.int64)
    first = {}
    for region in order:
        first[region] = taken.copy()
        taken += counts[region]
    return first


SERIES = np.array([numbers_in(year) for year in range(OLDEST, 2003)], np.int64)


def region_figures(region: str) -> tuple[Ints, Ints, int]:
    """New first doses by week, new second doses by week, and first doses dated after the last week."""
    figures = published()
    by_week = figures.persons_by_week.filter(pl.col("region") == region).sort("week")
    first, second = (
        np.diff(by_week.filter(pl.col("dose") == dose)["persons"].to_numpy(), prepend=0).astype(np.int64)
        for dose in (1, 2)
    )
    late = figures.differences.filter((pl.col("region") == region) & (pl.col("difference") < 0))
    return first, second, -int(late["difference"].sum())


def all_regions() -> list[str]:
    return [code for code in region_names() if code != NATION]
