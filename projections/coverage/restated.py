"""Changes that persons make whose past may change: snapshot by snapshot, one for every fact.

Each line of a snapshot is added at its own fact and taken back at the next one, so what stays the same cancels out.
Facts that follow each other on one day with one cause need one snapshot, after the last of them: what those between
would add they would take back with the same day and cause. A snapshot's number is `group`: the person's place among
those restated, and its own among the person's.
"""

import polars as pl

from projections.coverage.causes import CORRECTED, DIED, MOVED, RULE_CHANGE
from projections.coverage.counting import Counting
from projections.coverage.placed import CELL, placed
from projections.people.facts import Facts
from projections.people.rows import Rows

# A fact that registers a person is two steps: it describes (a change is a correction), then it tells where they live.
# One that says all of a person anew is one step, with a cause of its own.
DESCRIPTION, HOME, DOSE, DEATH, ANEW = range(5)


def restated(before: Rows, facts: Facts, persons: pl.DataFrame, by: Counting) -> pl.DataFrame:
    """Lines of persons whose past may change: each snapshot added at its fact, and taken back at the next one."""
    before, facts = before.of(persons), facts.of(persons)
    steps = _steps(facts)
    counted = pl.col("withdrawn").not_() & pl.col("suspected_duplicate_of").is_null()
    doses = _snapshots(steps, DOSE, before.doses, facts.doses.with_columns(counted=counted), "dose_id")
    homes = _snapshots(steps, HOME, before.residences, facts.residences, "on")
    described = _snapshots(steps, DESCRIPTION, before.people, facts.descriptions)
    deaths = _snapshots(steps, DEATH, before.people, facts.deaths)
    counted_doses = (
        doses.filter("counted")
        .drop("cause")
        .sort("group", "disease", "given_on", "dose_id")
        .join(described, on="group", how="left", maintain_order="left")
    )
    dead = deaths.filter(pl.col("died_on").is_not_null()).select("group")
    return _lines(placed(counted_doses, homes, by), steps, dead, by)


def _steps(facts: Facts) -> pl.DataFrame:
    """Every step of every person: `step` 1, 2, ... the number of its snapshot, `person` 0, 1, ..., `group` of both."""
    told = ((facts.descriptions, DESCRIPTION, CORRECTED), (facts.residences, HOME, MOVED), (facts.deaths, DEATH, DIED))
    anew = facts.restatements.select("person_id", "version", "day", "cause", kind=pl.lit(ANEW, pl.Int8))
    steps = [
        frame.select("person_id", "version", "day", cause=pl.lit(cause, pl.Int16), kind=pl.lit(kind, pl.Int8)).join(
            anew, on=["person_id", "version"], how="anti"
        )
        for frame, kind, cause in told
    ]
    steps.append(facts.doses.select("person_id", "version", "day", "cause", kind=pl.lit(DOSE, pl.Int8)))
    ordered = pl.concat([*steps, anew]).sort("person_id", "version", "kind")
    same = pl.all_horizontal(pl.col(name) == pl.col(name).shift() for name in ("person_id", "day", "cause"))
    # What says all of a person anew ends what was said before it: it has a snapshot of its own.
    alone = (pl.col("kind") == ANEW) | (pl.col("kind").shift() == ANEW)
    return (
        ordered.with_columns(begins=~(same & ~alone).fill_null(value=False))
        .with_columns(
            person=pl.col("person_id").rle_id().cast(pl.Int64),
            step=pl.col("begins").cum_sum().over("person_id").cast(pl.Int64),
        )
        .with_columns(steps=pl.col("step").max().over("person_id"))
    ).with_columns(group=pl.col("person") * (pl.col("steps").max() + 1) + pl.col("step"))


def _snapshots(steps: pl.DataFrame, kind: int, old: pl.DataFrame, new: pl.DataFrame, *key: str) -> pl.DataFrame:
    """A row per snapshot and thing true in it: true from the step that says it until the same `key` is said again.

    Residences are true no longer than until all of them are said anew.
    """
    people = steps.unique("person_id", keep="first").select(
        "person_id", "steps", first=pl.col("group") - pl.col("step")
    )
    taken = steps.filter(pl.col("kind").is_in([kind, ANEW])).select("person_id", "version", "step")
    columns = [column for column in new.columns if column in old.columns]
    said = pl.concat(
        [
            old.select(columns).with_columns(step=pl.lit(0, pl.Int64)),
            new.select(columns).join(taken, on=["person_id", "version"]),
        ]
    )
    told = said.join(people, on="person_id").sort("person_id", *key, "step", "version")
    again = pl.all_horizontal(pl.col(column) == pl.col(column).shift(-1) for column in ("person_id", *key))
    until = pl.when(again.fill_null(value=False)).then(pl.col("step").shift(-1)).otherwise(pl.col("steps") + 1)
    told = told.with_columns(until=until)
    if kind == HOME:
        told = _until_said_anew(told, steps)
    spread = told.with_columns(group=pl.int_ranges("step", "until") + pl.col("first"))
    return spread.explode("group").drop_nulls("group").drop("person_id", "version", "step", "steps", "first", "until")


def _until_said_anew(told: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    anew = steps.filter(pl.col("kind") == ANEW).select("person_id", "step", anew="step").sort("step")
    next_one = told.sort("step").join_asof(
        anew, on="step", by="person_id", strategy="forward", allow_exact_matches=False, check_sortedness=False
    )
    return next_one.with_columns(until=pl.min_horizontal("until", "anew")).drop("anew")


def _lines(cells: pl.DataFrame, steps: pl.DataFrame, dead: pl.DataFrame, by: Counting) -> pl.DataFrame:
    """Each snapshot's cells with plus at its own step and minus at the next; the dead mirrored where they leave.

    `dead`: the snapshots in which the person is known dead; it can be found out that they are not.
    """
    known = steps.select("group", "person_id", "day", "cause").unique("group")
    counts = cells.select("group", *CELL, "persons", pl.lit(1, pl.Int64).alias("doses"))
    leaving = counts.with_columns(pl.col("group") + 1, -pl.col("persons"), -pl.col("doses"))
    signed = pl.concat([counts.with_columns(of="group"), leaving.with_columns(of=pl.col("group") - 1)])
    told = signed.join(known, on="group").join(dead.with_columns(dead=True), left_on="of", right_on="group", how="left")
    alive = pl.col("dead").is_null()
    early = pl.col("day").cast(pl.Int32) < by.dead_leave_from
    lines = told.filter(alive | early)
    mirrored = told.filter(~alive & early).with_columns(
        -pl.col("persons"),
        -pl.col("doses"),
        day=pl.lit(by.dead_leave_from, pl.Int32).cast(pl.Date),
        cause=pl.lit(RULE_CHANGE, pl.Int16),
    )
    columns = ("person_id", pl.col("day").alias("day_known"), "cause", *CELL, "persons", "doses")
    return pl.concat([lines, mirrored]).select(columns)
