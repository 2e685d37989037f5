"""Changes of counts: what the columns reckon is what the plain reckoning says, however facts are batched."""

from collections.abc import Sequence

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.coverage.causes import CAUSES
from projections.coverage.cells import cells_of
from projections.coverage.changes import CELL, KEY, changes, counting, summed
from projections.people.facts import facts
from projections.people.fold import fold
from projections.people.rows import COUNTED_DOSES, NO_ROWS, PEOPLE, RESIDENCES, Rows
from tests.coverage.histories import Fact, batch, deliveries, histories
from tests.coverage.oracle import MUNICIPAL_CELL, Counts, current, ledger


def counts_of(lines: pl.DataFrame) -> Counts:
    """Ledger lines as the oracle writes them."""
    return {(key[0], CAUSES[key[1]], *key[2:]): (persons, doses) for *key, persons, doses in lines.iter_rows()}


def projected(batches: Sequence[Sequence[Fact]]) -> tuple[pl.DataFrame, Rows]:
    """All batches folded one after the other, with the rows kept in memory."""
    rows, lines = NO_ROWS, []
    for one in batches:
        new = facts(batch(one).frames).after(rows.last_seen())
        lines.append(changes(rows, new, counting()))
        rows = _after(rows, new)
    total = pl.concat([*lines, changes(NO_ROWS, facts({}), counting())])
    return summed(total), rows


def _after(before: Rows, new: object) -> Rows:
    folded = fold(before, new)  # type: ignore[arg-type]
    doses = [
        frame.with_columns(counted=pl.col("withdrawn").not_() & pl.col("suspected_duplicate_of").is_null())
        for frame in (folded.doses.new, folded.doses.changed)
    ]
    return Rows(
        _put(before.people, [folded.people.new, folded.people.changed], list(PEOPLE), ["person_id"]),
        _put(
            before.residences,
            [folded.residences.new, folded.residences.changed],
            list(RESIDENCES),
            ["person_id", "on"],
        ),
        _put(before.doses, doses, list(COUNTED_DOSES), ["person_id", "dose_id"]),
    )


def _put(old: pl.DataFrame, new: list[pl.DataFrame], columns: list[str], key: list[str]) -> pl.DataFrame:
    return pl.concat([old, *(frame.select(columns) for frame in new)]).unique(key, keep="last", maintain_order=True)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_history_in_any_batches_gives_the_ledger_of_the_plain_reckoning(data: st.DataObject) -> None:
    log = data.draw(histories())
    expected = ledger(log)
    lines, _ = projected(data.draw(deliveries(log)))
    assert counts_of(lines) == expected
    cells = cells_of(lines).select(*MUNICIPAL_CELL, "persons", "doses")
    assert {tuple(key): (persons, doses) for *key, persons, doses in cells.iter_rows()} == current(expected)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_history_in_any_batches_leaves_the_same_rows_as_all_at_once(data: st.DataObject) -> None:
    log = data.draw(histories())
    _, rows = projected(data.draw(deliveries(log)))
    _, at_once = projected([log] if log else [])
    for some, other in (
        (rows.people, at_once.people),
        (rows.residences, at_once.residences),
        (rows.doses, at_once.doses),
    ):
        assert some.sort(pl.all()).equals(other.sort(pl.all()))


def test_the_key_of_a_line_is_its_day_its_cause_and_its_cell() -> None:
    assert KEY == ("day_known", "cause", *CELL)
