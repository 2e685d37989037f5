"""Cell by cell: what the register's coverage query answers beside what the agency published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from connectors.demo.figures import AGE_GROUPS, Published
from connectors.demo.story import LATE, UNKNOWN, differences
from register.areas import NATION, municipalities, region_names

Sheet = Literal["doses by week", "persons by week", "age", "sex", "municipality", "municipality and age"]

# Columns that a sheet's rows have beside area, and the one that is counted. To add a sheet, add a row here.
SHEETS: dict[Sheet, tuple[tuple[str, ...], str]] = {
    "doses by week": (("week",), "doses"),
    "persons by week": (("week", "dose"), "persons"),
    "age": (("age_group", "dose"), "persons"),
    "sex": (("sex", "dose"), "persons"),
    "municipality": (("dose",), "persons"),
    "municipality and age": (("age_group", "dose"), "persons"),
}

UNKNOWN_KEY = "unknown"
_CELL = ["sheet", "area", "key", "dose"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every cell, and how many of each sheet are equal, explained by the agency's own differences, or neither."""

    cells: pl.DataFrame  # sheet, area, key, dose, cell, published, register, difference, why
    summary: pl.DataFrame  # sheet, cells, equal, explained, unexplained

    @property
    def unexplained(self) -> int:
        return int(self.summary["unexplained"].sum())


def compare(figures: Published, rows: Mapping[Sheet, pl.DataFrame], regions: Sequence[str] | None = None) -> Comparison:
    """The published cells of the regions played (None: all of them, and the nation) beside the register's rows.

    A sheet's rows have the columns `area` (00 or empty for the nation, a region, a municipality; a region in the
    sheets by municipality is the people of whom only the region is known) and those named in SHEETS. Weeks are
    cumulative, as `cumulative` makes them. Several rows of one cell are summed. A sheet not given is not compared.
    """
    codes = list(region_names()) if regions is None else list(regions)
    wanted = pl.col("area").str.head(2).is_in([*codes, NATION] if regions is None else codes)
    printed = _published(figures).filter(wanted & pl.col("sheet").is_in(list(rows)))
    answered = pl.concat([_normal(sheet, frame) for sheet, frame in rows.items()]).filter(wanted)
    answered = answered.group_by(_CELL).agg(pl.col("count").sum().alias("register"))
    cells = (
        printed.rename({"count": "published"})
        .join(answered, on=_CELL, how="full", coalesce=True)
        # A week, an age group or a bucket of the register's own that nobody is in says nothing; later weeks are not
        # in the figures.
        .filter(
            pl.col("published").is_not_null()
            | ((pl.col("register") != 0) & ~pl.col("sheet").is_in(["doses by week", "persons by week"]))
        )
        .with_columns(pl.col("published").fill_null(0), pl.col("register").fill_null(0))
        .with_columns((pl.col("register") - pl.col("published")).alias("difference"))
    )
    cells = _explained(cells, figures, codes).with_columns(_label()).sort(_CELL)
    return Comparison(
        cells.select(*_CELL, "cell", "published", "register", "difference", "why"),
        cells.group_by("sheet")
        .agg(
            pl.len().alias("cells"),
            (pl.col("difference") == 0).sum().alias("equal"),
            ((pl.col("difference") != 0) & pl.col("why").is_not_null()).sum().alias("explained"),
            ((pl.col("difference") != 0) & pl.col("why").is_null()).sum().alias("unexplained"),
        )
        .sort("sheet"),
    )


def cumulative(new: pl.DataFrame, figures: Published, count: str) -> pl.DataFrame:
    """Running totals for every published week out of the rows of single weeks (area, week and other keys, count)."""
    others = [column for column in new.columns if column not in ("week", count)]
    weeks = figures.doses_by_week.select("week").unique()
    return (
        new.select(others)
        .unique()
        .join(weeks, how="cross")
        .join(new.with_columns(pl.col("week").cast(pl.Int64)), on=[*others, "week"], how="left")
        .sort(*others, "week")
        .with_columns(pl.col(count).fill_null(0).cum_sum().over(others, order_by="week"))
    )


