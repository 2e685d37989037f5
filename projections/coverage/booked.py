"""What a batch books: lines for the ledger, and what of each person's lines their current rows would not tell.

A protection changes the cells of lines that are in the ledger already, so a person's own lines must be found again:
one for each dose that counts (`standing`) and, kept in `coverage_earlier`, all that was booked beside these: what was
counted before a correction and taken back by it, what a death took away. Most people have nothing there.
"""

from dataclasses import dataclass

import polars as pl

from projections.coverage.changes import Changes, standing, summed, taken_back
from projections.coverage.counting import Counting
from projections.coverage.protected import changed, masked, moved, protected
from projections.people.fold import Folded, after
from projections.people.rows import Rows


@dataclass(frozen=True)
class Booked:
    """Lines to add: to the ledger without `person_id`, and to `coverage_earlier`."""

    ledger: pl.DataFrame
    earlier: pl.DataFrame


@dataclass(frozen=True)
class Protections:
    """What is hidden of protected persons before a batch and after it, and of whom it is not the same."""

    before: pl.DataFrame
    after: pl.DataFrame
    changed: pl.DataFrame


def protections(before: Rows, folded: Folded) -> Protections:
    """The protected among the persons that a batch touches."""
    was, written = protected(before.people), (folded.people.new, folded.people.changed)
    now = pl.concat([was, *map(protected, written)])
    if not was.is_empty():
        told = pl.concat([frame.select("person_id") for frame in written])
        now = pl.concat([was.join(told, on="person_id", how="anti"), *map(protected, written)])
    return Protections(was, now, changed(was, now))


def booked(
    before: Rows, folded: Folded, made: Changes, by: Counting, *, of: Protections, earlier: pl.DataFrame
) -> Booked:
    """The lines of a batch; `earlier` holds those kept of persons of whom something else is hidden than before."""
    lines = masked(made.growth, of.after).drop("person_id")
    restated = [masked(made.restated, of.after)]
    if not of.changed.is_empty():
        restated.append(moved(pl.concat([earlier, standing(before.of(of.changed), by)]), of.before, of.after))
    rest = summed(pl.concat(restated))
    return Booked(pl.concat([lines, rest]), _kept(before, folded, made, by))


def _kept(before: Rows, folded: Folded, made: Changes, by: Counting) -> pl.DataFrame:
    """What was booked beside that one more dose counts."""
    if made.persons.is_empty():
        return made.restated
    was = before.of(made.persons)
    now = after(was, folded, made.persons)
    return summed(pl.concat([made.restated, standing(was, by), taken_back(standing(now, by))]), "person_id")
