"""Rows by ISO week: written 2021-W14, without holes, and as running sums."""

from datetime import date, timedelta
from functools import cache

import polars as pl

from register.definitions import products


def filled_weeks(weeks: pl.Series) -> pl.Series:
    """All weeks from the first to the last, so that curves have no holes.

    Weeks before any product came into use are there only with a dose of theirs: most are slips of somebody's pen.
    """
    later = weeks.filter(weeks >= first_week())
    if later.is_empty():
        return weeks.unique().sort()
    first, last = (_monday(str(week)) for week in (later.min(), later.max()))
    mondays = [first + timedelta(weeks=n) for n in range((last - first).days // 7 + 1)]
    return pl.concat([weeks, pl.Series("week", [monday.strftime("%G-W%V") for monday in mondays])]).unique().sort()


@cache
def first_week() -> str:
    """The week in which the first product came into use, 2020-W52."""
    return min(product.valid_from for product in products()).strftime("%G-W%V")


def running_sums(rows: pl.DataFrame) -> pl.DataFrame:
    """Persons and doses up to the end of each week, for each of the other columns."""
    keys = [column for column in rows.columns if column not in ("week", "persons", "doses")]
    return rows.sort("week", maintain_order=True).with_columns(pl.col("persons", "doses").cum_sum().over(keys))


def _monday(week: str) -> date:
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
