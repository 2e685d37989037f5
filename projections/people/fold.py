"""The rows that a batch of facts leaves behind: the last fact wins, per person, per day of residence, per dose."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from projections.people.facts import DOSES, Facts
from projections.people.protection import protects
from projections.people.rows import PEOPLE, RESIDENCES, Rows

_HOME = ["person_id", "on"]
_WRITTEN = [name for name in DOSES if name != "day"]


@dataclass(frozen=True)
class Written:
    """Rows to write into one table: those that it does not hold yet, and those that it does."""

    new: pl.DataFrame
    changed: pl.DataFrame


@dataclass(frozen=True)
class Folded:
    """What a batch writes into the tables of `people`; `left` are keys of residences that are held no longer."""

    people: Written
    residences: Written
    doses: Written
    left: pl.DataFrame


def fold(before: Rows, facts: Facts) -> Folded:
    """Rows to write; `before` holds all rows of the persons touched, `facts` only what is newer than them."""
    residences, left = _residences(before, facts)
    doses = _last_of_each_dose(facts.doses).select(*_WRITTEN, day_known="day")
    return Folded(
        _split(_people(before, facts), before.people, ["person_id"]),
        _split(residences.select(*RESIDENCES), before.residences, _HOME),
        _split(doses, before.doses, ["person_id", "dose_id"]),
        left,
    )


def after(before: Rows, folded: Folded, persons: pl.DataFrame) -> Rows:
    """The rows of these persons when all has been written; `before` holds only theirs."""

    counted = pl.col("withdrawn").not_() & pl.col("suspected_duplicate_of").is_null()

    def put(old: pl.DataFrame, written: Written, key: list[str]) -> pl.DataFrame:
        columns = [counted.alias(name) if name == "counted" else pl.col(name) for name in old.columns]
        # First the few columns, then the few persons: the rows are wide.
        new = [
            frame.select(columns).join(persons, on="person_id", how="semi") for frame in (written.new, written.changed)
        ]
        return pl.concat([old, *new]).unique(key, keep="last", maintain_order=True)

    residences = before.residences.join(folded.left, on=_HOME, how="anti", maintain_order="left")
    return Rows(
        put(before.people, folded.people, ["person_id"]),
        put(residences, folded.residences, _HOME),
        put(before.doses, folded.doses, ["person_id", "dose_id"]),
    )


def _residences(before: Rows, facts: Facts) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Residences to write, and keys of those that a restatement did not name."""
    told = facts.residences
    anew = facts.restatements.group_by("person_id").agg(pl.max("version").alias("anew"))
    if not anew.is_empty():
        since = told.join(anew, on="person_id", how="left", maintain_order="left")
        told = since.filter(pl.col("version") >= pl.col("anew").fill_null(0)).drop("anew")
    last = told.unique(_HOME, keep="last", maintain_order=True)
    held = before.residences.join(anew, on="person_id", how="semi").select(_HOME)
    return last, held.join(last, on=_HOME, how="anti").sort(_HOME)


def _people(before: Rows, facts: Facts) -> pl.DataFrame:
    told = (facts.descriptions, facts.deaths, facts.protections)
    seen = pl.concat([frame.select("person_id", "version") for frame in told]).group_by("person_id").max()
    described, dead = _last(facts.descriptions), _last(facts.deaths).with_columns(dead=True)
    held = seen.join(before.people, on="person_id", how="left", suffix="_before")
    joined = (
        held.join(described, on="person_id", how="left", suffix="_described")
        .join(dead, on="person_id", how="left", suffix="_dead")
        .join(_protections(facts), on="person_id", how="left", suffix="_protected")
    )
    later = pl.col("protected_on_protected") >= pl.col("protected_on").fill_null(pl.col("protected_on_protected"))
    later = later.fill_null(value=False) | pl.col("anew").fill_null(value=False)
    protected = joined.select(
        "person_id",
        pl.max_horizontal("version", "version_before").alias("version"),
        pl.coalesce("birth_year_described", "birth_year", 0).cast(PEOPLE["birth_year"]).alias("birth_year"),
        pl.coalesce("sex_described", "sex", 0).cast(PEOPLE["sex"]).alias("sex"),
        pl.when("dead").then("died_on_dead").otherwise("died_on").alias("died_on"),
        pl.when(later).then("protected_on_protected").otherwise("protected_on").alias("protected_on"),
        pl.when(later).then("protection_protected").otherwise("protection").fill_null("").alias("protection"),
    )
    return protected.with_columns(protects(protected["protection"])).select(*PEOPLE).sort("person_id")


def _protections(facts: Facts) -> pl.DataFrame:
    """The protection that holds of those told of; `anew`: it holds whatever was told before."""
    told = facts.protections.join(
        facts.restatements.select("person_id", "version", anew=pl.lit(value=True)),
        on=["person_id", "version"],
        how="left",
        maintain_order="left",
    )
    # What was said late of an earlier day does not lift a protection: the last day holds, and of it the last word.
    # Only a restatement ends what was said before it, also where it knows of no protection.
    told = told.with_columns(since=pl.col("anew").fill_null(value=False).cum_sum().over("person_id"))
    last = told.sort("person_id", "since", "protected_on", "version").unique("person_id", keep="last")
    restated = facts.restatements.select("person_id").unique().with_columns(anew=True)
    return last.drop("day", "version", "anew", "since").join(restated, on="person_id", how="left")


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
