"""Population by vintage: the people that shares are reckoned against.

A vintage holds the population on its day; ages are those reached by the end of the vintage's year. The tables come
from the statistics agency, which counts the living: so the dead are not in them, and nothing has to be taken away for
the rule that the dead leave the denominator.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from psycopg import Connection

from register.words import is_deso, municipality_codes, region_codes

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


class NotPopulation(Exception):
    """A cell cannot be read; `field` is its column."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def population_row(cells: Mapping[str, str]) -> PopulationRow:
    """A row of the columns `COLUMNS`; raises NotPopulation.

    `vintage` is a day or a year (its 31 December), `birthYear` a year, an age group at the end of the vintage's year
    (18-29, 90-) or empty (all ages).
    """
    vintage = _vintage(cells["vintage"])
    if vintage is None:
        raise NotPopulation("vintage")
    ages = _ages(cells["birthYear"], vintage)
    if ages is None:
        raise NotPopulation("birthYear")
    municipality, deso = cells["municipality"], cells["deso"]
    known = municipality_codes() if len(municipality) == 4 else region_codes()
    if municipality and municipality not in known:
        raise NotPopulation("municipality")
    if deso and not (is_deso(deso) and deso.startswith(municipality)):
        raise NotPopulation("deso")
    if cells["sex"].upper() not in SEXES:
        raise NotPopulation("sex")
    if not re.fullmatch(r"\d{1,9}", cells["count"], re.ASCII):
        raise NotPopulation("count")
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


def areas_of(conn: Connection[Any], vintages: Collection[date]) -> set[tuple[date, str, str]]:
    """(vintage, municipality, DeSO) of all figures held of these vintages."""
    query = "SELECT DISTINCT vintage, municipality, deso FROM reference.population WHERE vintage = ANY(%s)"
    return set(conn.execute(query, [list(vintages)]).fetchall())


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
