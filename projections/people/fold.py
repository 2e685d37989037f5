"""The rows that a batch of facts leaves behind: the last fact wins, per person, per day of residence, per dose."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from projections.people.facts import DOSES, Facts
from projections.people.rows import PEOPLE, RESIDENCES, Rows


@dataclass(frozen=True)
class Written:
    """Rows to write into one table: those that it does not hold yet, and those that it does."""

    new: pl.DataFrame
    changed: pl.DataFrame


@dataclass(frozen=True)
class Folded:
    """What a batch writes into the tables of `people`."""

    people: Written
    residences: Written
    doses: Written


def fold(before: Rows, facts: Facts) -> Folded:
    """Rows to write; `before` holds all rows of the persons touched, `facts` only what is newer than them."""
    residences = facts.residences.unique(["person_id", "on"], keep="last", maintain_order=True)
    doses = _last_of_each_dose(facts.doses)
    return Folded(
        _split(_people(before, facts), before.people, ["person_id"]),
        _split(residences.select(*RESIDENCES), before.residences, ["person_id", "on"]),
        _split(doses.select(c for c in DOSES if c not in ("day", "cause")), before.doses, ["person_id", "dose_id"]),
    )


def _people(before: Rows, facts: Facts) -> pl.DataFrame:
    told = (facts.descriptions, facts.deaths, facts.protections)
    seen = pl.concat([frame.select("person_id", "version") for frame in told]).group_by("person_id").max()
    described, dead = (_last(frame) for frame in told[:2])
    # What was said late of an earlier day does not lift a protection: the last day holds, and of it the last word.
    protected = _last(facts.protections.sort("person_id", "protected_on", "version"))
    held = seen.join(before.people, on="person_id", how="left", suffix="_before")
    joined = (
        held.join(described, on="person_id", how="left", suffix="_described")
        .join(dead, on="person_id", how="left", suffix="_dead")
        .join(protected, on="person_id", how="left", suffix="_protected")
    )
    later = pl.col("protected_on_protected") >= pl.col("protected_on").fill_null(pl.col("protected_on_protected"))
    later = later.fill_null(value=False)
    return joined.select(
        "person_id",
        pl.max_horizontal("version", "version_before").alias("version"),
        pl.coalesce("birth_year_described", "birth_year", 0).cast(PEOPLE["birth_year"]).alias("birth_year"),
        pl.coalesce("sex_described", "sex", 0).cast(PEOPLE["sex"]).alias("sex"),
        pl.coalesce("died_on_dead", "died_on").alias("died_on"),
        pl.when(later).then("protected_on_protected").otherwise("protected_on").alias("protected_on"),
        pl.when(later).then("protection_protected").otherwise("protection").fill_null("").alias("protection"),
    ).sort("person_id")


def _last(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.drop("day", "version").unique("person_id", keep="last", maintain_order=True)


def _last_of_each_dose(doses: pl.DataFrame) -> pl.DataFrame:
    told = doses.select("person_id", "dose_id").with_row_index("row").filter(doses["dose_id"].is_duplicated())
    if told.is_empty():
        return doses
    superseded = pl.col("row") != pl.col("row").max().over("person_id", "dose_id")
    rows = told.filter(superseded)["row"].to_numpy()
    last = np.ones(len(doses), dtype=np.bool_)
    last[rows] = False
    return doses.filter(pl.Series(last))


def _split(after: pl.DataFrame, before: pl.DataFrame, key: list[str]) -> Written:
    # Only the keys are joined: the rows are wide, and as a rule all of them are new.
    known = before.select(*key, held=pl.lit(value=True))
    held = after.select(key).join(known, on=key, how="left", maintain_order="left")["held"].fill_null(value=False)
    if not held.any():
        return Written(after, after.clear())
    return Written(after.filter(~held), after.filter(held))
