"""The question: how many persons have at least n doses, and how many doses were given, where, to whom and when."""

from typing import Any

import polars as pl
from psycopg import Connection

from projections.coverage.ages import EVERYONE, groups_of, labels
from projections.coverage.causes import MEANINGS
from projections.coverage.counts import counts
from projections.coverage.definition import definition, notes_on
from projections.coverage.places import known_areas, named
from projections.coverage.question import UNKNOWN, BadQuestion, CoverageAnswer, CoverageQuestion
from projections.coverage.shares import Denominators, denominators
from projections.coverage.weeks import filled_weeks, running_sums

SEXES = ("F", "M", UNKNOWN)
MOST_ROWS = 500_000  # of one answer, which shows every combination, also those with 0


def coverage(conn: Connection[Any], question: CoverageQuestion) -> CoverageAnswer:
    """Rows of the question, every known area, age group and sex among them even with 0.

    `persons` have at least `at_least` doses (in rows by dose: at least that many); `doses` are all doses of the
    selection, whatever level they brought (in rows by dose: those that brought to, or left at, that level, from
    `at_least` up). Rows by week count what that week added, or with `cumulative` everything up to its end. With
    `known_since` rows say by how much the counts changed, and rows by cause add up to that exactly.
    """
    groups = groups_of(question)
    found = _aged(counts(conn, question), question)
    rows = _everything(conn, found, question)
    if question.cumulative:
        rows = running_sums(rows)
    people = denominators(conn, question, groups)
    rows, capped = _shares(rows, question, people)
    causes = (
        [f"{cause}: {MEANINGS[cause]}" for cause in found["cause"].unique().sort()] if "cause" in question.by else []
    )
    order = ["area", *(column for column in ("dose", "week") if column in question.by)]
    return CoverageAnswer(
        named(rows.sort(order, maintain_order=True), question).select(
            "area", "area_name", *question.by, "persons", "doses", "population", "share"
        ),
        definition(question, people.vintage, by_birth_year=people.by_birth_year),
        (*notes_on(question), *causes, *people.notes, *capped),
    )


def _aged(found: pl.DataFrame, question: CoverageQuestion) -> pl.DataFrame:
    """Birth years as age groups; who is in two bands asked for counts in both."""
    if "age" not in question.by:
        return found
    groups, years = groups_of(question), found["birth_year"].unique().to_list()
    ages = [
        (year, label) for year in years for label in (labels(groups, question.age_year - year) if year else [UNKNOWN])
    ]
    of_year = pl.DataFrame(ages, schema={"birth_year": pl.Int64, "age": pl.String}, orient="row")
    keys = ["area", *question.by]
    return found.join(of_year, on="birth_year").group_by(keys).agg(pl.sum("persons"), pl.sum("doses"))


def _everything(conn: Connection[Any], found: pl.DataFrame, question: CoverageQuestion) -> pl.DataFrame:
    """All combinations of what was asked for, 0 where nothing was counted."""
    areas = pl.Series("area", known_areas(conn, question), pl.String)
    every = pl.concat([areas, found["area"]]).unique().sort().to_frame()
    for column in question.by:
        if column == "age":
            values = pl.Series([*groups_of(question), UNKNOWN])
        elif column == "sex":
            values = pl.Series(SEXES)
        elif column == "week":
            values = filled_weeks(found["week"])
        elif column == "dose":
            values = pl.concat([found["dose"], pl.Series("dose", [question.at_least])]).unique().sort()
        elif column == "cause":
            values = pl.Series([cause for cause in MEANINGS if cause in found["cause"]], dtype=pl.String)
        else:
            values = found[column].unique().sort()
        if every.height * len(values) > MOST_ROWS:
            raise BadQuestion(f"That is more than {MOST_ROWS} rows: ask for one area, or for fewer columns at a time")
        every = every.join(values.alias(column).cast(found.schema[column]).to_frame(), how="cross")
    rows = every.join(found, on=["area", *question.by], how="left", maintain_order="left")
    return rows.with_columns(pl.col("persons", "doses").fill_null(0))


def _shares(
    rows: pl.DataFrame, question: CoverageQuestion, people: Denominators
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    keyed = rows.with_columns(
        pl.col("age").alias("_age") if "age" in question.by else pl.lit(EVERYONE).alias("_age"),
        pl.col("sex").alias("_sex") if "sex" in question.by else pl.lit("").alias("_sex"),
    )
    joined = keyed.join(
        people.people.rename({"age": "_age", "sex": "_sex"}),
        on=["area", "_age", "_sex"],
        how="left",
        maintain_order="left",
    ).drop("_age", "_sex")
    if question.of_changes or "product" in question.by or ("week" in question.by and not question.cumulative):
        return joined.with_columns(share=pl.lit(None, pl.Float64)), ()
    share = pl.when(pl.col("population") > 0).then(pl.col("persons") / pl.col("population"))
    reckoned = joined.with_columns(share=share)
    above = reckoned.filter(pl.col("share") > 1).height
    note = f"No share in {above} rows: more persons are counted there than the population of {people.vintage} has."
    return reckoned.with_columns(pl.when(pl.col("share") <= 1).then("share")), (note,) if above else ()
