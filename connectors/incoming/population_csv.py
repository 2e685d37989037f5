"""Population by area, birth year and sex: what shares are reckoned against, one vintage at a time."""

from collections.abc import Iterable
from typing import NamedTuple

from connectors.incoming.rows import BrokenCell, BrokenRow, Cells, Columns, Table, read

COLUMNS = Columns(
    needed=("vintage", "municipality", "birthYear", "sex", "count"),
    optional=("deso",),
)


class PopulationRow(NamedTuple):
    """People of one birth year and sex in one area on the last day of the vintage year; empty deso = all of it."""

    vintage: int
    municipality: str
    deso: str
    birth_year: int | None
    sex: str
    people: int


def population(lines: Iterable[str]) -> Table[PopulationRow | BrokenRow]:
    """What the file says of the population, row by row."""
    return read(lines, COLUMNS, population_row)


def population_row(_row: int, cells: Cells) -> PopulationRow:
    """One count of people; raises BrokenCell where it is no count."""
    if cells["sex"].upper() not in ("F", "M", ""):
        raise BrokenCell("sex", "POPULATION-ROW")
    if cells["municipality"] and not (cells["municipality"].isdecimal() and len(cells["municipality"]) in (2, 4)):
        raise BrokenCell("municipality", "POPULATION-ROW")
    return PopulationRow(
        _whole(cells, "vintage"),
        cells["municipality"],
        cells["deso"],
        _whole(cells, "birthYear") if cells["birthYear"] else None,
        cells["sex"].upper(),
        _whole(cells, "count"),
    )


def _whole(cells: Cells, column: str) -> int:
    text = cells[column]
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise BrokenCell(column, "POPULATION-ROW")
    return int(text)
