"""Population by vintage: the people that shares are reckoned against.

A vintage holds the population on its day; ages are those reached by the end of the vintage's year. The tables come
from the statistics agency, which counts the living: so the dead are not in them, and nothing has to be taken away for
the rule that the dead leave the denominator.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from psycopg import Connection

from register.words import is_deso

COLUMNS = ("vintage", "municipality", "deso", "birthYear", "sex", "count")
SEXES = {"": None, "M": 1, "F": 2}

TABLES = """
CREATE SCHEMA IF NOT EXISTS reference;
CREATE TABLE IF NOT EXISTS reference.population (
    vintage date NOT NULL,
    municipality text NOT NULL,
    deso text NOT NULL,
    age_from int NOT NULL,
    age_to int,
    birth_year int,
    sex smallint,
    count bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS population_by_vintage ON reference.population (vintage, municipality);
"""


class PopulationRow(NamedTuple):
    """People of one age or age group (`age_to` None = and older) and sex (ISO 5218, None = both) in one area.

    `municipality` has 4 digits, 2 for a whole region, none for the nation; `deso` is empty for all of it.
    """

    vintage: date
    municipality: str
    deso: str
    age_from: int
    age_to: int | None
    birth_year: int | None
    sex: int | None
    people: int


class PopulationError(NamedTuple):
    """A cell that cannot be read: row (from 1 after the header; 0 = the header), column and code."""

    row: int
    field: str
    code: str


def read_population(lines: Iterable[str]) -> tuple[tuple[PopulationRow, ...], tuple[PopulationError, ...]]:
    """Rows and errors of a file with the columns vintage;municipality;deso;birthYear;sex;count.

    `vintage` is a day or a year (its 31 December), `birthYear` a year, an age group at the end of the vintage's year
    (18-29, 90-) or empty (all ages). A column that is missing is an error of row 0, but `deso` may be missing.
    """
    table = csv.DictReader(lines, delimiter=";")
    header = {name.strip().lstrip("\ufeff"): name for name in table.fieldnames or ()}
    missing = [name for name in COLUMNS if name not in header and name != "deso"]
    if missing:
        return (), tuple(PopulationError(0, name, "POPULATION-COLUMN-MISSING") for name in missing)
    rows: dict[tuple[Any, ...], PopulationRow] = {}
    errors: list[PopulationError] = []
    for number, cells in enumerate(table, 1):
        read = _row(number, {name: (cells.get(header.get(name, name)) or "").strip() for name in COLUMNS})
        if isinstance(read, PopulationError):
            errors.append(read)
        elif read[:-1] in rows:
            errors.append(PopulationError(number, "count", "POPULATION-TWICE"))
        else:
            rows[read[:-1]] = read
    return tuple(rows.values()), tuple(errors)


def _row(number: int, cells: dict[str, str]) -> PopulationRow | PopulationError:
    vintage = _vintage(cells["vintage"])
    if vintage is None:
        return PopulationError(number, "vintage", "POPULATION-ROW")
    ages = _ages(cells["birthYear"], vintage)
    if ages is None:
        return PopulationError(number, "birthYear", "POPULATION-ROW")
    municipality, deso = cells["municipality"], cells["deso"]
    if not re.fullmatch(r"(\d{2}|\d{4})?", municipality, re.ASCII):
        return PopulationError(number, "municipality", "POPULATION-ROW")
    if deso and not (is_deso(deso) and deso.startswith(municipality)):
        return PopulationError(number, "deso", "POPULATION-ROW")
    if cells["sex"].upper() not in SEXES:
        return PopulationError(number, "sex", "POPULATION-ROW")
    if not re.fullmatch(r"\d{1,9}", cells["count"], re.ASCII):
        return PopulationError(number, "count", "POPULATION-ROW")
    sex, people = SEXES[cells["sex"].upper()], int(cells["count"])
    return PopulationRow(vintage, deso[:4] or municipality, deso, *ages, sex, people)


def _vintage(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-12-31" if re.fullmatch(r"\d{4}", text, re.ASCII) else text)
    except ValueError:
        return None


def _ages(text: str, vintage: date) -> tuple[int, int | None, int | None] | None:
    """(age from, age to, birth year)."""
    if not text:
        return 0, None, None
    if re.fullmatch(r"\d{4}", text, re.ASCII):
        age = vintage.year - int(text)
        return (age, age, int(text)) if 0 <= age <= 150 else None
    group = re.fullmatch(r"(\d{1,3})-(\d{1,3})?", text, re.ASCII)
    if group is None or (group[2] and int(group[2]) < int(group[1])):
        return None
    return int(group[1]), int(group[2]) if group[2] else None, None


def create_tables(conn: Connection[Any]) -> None:
    """The table of all vintages, if it is not there yet."""
    conn.execute(TABLES)


def load(conn: Connection[Any], rows: Sequence[PopulationRow]) -> None:
    """Put the rows in place of all rows of their vintages."""
    with conn.cursor() as cursor:
        cursor.execute(
            "DELETE FROM reference.population WHERE vintage = ANY(%s)", [list({row.vintage for row in rows})]
        )
        with cursor.copy("COPY reference.population FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def vintage_for(conn: Connection[Any], day: date) -> date | None:
    """The last vintage until a day, else the first after it; None if there is none."""
    found = conn.execute(
        "SELECT coalesce(max(vintage) FILTER (WHERE vintage <= %s), min(vintage)) FROM reference.population", [day]
    ).fetchone()
    return found[0] if found else None
