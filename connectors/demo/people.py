"""Made-up people whose doses add up to the published figures, cell by cell.

Everything that is not published is invented, from a seed: who is which, days within a week, product, batch, unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from connectors.demo.numbers import RESERVE_ROOT, Ints, birth_day, series_numbers
from connectors.demo.plan import (
    OLDEST,
    SERIES,
    SEXES,
    all_regions,
    birth_years,
    people_by_year,
    plan,
    region_figures,
)
from connectors.demo.schedule import MIN_DAYS, PRODUCTS, Schedule, delays, noise, schedule
from connectors.demo.story import differences
from register.definitions import product_named
from register.identities.number import PERSONAL_ROOT

PERSONAL, RESERVE = 0, 2


@dataclass(frozen=True, slots=True)
class Played:
    """People and their doses, and what of the published figures they cannot show as printed."""

    persons: pl.DataFrame  # person, region, id_type, id_root, id_value, birth_date, birth_year, sex, municipality
    doses: pl.DataFrame  # person, region, reference, given_on, dose_number, npl_id, product, batch, care_unit, ...
    differences: pl.DataFrame  # region, dose, time_series, other_sheets, difference, people, played_as, why
    short_intervals: pl.DataFrame  # region, people, shortest_days: second doses too close for their product


def people(regions: Sequence[str] | None, seed: int = 2021) -> Played:
    """The made-up people of some regions (codes), or of the nation, and their doses."""
    codes = all_regions() if regions is None else list(regions)
    persons, doses = [], []
    first_person = 0
    for code in codes:
        of_region, schedule_of_region = _region(code, seed, first_person)
        persons.append(of_region)
        doses.append(_doses(of_region, schedule_of_region, code, seed))
        first_person += of_region.height
    all_doses = pl.concat(doses)
    return Played(
        persons=pl.concat(persons),
        doses=all_doses,
        differences=differences(codes),
        short_intervals=_short_intervals(all_doses),
    )


def _region(region: str, seed: int, first_person: int) -> tuple[pl.DataFrame, Schedule]:
    cells = plan().cells.filter(pl.col("region") == region)
    rows = cells.select(pl.all().exclude("persons").repeat_by("persons").explode())
    years, slots = _births(region, seed, rows)
    men = (rows["sex"] == "M").fill_null(False).to_numpy()
    in_series = np.zeros(rows.height, np.bool_)
    known = years > 0
    in_series[known] = slots[known] < SERIES[years[known] - OLDEST]
    timing = schedule(seed, region, years, (rows["doses"] == 2).to_numpy(), region_figures(region))
    persons = (
        rows.select("region", "municipality", "sex")
        .with_row_index("row")
        .with_columns(
            pl.Series("birth_year", years),
            pl.Series("in_series", in_series),
            pl.Series("day", birth_day(years, slots)),
        )
        .with_columns(
            pl.when("in_series").then(pl.date("birth_year", 1, 1) + pl.duration(days="day")).alias("birth_date"),
            pl.when(pl.col("birth_year") > 0).then("birth_year").alias("birth_year"),
        )
    )
    dates = persons["birth_date"].dt.strftime("%Y%m%d").cast(pl.Int64).fill_null(0).to_numpy()
    numbers = series_numbers(years, dates, men, slots)
    reserve = pl.format("D{}{}", "region", (pl.col("row") + 1).cast(pl.String).str.zfill(6))
    persons = persons.with_columns(pl.Series("number", numbers)).select(
        (pl.col("row") + first_person).cast(pl.Int64).alias("person"),
        "region",
        pl.when("in_series").then(PERSONAL).otherwise(RESERVE).alias("id_type"),
        pl.when("in_series").then(pl.lit(PERSONAL_ROOT)).otherwise(pl.lit(RESERVE_ROOT)).alias("id_root"),
        pl.when("in_series").then(pl.col("number").cast(pl.String)).otherwise(reserve).alias("id_value"),
        "birth_date",
        "birth_year",
        "sex",
        "municipality",
    )
    return persons, timing


def _births(region: str, seed: int, rows: pl.DataFrame) -> tuple[Ints, Ints]:
    """Birth year of each row and its slot in that year's series for tests; year 0 where the age is not known."""
    first_slots = plan().first_slots[region]
    years = np.zeros(rows.height, np.int64)
    slots = np.zeros(rows.height, np.int64)
    chance = noise(seed, region, 0, rows.height)
    groups = rows.select("age_group", "sex").with_row_index("row").group_by("age_group", "sex").agg("row")
    for age_group, sex, row_list in groups.iter_rows():
        if age_group is None:
            continue
        members = np.asarray(row_list, np.int64)
        members = members[np.argsort(chance[members], kind="stable")]
        counts = people_by_year(len(members), age_group)
        of_group = np.repeat(np.asarray(birth_years(age_group), np.int64), counts)
        starts = first_slots[of_group - OLDEST, SEXES.index(sex)]
        years[members] = of_group
        slots[members] = starts + np.arange(len(members)) - np.repeat(np.cumsum(counts) - counts, counts)
    return years, slots


