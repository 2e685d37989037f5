"""Rows by ISO week: written 2021-W14, without holes, and as running sums."""

from datetime import date, timedelta

import polars as pl


def filled_weeks(weeks: pl.Series) -> pl.Series:
    """All weeks from the first to the last, so that curves have no holes."""
    if weeks.is_empty():
        return weeks
    first, last = (_monday(str(week)) for week in (weeks.min(), weeks.max()))
    mondays = [first + timedelta(weeks=n) for n in range((last - first).days // 7 + 1)]
    return pl.Series("week", [monday.strftime("%G-W%V") for monday in mondays])


def running_sums(rows: pl.DataFrame) -> pl.DataFrame:
    """Persons and doses up to the end of each week, for each of the other columns."""
    keys = [column for column in rows.columns if column not in ("week", "persons", "doses")]
    return rows.sort("week", maintain_order=True).with_columns(pl.col("persons", "doses").cum_sum().over(keys))


def _monday(week: str) -> date:
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
