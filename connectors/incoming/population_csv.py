"""Population figures by vintage: vintage;municipality;deso;birthYear;sex;count."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from connectors.incoming.rows import BrokenCell, BrokenRow, Cells, Columns, read
from projections.population import NotPopulation, PopulationRow, population_row

COLUMNS = Columns(needed=("vintage", "municipality", "birthYear", "sex", "count"), optional=("deso",))


class PopulationFile(NamedTuple):
    """What a file holds, what of it cannot be read, and columns that nobody knows."""

    rows: tuple[PopulationRow, ...]
    broken: tuple[BrokenRow, ...]
    unknown_columns: tuple[str, ...]


def read_population(lines: Iterable[str]) -> PopulationFile:
    """All rows of a file; raises UnreadableFile where a column is missing."""
    seen: set[tuple[Any, ...]] = set()

    def make(number: int, cells: Cells) -> PopulationRow:  # noqa: ARG001
        try:
            row = population_row(cells)
        except NotPopulation as wrong:
            raise BrokenCell(wrong.field, "POPULATION-ROW") from None
        if row[:-1] in seen:
            raise BrokenCell("count", "POPULATION-TWICE")
        seen.add(row[:-1])
        return row

    table = read(lines, COLUMNS, make)
    rows: list[PopulationRow] = []
    broken: list[BrokenRow] = []
    for row in table.rows:
        if isinstance(row, BrokenRow):
            broken.append(row)
        else:
            rows.append(row)
    return PopulationFile(tuple(rows), tuple(broken), table.unknown_columns)