def _doses(persons: pl.DataFrame, timing: Schedule, region: str, seed: int) -> pl.DataFrame:
    first = _given(persons, timing.first_day, timing.product, region=region, seed=seed, dose=1)
    second = _given(persons, timing.second_day, timing.product, region=region, seed=seed, dose=2)
    return pl.concat([first, second.filter(timing.second_day >= 0)])


def _given(persons: pl.DataFrame, days: Ints, product: Ints, *, region: str, seed: int, dose: int) -> pl.DataFrame:
    reported = delays(seed, region, days, dose)
    minute = 8 * 60 + (noise(seed, region, 20 + dose, len(days)) * 9 * 60).astype(np.int64)
    unit = pl.Series("unit", np.where(noise(seed, region, 30, len(days)) < 0.6, "A", "B"))
    # People of whom only the region is known were vaccinated somewhere: in its first municipality by code.
    somewhere = persons.filter(pl.col("municipality").str.len_chars() == 4)["municipality"].min()
    week = (pl.col("given_on").dt.iso_year() * 100 + pl.col("given_on").dt.week()).cast(pl.String)
    names = pl.Series(PRODUCTS)
    return (
        persons.select("person", "region", "municipality")
        .with_columns(
            pl.Series("given_on", days.astype(np.int32)).cast(pl.Date),
            names.gather(product).alias("product"),
            unit,
            pl.Series("reported_at", (reported * 1440 + minute) * 60_000_000).cast(pl.Datetime("us")),
            pl.when(pl.col("municipality").str.len_chars() == 4)
            .then("municipality")
            .otherwise(pl.lit(somewhere))
            .alias("municipality"),
        )
        .select(
            "person",
            "region",
            pl.format("{}-{}-{}", "region", pl.int_range(1, pl.len() + 1), pl.lit(dose)).alias("reference"),
            "given_on",
            pl.lit(dose, pl.Int64).alias("dose_number"),
            pl.col("product").replace(_npl_ids()).alias("npl_id"),
            "product",
            pl.format("DEMO-{}{}", pl.col("product").str.head(1), week).alias("batch"),
            pl.format("SE5555555555-{}{}", "municipality", "unit").alias("care_unit"),
            "municipality",
            "reported_at",
        )
    )


def _npl_ids() -> dict[str, str]:
    """The first NPL-id of each product that has one in the register's list; else nothing."""
    found = {name: product_named(name) for name in PRODUCTS}
    return {name: next(iter(product.npl_ids), "") if product else "" for name, product in found.items()}


def _short_intervals(doses: pl.DataFrame) -> pl.DataFrame:
    """Second doses that the published weeks force closer to the first than the product's shortest interval."""
    shortest = pl.DataFrame({"product": PRODUCTS, "min_days": MIN_DAYS})
    both = doses.filter(pl.col("dose_number") == 2).select("person", "region", "product", "given_on")
    first = doses.filter(pl.col("dose_number") == 1).select("person", pl.col("given_on").alias("first_on"))
    return (
        both.join(first, on="person")
        .join(shortest, on="product")
        .with_columns((pl.col("given_on") - pl.col("first_on")).dt.total_days().alias("days"))
        .filter(pl.col("days") < pl.col("min_days"))
        .group_by("region")
        .agg(pl.len().alias("people"), pl.col("days").min().alias("shortest_days"))
        .sort("region")
    )
