"""Signed changes of counts: what each fact about a person adds to and takes from the cells of coverage.

A fact's changes are the person's contributions after it minus those before it, on the day the fact was known and with
its cause. Facts are taken one by one, so the changes do not depend on how facts were put together in batches: that
is what makes a rebuilt ledger equal the live one. All persons go at once, in columns. Two ways lead to the same sums:

* growth: nothing that stood before changes; each new dose comes after the person's earlier ones and adds one line;
* restated: everyone else, fact by fact (restated.py).

From `dead_leave_from` on the dead count nowhere. Who was known dead before that day leaves on it: rule-change.
Here everybody counts where they lived; what a protected identity hides is hidden afterwards (protected.py).
"""

from dataclasses import dataclass

import polars as pl

from projections.coverage.counting import Counting
from projections.coverage.pieces import pieces
from projections.coverage.placed import CELL, placed
from projections.coverage.restated import restated
from projections.people.facts import Facts
from projections.people.rows import Rows

KEY = ("day_known", "cause", *CELL)
_COUNTS = ("persons", "doses")
_INTS = {"cause": pl.Int16, "area": pl.Int32, "deso": pl.Int32, "birth_year": pl.Int16, "sex": pl.Int16}
_INTS |= {"disease": pl.Int16, "dose": pl.Int16, "product": pl.Int16, "week": pl.Int32}
_INTS |= {"persons": pl.Int64, "doses": pl.Int64}
OWN_LINES = pl.DataFrame(schema={"person_id": pl.Int64, "day_known": pl.Date, **_INTS})
NO_LINES = OWN_LINES.drop("person_id")
_DOSE_COLUMNS = ("person_id", "version", "dose_id", "given_on", "disease", "product")


@dataclass(frozen=True)
class Changes:
    """Lines with the `person_id` whose they are; a key may come more than once.

    `restated` holds those of the persons in `persons`, of whom more may have changed than that doses were added.
    """

    growth: pl.DataFrame
    restated: pl.DataFrame
    persons: pl.DataFrame

    @property
    def every(self) -> pl.DataFrame:
        """All lines."""
        return pl.concat([self.growth, self.restated])


def changes(before: Rows, facts: Facts, by: Counting) -> Changes:
    """What the facts change; `facts` holds only what is newer than `before`."""
    doses = _doses(before, facts)
    persons = _persons_restated(before, facts, doses)
    if persons.is_empty():
        growth = _growth(before, facts, doses, by)
        return Changes(growth, growth.clear(), persons)
    growth = _growth(before, facts, doses.join(persons, on="person_id", how="anti", maintain_order="left"), by)
    lines = [summed(restated(*piece, by), "person_id") for piece in pieces(before, facts, persons)]
    return Changes(growth, lines[0] if len(lines) == 1 else summed(pl.concat(lines), "person_id"), persons)


def summed(lines: pl.DataFrame, *also: str) -> pl.DataFrame:
    """One line per key (and what else is named), without those that cancel out."""
    total = lines.group_by(*also, *KEY).agg(pl.col(_COUNTS).sum())
    return total.filter((pl.col("persons") != 0) | (pl.col("doses") != 0))


def taken_back(lines: pl.DataFrame) -> pl.DataFrame:
    """The same lines with the opposite sign."""
    return lines.with_columns(-pl.col(_COUNTS))


def standing(rows: Rows, by: Counting) -> pl.DataFrame:
    """One line for each dose that counts, as the rows now hold it: all lines of who never changed."""
    doses = rows.doses.filter("counted").with_columns(day="day_known")
    homes = rows.residences.select("person_id", "on", "area", "deso")
    described = rows.people.select("person_id", "birth_year", "sex")
    return _one_line_each(doses.sort("person_id", "disease", "given_on", "dose_id"), homes, described, by)


def _doses(before: Rows, facts: Facts) -> pl.DataFrame:
    """Counted doses of everyone with new dose facts, old ones with version 0, in the order of counting."""
    counted = facts.doses.filter(~pl.col("withdrawn") & pl.col("suspected_duplicate_of").is_null())
    new = counted.select(*_DOSE_COLUMNS, "day", "cause")
    old = before.doses.filter("counted").join(facts.doses.select("person_id").unique(), on="person_id", how="semi")
    held = old.select(*_DOSE_COLUMNS).with_columns(version=pl.lit(0, pl.Int64))
    return pl.concat([held, new], how="diagonal").sort("person_id", "disease", "given_on", "dose_id")


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
    # A restatement tells of a death too, if only that there is none.
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
    return _one_line_each(doses, homes, described, by)


def _one_line_each(doses: pl.DataFrame, homes: pl.DataFrame, described: pl.DataFrame, by: Counting) -> pl.DataFrame:
    """A line for each dose that is not of version 0; doses in the order of counting."""
    groups = doses.select("person_id").unique().with_row_index("group").with_columns(pl.col("group").cast(pl.Int64))
    described_doses = doses.join(groups, on="person_id", maintain_order="left").join(
        described, on="person_id", how="left", maintain_order="left"
    )
    cells = placed(described_doses, homes.join(groups, on="person_id"), by)
    return cells.filter(pl.col("version") > 0).select(
        "person_id",
        pl.col("day").alias("day_known"),
        "cause",
        *CELL,
        "persons",
        pl.lit(1, pl.Int64).alias("doses"),
    )
