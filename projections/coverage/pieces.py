"""Persons whose past may change, a few at a time; of who has thousands of doses, a few facts at a time.

Between any two facts stands all that was known of the person: that is as many rows as facts times doses. Changes go
fact by fact, so in however many pieces they are reckoned, they are the same.
"""

from collections.abc import Iterator

import polars as pl

from projections.people.facts import Facts
from projections.people.fold import after, fold
from projections.people.rows import Rows

AT_ONCE = 1_000_000  # rows


def pieces(
    before: Rows, facts: Facts, persons: pl.DataFrame, at_once: int | None = None
) -> Iterator[tuple[Rows, Facts, pl.DataFrame]]:
    """What stood before, what became known, and of whom: together all the facts about these persons."""
    at_once, sizes = at_once or AT_ONCE, _sizes(before, facts, persons)
    if sizes["rows"].sum() <= at_once:
        yield before, facts, persons
        return
    large = pl.col("rows") > at_once
    several = sizes.filter(~large).with_columns(piece=pl.col("rows").cum_sum() // at_once)
    for few in several.partition_by("piece", maintain_order=True):
        of = few.select("person_id")
        yield before.of(of), facts.of(of), of
    for person_id, held in sizes.filter(large).select("person_id", "held").iter_rows():
        of = pl.DataFrame({"person_id": [person_id]}, schema={"person_id": pl.Int64})
        yield from _of_one(before.of(of), facts.of(of), of, max(1, at_once // held))


def _of_one(
    before: Rows, facts: Facts, person: pl.DataFrame, at_once: int
) -> Iterator[tuple[Rows, Facts, pl.DataFrame]]:
    versions = facts.versions()["version"].sort().to_list()
    for first in range(0, len(versions), at_once):
        some = versions[first : first + at_once]
        piece = facts.of_versions(some[0], some[-1])
        yield before, piece, person
        before = after(before, fold(before, piece), person)


def _sizes(before: Rows, facts: Facts, persons: pl.DataFrame) -> pl.DataFrame:
    """Per person: rows that are known of them in the end, and these times the facts."""
    told = facts.versions().group_by("person_id").agg(facts=pl.len().cast(pl.Int64))
    known = pl.concat([before.doses.select("person_id"), before.residences.select("person_id")])
    stood = known.group_by("person_id").agg(stood=pl.len().cast(pl.Int64))
    sizes = persons.join(told, on="person_id", how="left").join(stood, on="person_id", how="left")
    sizes = sizes.with_columns(pl.col("facts", "stood").fill_null(0)).sort("person_id")
    return sizes.with_columns(held=pl.col("facts") + pl.col("stood") + 1).with_columns(
        rows=pl.col("facts") * pl.col("held")
    )
