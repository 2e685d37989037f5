"""Signed changes of counts: what each fact about a person adds to and takes from the cells of coverage.

A fact's changes are the person's contributions after it minus those before it, on the day the fact was known and with
its cause. Facts are taken one by one, so the changes do not depend on how facts were put together in batches: that
is what makes a rebuilt ledger equal the live one. All persons go at once, in columns. Two ways lead to the same sums:

* growth: nothing that stood before changes; each new dose comes after the person's earlier ones and adds one line;
* restated: everyone else. Every fact gets a snapshot of the person's counted doses; each line of a snapshot is added
  at its fact and taken back at the next.

From `dead_leave_from` on the dead count nowhere. Who was known dead before that day leaves on it: rule-change.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from projections.coverage.causes import CORRECTED, DIED, MOVED, RULE_CHANGE
from projections.coverage.counting import Ints, Rule, day_number, levels, lived_at
from projections.people.facts import Facts
from projections.people.rows import Rows
from register import definitions

CELL = ("area", "deso", "birth_year", "sex", "disease", "dose", "product", "week")
KEY = ("day_known", "cause", *CELL)
NO_LINES = pl.DataFrame(schema={"day_known": pl.Date, **dict.fromkeys((*KEY[1:], "persons", "doses"), pl.Int64)})


@dataclass(frozen=True)
class Counting:
    """What counting goes by: rules for doses, and the day from which the dead leave (days since 1970)."""

    rules: tuple[Rule, ...]
    dead_leave_from: int


def counting() -> Counting:
    """What counting goes by, from the definition files."""
    numbers = {disease.code: disease.number for disease in definitions.diseases()}
    rules = tuple(
        Rule(numbers[rule.disease], rule.dose, day_number(rule.given_from), rule.min_days_after_previous)
        for rule in definitions.counting_rules()
    )
    return Counting(rules, day_number(definitions.dead_leave_from()))


def changes(before: Rows, facts: Facts, by: Counting) -> pl.DataFrame:
    """Lines of the ledger; a key may come more than once. `facts` holds only what is newer than `before`."""
    doses = _doses(before, facts)
    restated = _persons_restated(before, facts, doses)
    if restated.is_empty():
        return _growth(before, facts, doses, by)
    growth = _growth(before, facts, doses.join(restated, on="person_id", how="anti", maintain_order="left"), by)
    return pl.concat([growth, summed(_restated(before, facts, restated, by))])


def summed(lines: pl.DataFrame) -> pl.DataFrame:
    """One line per key, without those that cancel out."""
    total = lines.group_by(KEY).agg(pl.col("persons", "doses").sum())
    return total.filter((pl.col("persons") != 0) | (pl.col("doses") != 0))


def _doses(before: Rows, facts: Facts) -> pl.DataFrame:
    """Counted doses of everyone with new dose facts, old ones with version 0, in the order of counting."""
    counted = facts.doses.filter(~pl.col("withdrawn") & pl.col("suspected_duplicate_of").is_null())
    new = counted.select(*_DOSE_COLUMNS, "day", "cause")
    old = before.doses.filter("counted").join(facts.doses.select("person_id").unique(), on="person_id", how="semi")
    held = old.select(*_DOSE_COLUMNS).with_columns(version=pl.lit(0, pl.Int64))
    return pl.concat([held, new], how="diagonal").sort("person_id", "disease", "given_on", "dose_id")


_DOSE_COLUMNS = ("person_id", "version", "dose_id", "given_on", "disease", "product")


def _persons_restated(before: Rows, facts: Facts, doses: pl.DataFrame) -> pl.DataFrame:
    """Persons of whom more may change than that doses are added behind those that they have."""
    known = before.doses.select("person_id", "dose_id")
    told = facts.doses.select("person_id", "dose_id")
    again = told.filter(pl.col("dose_id").is_duplicated())
    changed = told.join(known, on=["person_id", "dose_id"], how="semi")
    same = (pl.col("person_id") == pl.col("person_id").shift()) & (pl.col("disease") == pl.col("disease").shift())
    inserted = doses.filter(same & (pl.col("version") < pl.col("version").shift()))
    dead = before.people.filter(pl.col("died_on").is_not_null())
    held = before.doses.filter("counted").select("person_id", first=pl.lit(0, pl.Int64))
    first = pl.concat([doses.select("person_id", first="version"), held]).group_by("person_id").agg(pl.min("first"))
    others = (facts.descriptions, facts.residences)
    described = pl.concat([frame.select("person_id", "version") for frame in others])
    late = described.join(first, on="person_id").filter(pl.col("version") > pl.col("first"))
    found = (again, changed, inserted, dead, facts.deaths, late)
    return pl.concat([frame.select("person_id") for frame in found]).unique()


def _growth(before: Rows, facts: Facts, doses: pl.DataFrame, by: Counting) -> pl.DataFrame:
    """One line for each new dose of persons whose doses only grow in number."""
    described = pl.concat(
        [
            before.people.select("person_id", "birth_year", "sex"),
            facts.descriptions.select("person_id", "birth_year", "sex"),
        ]
    ).unique("person_id", keep="last", maintain_order=True)
    homes = pl.concat(
        [frame.select("person_id", "on", "area", "deso") for frame in (before.residences, facts.residences)]
    ).unique(["person_id", "on"], keep="last", maintain_order=True)
    groups = doses.select("person_id").unique().with_row_index("group").with_columns(pl.col("group").cast(pl.Int64))
    placed = doses.join(groups, on="person_id", maintain_order="left").join(
        described, on="person_id", how="left", maintain_order="left"
    )
    cells = _cells(placed, homes.join(groups, on="person_id"), by)
    return cells.filter(pl.col("version") > 0).select(
        pl.col("day").alias("day_known"), "cause", *CELL, "persons", pl.lit(1, pl.Int64).alias("doses")
    )


def _cells(doses: pl.DataFrame, homes: pl.DataFrame, by: Counting) -> pl.DataFrame:
    """Doses with the cell that each counts in; `group` tells whose doses and homes belong together.

    Doses are sorted by group, disease, day and id; `persons` is 1 where the dose raised the level.
    """
    groups = doses["group"].to_numpy()
    disease = doses["disease"].to_numpy().astype(np.int64)
    given = _days(doses["given_on"])
    starts = np.ones(len(doses), dtype=np.bool_)
    starts[1:] = (groups[1:] != groups[:-1]) | (disease[1:] != disease[:-1])
    level, rose = levels(starts, given, disease, by.rules)
    homes = homes.sort("group", "on")
    home = lived_at(groups, given, homes["group"].to_numpy(), _days(homes["on"]))
    at = pl.Series(np.where(home < 0, len(homes), home))
    unknown = pl.DataFrame({"area": [0], "deso": [0]}, schema={"area": pl.Int32, "deso": pl.Int32})
    places = pl.concat([homes.select("area", "deso"), unknown])
    return doses.with_columns(
        places["area"].gather(at),
        places["deso"].gather(at),
        pl.col("birth_year").fill_null(definitions.UNKNOWN),
        pl.col("sex").fill_null(definitions.UNKNOWN),
        pl.Series("dose", level).cast(pl.Int16),
        pl.Series("persons", rose).cast(pl.Int64),
        (pl.col("given_on").dt.iso_year() * 100 + pl.col("given_on").dt.week()).cast(pl.Int32).alias("week"),
    )


def _days(dates: pl.Series) -> Ints:
    return dates.cast(pl.Int32).to_numpy().astype(np.int64)


def _restated(before: Rows, facts: Facts, persons: pl.DataFrame, by: Counting) -> pl.DataFrame:
    """Lines of persons whose past may change: each snapshot added at its fact, and taken back at the next one."""
    before, facts = _of(persons, before, facts)
    steps = _steps(facts)
    counted = pl.col("withdrawn").not_() & pl.col("suspected_duplicate_of").is_null()
    doses = _snapshots(steps, DOSE, before.doses, facts.doses.with_columns(counted=counted), "dose_id")
    homes = _snapshots(steps, HOME, before.residences, facts.residences, "on")
    described = _snapshots(steps, DESCRIPTION, before.people, facts.descriptions)
    placed = (
        doses.filter("counted")
        .sort("group", "disease", "given_on", "dose_id")
        .join(described, on="group", how="left", maintain_order="left")
    )
    return _lines(_cells(placed, homes, by), steps, _dead_from(before, steps), by)


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


# A fact that registers a person is two steps: it describes (a change is a correction), then it tells where they live.
DESCRIPTION, HOME, DOSE, DEATH = range(4)


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
