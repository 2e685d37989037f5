"""Receipts as columns: which are new, the files they belong to, and the reasons they give. Pure."""

import polars as pl

from projections.municipality_uploads.table import OUTCOMES

REPORT = ["report_topic", "report_partition", "report_offset"]
PARTITION = REPORT[:2]
STRETCHES = pl.Schema({"report_topic": pl.String, "report_partition": pl.Int32, "first": pl.Int64, "end": pl.Int64})


def unanswered(receipts: pl.DataFrame, answered: pl.DataFrame) -> pl.DataFrame:
    """The receipts of reports that lie in none of the stretches answered before; each report once."""
    once = receipts.unique(REPORT, keep="any").sort("report_offset")
    placed = once.join_asof(
        answered.sort("first"),
        left_on="report_offset",
        right_on="first",
        by=PARTITION,
        strategy="backward",
        check_sortedness=False,
    )
    return placed.filter(pl.col("end").is_null() | (pl.col("report_offset") >= pl.col("end"))).drop("first", "end")


def stretches(receipts: pl.DataFrame) -> pl.DataFrame:
    """The reports answered, as stretches of offsets: from `first` to just before `end`."""
    apart = pl.col("report_offset").diff().over(PARTITION).fill_null(0) != 1
    return (
        receipts.select(REPORT)
        .sort(REPORT)
        .with_columns(apart.cum_sum().alias("stretch"))
        .group_by(*PARTITION, "stretch")
        .agg(pl.col("report_offset").min().alias("first"), (pl.col("report_offset").max() + 1).alias("end"))
        .select(pl.col(name).cast(kind) for name, kind in STRETCHES.items())
        .sort("report_topic", "report_partition", "first")
    )


def files(receipts: pl.DataFrame) -> pl.DataFrame:
    """One row per file: its name, when its rows were decided, and how many had which outcome."""
    of_files = receipts.filter(pl.col("upload").is_not_null())
    return (
        of_files.group_by("sender", "upload")
        .agg(
            pl.col("upload_name").fill_null("").max().alias("name"),
            pl.col("recorded_at").min().alias("first_at"),
            pl.col("recorded_at").max().alias("last_at"),
            *((pl.col("outcome") == outcome).sum().cast(pl.Int64).alias(outcome) for outcome in OUTCOMES),
        )
        .sort("sender", "upload")
    )


def by_code(receipts: pl.DataFrame) -> pl.DataFrame:
    """How many receipts of each sender, day in Sweden, outcome and code; one with two codes counts for both."""
    day = pl.col("recorded_at").dt.convert_time_zone("Europe/Stockholm").dt.date().alias("day")
    return (
        receipts.select("sender", day, "outcome", pl.col("codes").alias("code"))
        .explode("code")
        .with_columns(pl.col("code").fill_null(""))
        .group_by("sender", "day", "outcome", "code")
        .agg(pl.len().cast(pl.Int64).alias("receipts"))
        .sort("sender", "day", "outcome", "code")
    )


def reasons(receipts: pl.DataFrame) -> pl.DataFrame:
    """The rows of files that were refused or flagged, and why."""
    with_codes = receipts.filter(pl.col("upload").is_not_null() & (pl.col("codes").list.len() > 0))
    # Codes are capital letters, digits and dashes: as PostgreSQL writes an array, nothing needs to be quoted.
    codes = pl.concat_str(pl.lit("{"), pl.col("codes").list.join(","), pl.lit("}")).alias("codes")
    return with_codes.select("sender", "upload", pl.col("row").fill_null(0), "receipt", "outcome", codes).sort(
        "sender", "upload", "row", "receipt"
    )
