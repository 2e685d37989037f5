"""The agency's sheets asked of the register by its own coverage query: a question per sheet and number of doses."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import polars as pl
from psycopg import Connection

from connectors.demo.comparison import SHEETS, Sheet
from projections.coverage.query import coverage
from projections.coverage.question import AgeBand, CoverageQuestion

GIVEN_TO = date(2021, 4, 11)  # the Sunday of week 14
KNOWN_ON = date(2021, 4, 15)  # the day on which the figures came out
AGE_AT = date(2020, 12, 31)  # by whose end the agency counted ages

_BY_WEEK: dict[str, Any] = {"by": ("week",), "cumulative": True}
# To ask for another sheet, add what sets its question apart; its columns stand in comparison.py.
_ASKED: dict[Sheet, dict[str, Any]] = {
    "doses by week": _BY_WEEK,
    "persons by week": _BY_WEEK,
    "age": {"by": ("age",)},
    "sex": {"by": ("sex",)},
    "municipality": {},
    "municipality and age": {"by": ("age",)},
}


def answers(
    conn: Connection[Any], regions: Sequence[str] | None, told: Callable[[], None] = lambda: None
) -> dict[Sheet, pl.DataFrame]:
    """Rows as `compare` wants them, of these regions or (None) of the nation. `told` is called after each sheet.

    The sheet by sex was published for the nation only.
    """
    found: dict[Sheet, pl.DataFrame] = {}
    for sheet, asked in _ASKED.items():
        if regions is not None and sheet == "sex":
            continue
        keys, count = SHEETS[sheet]
        doses = (1, 2) if "dose" in keys else (1,)
        found[sheet] = pl.concat(
            _rows(conn, CoverageQuestion(GIVEN_TO, KNOWN_ON, **asked, **place, at_least=dose, age_at=AGE_AT), count)
            for place in _places(sheet, regions)
            for dose in doses
        )
        told()
    return found


def share(conn: Connection[Any], region: str, at_least: int = 1) -> float | None:
    """The share of a region's people from 18 years (0 to 1) who have at least so many doses."""
    question = CoverageQuestion(
        GIVEN_TO, KNOWN_ON, "region", region, ages=(AgeBand(18, None),), at_least=at_least, age_at=AGE_AT
    )
    rows = coverage(conn, question).rows.filter(pl.col("area") == region)
    return None if rows.is_empty() else rows["share"].item()


def _places(sheet: Sheet, regions: Sequence[str] | None) -> list[dict[str, Any]]:
    """Levels and areas to ask about."""
    if sheet == "sex":
        return [{"level": "nation"}]
    level = "municipality" if sheet.startswith("municipality") else "region"
    if regions is not None:
        return [{"level": level, "area": region} for region in regions]
    return [{"level": level}] if level == "municipality" else [{"level": level}, {"level": "nation"}]


def _rows(conn: Connection[Any], question: CoverageQuestion, count: str) -> pl.DataFrame:
    rows = coverage(conn, question).rows.with_columns(pl.lit(question.at_least).alias("dose"))
    area = pl.col("area")
    if question.level == "region":
        # The nation is asked for itself; 00 is here the people of whom no region is known.
        rows = rows.filter(area != "00")
    if question.level == "municipality":
        # 2400 are the people of whom only the region is known.
        rows = rows.with_columns(pl.when(area.str.ends_with("00")).then(area.str.head(2)).otherwise(area).alias("area"))
    if "week" in question.by:
        rows = rows.with_columns(pl.col("week").str.replace("-W", "").cast(pl.Int64))
    named = rows.rename({"age": "age_group"}) if "age" in question.by else rows
    wanted = {"week", "age_group", "sex", "dose"}
    return named.select("area", *(column for column in named.columns if column in wanted), count)