def _published(figures: Published) -> pl.DataFrame:
    frames: dict[Sheet, pl.DataFrame] = {
        "doses by week": figures.doses_by_week.rename({"region": "area"}),
        "persons by week": figures.persons_by_week.rename({"region": "area"}),
        "age": figures.persons_by_age.rename({"region": "area"}),
        "sex": figures.persons_by_sex.with_columns(pl.lit(NATION).alias("area")),
        "municipality": figures.persons_by_municipality.rename({"municipality": "area"}),
        "municipality and age": figures.persons_by_municipality_age.rename({"municipality": "area"}),
    }
    return pl.concat([_normal(sheet, frame) for sheet, frame in frames.items()])


def _normal(sheet: Sheet, frame: pl.DataFrame) -> pl.DataFrame:
    """Any sheet's rows as sheet, area, key (week, age group or sex), dose (0 where doses are counted), count."""
    keys, count = SHEETS[sheet]
    key = next((name for name in keys if name != "dose"), None)
    key_text = pl.lit("") if key is None else pl.col(key).cast(pl.String)
    if key in ("age_group", "sex"):
        key_text = key_text.replace({"90+": "90-", "90 eller äldre": "90-"})
        key_text = pl.when(key_text.is_in([*AGE_GROUPS, "F", "M"])).then(key_text).otherwise(pl.lit(UNKNOWN_KEY))
    area = pl.col("area").cast(pl.String) if "area" in frame.columns else pl.lit(None, pl.String)
    return frame.select(
        pl.lit(sheet, pl.String).alias("sheet"),
        pl.when(area.str.len_chars() > 0).then(area).otherwise(pl.lit(NATION)).alias("area"),
        key_text.alias("key"),
        (pl.col("dose") if "dose" in keys else pl.lit(0)).cast(pl.Int64).alias("dose"),
        pl.col(count).cast(pl.Int64).alias("count"),
    )


def _explained(cells: pl.DataFrame, figures: Published, regions: Sequence[str]) -> pl.DataFrame:
    """Adds why a cell differs, where the agency's own sheets do; and which equal cells were solved from their sums.

    More in the register than in a sheet by age, sex or municipality: people of whom only the region is known. Less:
    doses that it leaves out because they are dated after the figures end. Either only if all such cells of the sheet
    and region together are no more people than the agency's sheets differ by.
    """
    given = differences(regions)
    nation = given.group_by("dose", "played_as").agg(
        pl.col("people").sum(),
        pl.lit(NATION).alias("region"),
        pl.format("the regions' differences together: {}", pl.col("why").sort().str.join("; ")).alias("why"),
    )
    columns = ["region", "dose", "played_as", "people", "why"]
    reasons = pl.concat([given.select(columns), nation.select(columns)])
    marked = cells.with_columns(
        pl.col("area").str.head(2).alias("region"),
        pl.when(pl.col("sheet").is_in(["doses by week", "persons by week"]))
        .then(None)
        .when(pl.col("difference") > 0)
        .then(pl.lit(UNKNOWN))
        .when(pl.col("difference") < 0)
        .then(pl.lit(LATE))
        .alias("played_as"),
    )
    together = pl.col("difference").abs().sum().over("sheet", "region", "dose", "played_as")
    solved = figures.solved.select(
        pl.col("sheet").replace({"time series": "persons by week"}),
        "area",
        "key",
        "dose",
        pl.lit("not printed by the agency (small count); solved from the sums").alias("solved"),
    )
    return (
        marked.join(reasons, on=["region", "dose", "played_as"], how="left")
        .with_columns(pl.when(together <= pl.col("people")).then("why").alias("why"))
        .join(solved, on=_CELL, how="left")
        .with_columns(
            pl.when(pl.col("difference") == 0).then("solved").otherwise("why").alias("why"),
        )
    )


def _label() -> pl.Expr:
    names = {NATION: "Sverige", **region_names(), **municipalities()}
    dose = pl.when(pl.col("dose") > 0).then(pl.format("dose {}", "dose")).otherwise(pl.lit("doses"))
    nowhere = pl.col("sheet").str.starts_with("municipality") & (pl.col("area").str.len_chars() == 2)
    name = pl.col("area").replace(names) + pl.when(nowhere).then(pl.lit(", municipality unknown,")).otherwise(
        pl.lit("")
    )
    return pl.concat_str([name, pl.col("key").replace({"": None}), dose], separator=" ", ignore_nulls=True).alias(
        "cell"
    )
