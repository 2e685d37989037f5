"""Changes of counts: what the columns reckon is what the plain reckoning says, however facts are batched."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.coverage import pieces
from projections.coverage.booked import booked, protections
from projections.coverage.causes import CAUSES
from projections.coverage.cells import cells_of
from projections.coverage.changes import KEY, NO_LINES, OWN_LINES, changes, summed
from projections.coverage.counting import HIGHEST, counting
from projections.coverage.placed import CELL
from projections.people.facts import facts
from projections.people.fold import after, fold
from projections.people.rows import NO_ROWS, Rows
from tests.coverage.histories import FIRST_DAY, Fact, batch, deliveries, fact, histories
from tests.coverage.oracle import MUNICIPAL_CELL, Counts, current, ledger


def counts_of(lines: pl.DataFrame) -> Counts:
    """Ledger lines as the oracle writes them."""
    return {(key[0], CAUSES[key[1]], *key[2:]): (persons, doses) for *key, persons, doses in lines.iter_rows()}


@dataclass
class Held:
    """What a register in memory holds after some batches."""

    rows: Rows = NO_ROWS
    ledger: pl.DataFrame = field(default_factory=NO_LINES.clone)
    earlier: pl.DataFrame = field(default_factory=OWN_LINES.clone)


def projected(batches: Sequence[Sequence[Fact]]) -> Held:
    """All batches folded one after the other, with the rows kept in memory."""
    held, by = Held(), counting()
    for one in batches:
        new = facts(batch(one).frames).after(held.rows.last_seen())
        folded, everyone = fold(held.rows, new), pl.concat([new.persons(), held.rows.people["person_id"]])
        of = protections(held.rows, folded)
        earlier = held.earlier.join(of.changed, on="person_id", how="semi")
        lines = booked(held.rows, folded, changes(held.rows, new, by), by, of=of, earlier=earlier)
        held.rows = after(held.rows, folded, everyone.unique().to_frame())
        held.ledger = summed(pl.concat([held.ledger, lines.ledger]))
        held.earlier = summed(pl.concat([held.earlier, lines.earlier]), "person_id")
    return held


@settings(max_examples=90, deadline=None)
@given(st.data())
def test_any_history_in_any_batches_gives_the_ledger_of_the_plain_reckoning(data: st.DataObject) -> None:
    log = data.draw(histories())
    expected = ledger(log)
    lines = projected(data.draw(deliveries(log))).ledger
    assert counts_of(lines) == expected
    cells = cells_of(lines).select(*MUNICIPAL_CELL, "persons", "doses")
    assert {tuple(key): (persons, doses) for *key, persons, doses in cells.iter_rows()} == current(expected)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_history_in_any_batches_leaves_the_same_rows_as_all_at_once(data: st.DataObject) -> None:
    log = data.draw(histories())
    one_by_one, at_once = projected(data.draw(deliveries(log))), projected([log] if log else [])
    for some, other in (
        (one_by_one.rows.people, at_once.rows.people),
        (one_by_one.rows.residences, at_once.rows.residences),
        (one_by_one.rows.doses, at_once.rows.doses),
        (one_by_one.earlier, at_once.earlier),
    ):
        assert some.sort(pl.all()).equals(other.sort(pl.all()))


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 40))
def test_persons_taken_in_pieces_give_the_ledger_of_the_plain_reckoning(data: st.DataObject, rows: int) -> None:
    log = data.draw(histories())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "AT_ONCE", rows)
        assert counts_of(projected(data.draw(deliveries(log))).ledger) == ledger(log)


def test_a_piece_holds_no_more_than_so_many_rows_however_many_doses_one_person_has() -> None:
    days = [FIRST_DAY + timedelta(days=7919 * n % 1000) for n in range(1000)]
    told = facts(batch([REGISTERED, *_given(*days)]).frames)
    found = list(pieces.pieces(NO_ROWS, told, pl.DataFrame({"person_id": [1]}), at_once=50_000))
    assert len(found) > 10
    assert all(
        part.versions().height * (before.doses.height + part.doses.height) <= 50_000 for before, part, _ in found
    )
    assert sum(part.doses.height for _, part, _ in found) == 1000


def test_above_the_highest_level_a_dose_is_counted_and_raises_nobody() -> None:
    days = [date(2022, 2, 1) + timedelta(weeks=9 * n) for n in range(HIGHEST + 20)]
    counted = counts_of(projected([[REGISTERED, *_given(*days)]]).ledger)
    persons = {key[7]: (0, 0) for key in counted}
    for key, (rose, doses) in counted.items():
        persons[key[7]] = (persons[key[7]][0] + rose, persons[key[7]][1] + doses)
    assert max(persons) == HIGHEST
    assert persons[HIGHEST] == (1, 21)
    assert all(counts == (1, 1) for dose, counts in persons.items() if dose < HIGHEST)


LEAVE = date(2022, 2, 3)
REGISTERED = fact("PersonRegistered.v1", 1, 1, FIRST_DAY)


def _given(*days: date) -> list[Fact]:
    return [
        fact("DoseRecorded.v1", 1, version, day, dose_id=version, given_on=day) for version, day in enumerate(days, 2)
    ]


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        pytest.param(
            [*_given(date(2021, 5, 1), date(2021, 7, 7), date(2021, 9, 1))],
            {("new", 1): (1, 1), ("new", 2): (1, 1), ("new", 3): (1, 1)},
            id="dose 3 counts on the first day and 56 days after",
        ),
        pytest.param(
            [*_given(date(2021, 5, 1), date(2021, 7, 8), date(2021, 9, 1))],
            {("new", 1): (1, 1), ("new", 2): (1, 2)},
            id="but not 55 days after",
        ),
        pytest.param(
            [*_given(date(2021, 2, 1), date(2021, 4, 1), date(2021, 8, 31))],
            {("new", 1): (1, 1), ("new", 2): (1, 2)},
            id="nor the day before",
        ),
        pytest.param(
            [*_given(date(2021, 5, 1), date(2021, 7, 1), date(2021, 8, 1), date(2021, 9, 1))],
            {("new", 1): (1, 1), ("new", 2): (1, 2), ("new", 3): (1, 1)},
            id="a dose that did not count does not move the day that the next is reckoned from",
        ),
        pytest.param(
            [fact("DoseRecorded.v1", 1, 1, date(2021, 3, 8), given_on=date(2021, 3, 1))],
            {("new", 1): (1, 1)},
            id="known a week after is new",
        ),
        pytest.param(
            [fact("DoseRecorded.v1", 1, 1, date(2021, 3, 9), given_on=date(2021, 3, 1))],
            {("late", 1): (1, 1)},
            id="known eight days after is late",
        ),
        pytest.param(
            [REGISTERED, *_given(date(2021, 3, 1)), fact("PersonDied.v1", 1, 3, LEAVE)],
            {("new", 1): (1, 1), ("died", 1): (-1, -1)},
            id="a death known on the day that the dead leave is a death",
        ),
        pytest.param(
            [REGISTERED, *_given(date(2021, 3, 1)), fact("PersonDied.v1", 1, 3, LEAVE - timedelta(days=1))],
            {("new", 1): (1, 1), ("rule-change", 1): (-1, -1)},
            id="a death known before it is a change of rules on it",
        ),
        pytest.param(
            [fact("PersonDied.v1", 1, 1, LEAVE), *_given(LEAVE)],
            {},
            id="a dose of who is known dead counts nowhere",
        ),
    ],
)
def test_the_edges_of_the_definitions(log: list[Fact], expected: dict[tuple[str, int], tuple[int, int]]) -> None:
    found: dict[tuple[str, int], list[int]] = {}
    lines = projected([log]).ledger
    assert counts_of(lines) == ledger(log)
    for key, (persons, doses) in counts_of(lines).items():
        sums = found.setdefault((key[1], key[7]), [0, 0])
        sums[0] += persons
        sums[1] += doses
    assert {key: tuple(sums) for key, sums in found.items()} == expected


def test_an_older_dose_known_later_makes_the_doses_after_it_one_dose_more() -> None:
    known = [REGISTERED, *_given(date(2021, 5, 1))]
    older = fact("DoseRecorded.v1", 1, 3, date(2021, 6, 1), dose_id=9, given_on=date(2021, 3, 1))
    lines = projected([known, [older]]).ledger
    assert counts_of(lines) == ledger([*known, older])
    late = {(key[7], key[9]): counts for key, counts in counts_of(lines).items() if key[1] == "late"}
    assert late == {(1, 202109): (1, 1), (1, 202117): (-1, -1), (2, 202117): (1, 1)}


def test_who_moves_on_the_day_of_vaccination_is_counted_where_they_moved() -> None:
    day = date(2021, 3, 1)
    log = [REGISTERED, fact("PersonMoved.v1", 1, 2, day, on=day, municipality="0180", deso=""), *_given(day)]
    log[2][1]["version"] = 3
    lines = projected([log]).ledger
    assert lines["area"].to_list() == [180]
    assert counts_of(lines) == ledger(log)


def test_the_key_of_a_line_is_its_day_its_cause_and_its_cell() -> None:
    assert KEY == ("day_known", "cause", *CELL)
