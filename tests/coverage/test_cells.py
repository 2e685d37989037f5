"""Cells are packed into two numbers to be summed; a number that does not fit is never another cell's."""

import polars as pl
import pytest

from projections.coverage.cells import cells_of
from projections.coverage.changes import NO_LINES

LINE = {"week": 202109, "area": 2480, "birth_year": 1950, "sex": 2, "disease": 1, "dose": 1, "product": 1}


def lines(**changed: int) -> pl.DataFrame:
    return pl.DataFrame([LINE | {"persons": 1, "doses": 1} | changed] * 2)


def test_lines_of_one_cell_are_summed() -> None:
    assert cells_of(lines()).to_dicts() == [LINE | {"persons": 2, "doses": 2}]
    assert cells_of(NO_LINES).is_empty()


@pytest.mark.parametrize(("column", "number"), [("birth_year", 9999), ("area", -1), ("dose", 1 << 15)])
def test_a_number_that_does_not_fit_is_refused_by_name(column: str, number: int) -> None:
    with pytest.raises(OverflowError, match=column):
        cells_of(lines(**{column: number}))
