"""Changes that persons make whose past may change: snapshot by snapshot, one for every fact.

Each line of a snapshot is added at its own fact and taken back at the next one, so what stays the same cancels out.
A snapshot's number is `group`: the person's place among those restated, and the fact's among the person's.
"""

import polars as pl

from projections.coverage.causes import CORRECTED, DIED, MOVED, RULE_CHANGE
from projections.coverage.counting import Counting
from projections.coverage.placed import CELL, placed
from projections.people.facts import Facts
from projections.people.rows import Rows

# A fact that registers a person is two steps: it describes (a change is a correction), then it tells where they live.
DESCRIPTION, HOME, DOSE, DEATH = range(4)


def restated(before: Rows, facts: Facts, persons: pl.DataFrame, by: Counting) -> pl.DataFrame:
    """Lines of persons whose past may change: each snapshot added at its fact, and taken back at the next one."""
    before, facts = _of(persons, before, facts)
    steps = _steps(facts)
    counted = pl.col("withdrawn").not_() & pl.col("suspected_duplicate_of").is_null()
    doses = _snapshots(steps, DOSE, before.doses, facts.doses.with_columns(counted=counted), "dose_id")
    homes = _snapshots(steps, HOME, before.residences, facts.residences, "on")
    described = _snapshots(steps, DESCRIPTION, before.people, facts.descriptions)
    counted_doses = (
        doses.filter("counted")
        .sort("group", "disease", "given_on", "dose_id")
        .join(described, on="group", how="left", maintain_order="left")
    )
    return _lines(placed(counted_doses, homes, by), steps, _dead_from(before, steps), by)


def _of(persons: pl.DataFrame, before: Rows, facts: Facts) -> tuple[Rows, Facts]:
    def theirs(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.join(persons, on="person_id", how="semi", maintain_order="left")

    return (
        Rows(theirs(before.people), theirs(before.residences), theirs(before.doses)),
        Facts(
            theirs(facts.descriptions),
            theirs(facts.residences),
            theirs(facts.deaths),
            theirs(facts.protections),
            theirs(facts.doses),
        ),
    )


def _steps(facts: Facts) -> pl.DataFrame:
    """Every step of every person: `step` 1, 2, ... per person, `person` 0, 1, ..., `group` = this snapshot's number."""
    told = ((facts.descriptions, DESCRIPTION, CORRECTED), (facts.residences, HOME, MOVED), (facts.deaths, DEATH, DIED))
    steps = [
        frame.select("person_id", "version", "day", cause=pl.lit(cause, pl.Int16), kind=pl.lit(kind, pl.Int8))
        for frame, kind, cause in told
    ]
    steps.append(facts.doses.select("person_id", "version", "day", "cause", kind=pl.lit(DOSE, pl.Int8)))
    ordered = pl.concat(steps).sort("person_id", "version", "kind")
    return ordered.with_columns(
        person=pl.col("person_id").rle_id().cast(pl.Int64),
        step=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("person_id"),
        steps=pl.len().over("person_id").cast(pl.Int64),
    ).with_columns(group=pl.col("person") * (pl.col("steps").max() + 1) + pl.col("step"))


def _snapshots(steps: pl.DataFrame, kind: int, old: pl.DataFrame, new: pl.DataFrame, *key: str) -> pl.DataFrame:
    """A row per snapshot and thing true in it: a thing said at a step is true until the same `key` is said again."""
    people = steps.unique("person_id", keep="first").select(
        "person_id", "steps", first=pl.col("group") - pl.col("step")
    )
    taken = steps.filter(pl.col("kind") == kind).select("person_id", "version", "step")
    columns = [column for column in new.columns if column in old.columns]
    said = pl.concat(
        [
            old.select(columns).with_columns(step=pl.lit(0, pl.Int64)),
            new.select(columns).join(taken, on=["person_id", "version"]),
        ]
    )
    told = said.join(people, on="person_id").sort("person_id", *key, "step")
    again = pl.all_horizontal(pl.col(column) == pl.col(column).shift(-1) for column in ("person_id", *key))
    until = pl.when(again.fill_null(value=False)).then(pl.col("step").shift(-1)).otherwise(pl.col("steps") + 1)
    spread = told.with_columns(group=pl.int_ranges("step", until) + pl.col("first"))
    return spread.explode("group").drop_nulls("group").drop("person_id", "version", "step", "steps", "first")


def _dead_from(before: Rows, steps: pl.DataFrame) -> pl.DataFrame:
    """`person`, and the first snapshot in which they are known dead."""
    first = steps.group_by("person_id").agg(pl.first("person"), pl.min("group").alias("dead_from"))
    held = before.people.filter(pl.col("died_on").is_not_null()).select("person_id").join(first, on="person_id")
    died = steps.filter(pl.col("kind") == DEATH).group_by("person").agg(dead_from=pl.min("group"))
    dead = pl.concat([held.select("person", pl.col("dead_from") - 1), died.select("person", "dead_from")])
    return dead.group_by("person").agg(pl.min("dead_from"))


def _lines(cells: pl.DataFrame, steps: pl.DataFrame, dead: pl.DataFrame, by: Counting) -> pl.DataFrame:
    """Each snapshot's cells with plus at its own step and minus at the next; the dead mirrored where they leave."""
    known = steps.select("group", "person", "day", "cause")
    counts = cells.select("group", *CELL, "persons", pl.lit(1, pl.Int64).alias("doses"))
    leaving = counts.with_columns(pl.col("group") + 1, -pl.col("persons"), -pl.col("doses"))
    signed = pl.concat([counts.with_columns(of="group"), leaving.with_columns(of=pl.col("group") - 1)])
    told = signed.join(known, on="group").join(dead, on="person", how="left")
    alive = (pl.col("dead_from") > pl.col("of")).fill_null(value=True)
    early = pl.col("day").cast(pl.Int32) < by.dead_leave_from
    lines = told.filter(alive | early)
    mirrored = told.filter(~alive & early).with_columns(
        -pl.col("persons"),
        -pl.col("doses"),
        day=pl.lit(by.dead_leave_from, pl.Int32).cast(pl.Date),
        cause=pl.lit(RULE_CHANGE, pl.Int16),
    )
    return pl.concat([lines, mirrored]).select(pl.col("day").alias("day_known"), "cause", *CELL, "persons", "doses")
