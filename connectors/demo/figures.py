"""What Folkhälsomyndigheten published on 15 April 2021: doses given up to and including ISO week 14, and population.

Source: Nationella vaccinationsregistret (NVR), by residence, age locked at 2020-12-31, population of 2020-12-31 from
18 years. The CSV files beside this module hold the cells as printed; here the cells that were not printed are solved
from their sums, and every one that was is listed in `solved`.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from io import BytesIO

import polars as pl

from register.areas import NATION

LAST_WEEK = 202114
AGE_GROUPS = ("18-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80-89", "90-")


@dataclass(frozen=True, slots=True)
class Published:
    """The agency's six sheets. Regions and municipalities by code, the nation as 00; doses 1 and 2; weeks as 202114.

    Persons of dose 2 are among those of dose 1: "at least one" and "at least two". Weeks are cumulative.
    """

    doses_by_week: pl.DataFrame  # region, week, doses
    persons_by_week: pl.DataFrame  # region, week, dose, persons
    persons_by_age: pl.DataFrame  # region, age_group, dose, persons
    persons_by_sex: pl.DataFrame  # sex, dose, persons
    persons_by_municipality: pl.DataFrame  # municipality, dose, persons
    persons_by_municipality_age: pl.DataFrame  # municipality, age_group, dose, persons
    population: pl.DataFrame  # municipality, age_group, count
    population_by_sex: pl.DataFrame  # sex, count
    solved: pl.DataFrame  # sheet, area, key, dose, persons
    differences: pl.DataFrame  # region, dose, time_series, other_sheets, difference


@cache
def published() -> Published:
    """The figures, every cell a number."""
    weeks, solved_weeks = _weeks()
    ages = _long(_read("ages.csv"), "region", "age_group").filter(pl.col("age_group") != "total")
    cells, solved_cells = _solve_suppressed(_read("municipality_ages.csv"), ages)
    municipalities = _long(_read("municipalities.csv"), "municipality")
    sexes = _read("sexes.csv")
    persons_by_week = _long(weeks, "region", "week")
    return Published(
        doses_by_week=weeks.select("region", "week", "doses"),
        persons_by_week=persons_by_week,
        persons_by_age=ages,
        persons_by_sex=_long(sexes, "sex"),
        persons_by_municipality=municipalities,
        persons_by_municipality_age=cells,
        population=_read("municipality_ages.csv").select(
            "municipality", "age_group", pl.col("population").alias("count")
        ),
        population_by_sex=sexes.select("sex", pl.col("population").alias("count")),
        solved=pl.concat([solved_weeks, solved_cells]),
        differences=_differences(persons_by_week, municipalities),
    )


def _read(name: str) -> pl.DataFrame:
    content = resources.files("connectors.demo").joinpath("figures_2021w14", name).read_bytes()
    codes = {"region": pl.String, "municipality": pl.String}
    return pl.read_csv(BytesIO(content), separator=";", schema_overrides=codes, null_values=".")


def _long(wide: pl.DataFrame, *keys: str) -> pl.DataFrame:
    return (
        wide.unpivot(["dose_1", "dose_2"], index=list(keys), variable_name="dose", value_name="persons")
        .with_columns(pl.col("dose").str.tail(1).cast(pl.Int64))
        .sort(*keys, "dose")
    )


def _weeks() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Eight small cells of dose 2 are printed as 0 in the first weeks: vaccinations minus persons with dose 1 tell."""
    left = pl.col("doses") - pl.col("dose_1")
    weeks = _read("weeks.csv")
    hidden = weeks.filter((pl.col("dose_2") == 0) & (left > 0)).select(
        pl.lit("time series").alias("sheet"),
        pl.col("region").alias("area"),
        pl.col("week").cast(pl.String).alias("key"),
        pl.lit(2, pl.Int64).alias("dose"),
        left.alias("persons"),
    )
    return weeks.with_columns(pl.when(pl.col("dose_2") == 0).then(left).otherwise("dose_2").alias("dose_2")), hidden


def _solve_suppressed(printed: pl.DataFrame, ages: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A `.` in the sheet by municipality and age is what the region's age group has beyond its other municipalities."""
    cells = _long(printed, "municipality", "age_group").with_columns(pl.col("municipality").str.head(2).alias("region"))
    group = ["region", "age_group", "dose"]
    rest = (
        cells.group_by(group)
        .agg(pl.col("persons").sum().alias("known"), pl.col("persons").null_count().alias("hidden"))
        .filter(pl.col("hidden") == 1)
        .join(ages, on=group)
        .select(*group, (pl.col("persons") - pl.col("known")).alias("rest"))
    )
    filled = cells.join(rest, on=group, how="left", maintain_order="left")
    solved = filled.filter(pl.col("persons").is_null()).select(
        pl.lit("municipality and age").alias("sheet"),
        pl.col("municipality").alias("area"),
        pl.col("age_group").alias("key"),
        "dose",
        pl.col("rest").alias("persons"),
    )
    return (
        filled.select("municipality", "age_group", "dose", pl.coalesce("persons", "rest").alias("persons")),
        solved,
    )


def _differences(persons_by_week: pl.DataFrame, municipalities: pl.DataFrame) -> pl.DataFrame:
    """Regions where the time series and the sheets by age and municipality, of the same day, hold other numbers."""
    last = persons_by_week.filter((pl.col("week") == LAST_WEEK) & (pl.col("region") != NATION))
    sums = municipalities.group_by(pl.col("municipality").str.head(2).alias("region"), "dose").agg(
        pl.col("persons").sum().alias("other_sheets")
    )
    return (
        last.join(sums, on=["region", "dose"])
        .select(
            "region",
            "dose",
            pl.col("persons").alias("time_series"),
            "other_sheets",
            (pl.col("persons") - pl.col("other_sheets")).alias("difference"),
        )
        .filter(pl.col("difference") != 0)
        .sort("region", "dose")
    )
