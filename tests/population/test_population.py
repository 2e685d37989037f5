"""Population files: what is read, what is wrong with the rest, and how a vintage replaces itself."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from connectors.incoming.population_csv import read_population
from connectors.incoming.rows import UnreadableFile
from projections.population import PopulationRow, create_tables, load, vintage_for

HEADER = "vintage;municipality;deso;birthYear;sex;count"
DAY = date(2020, 12, 31)


def test_years_age_groups_and_totals_are_read_at_every_level_of_area() -> None:
    lines = [
        HEADER,
        "2020;2480;;1950;F;12",
        "2020-12-31;24;;18-29;;34",
        "2020;;;90-;m;5",
        "2020;;2480A0010;;;900",
    ]
    assert read_population(lines) == (
        (
            PopulationRow(DAY, "2480", "", 70, 70, 1950, 2, 12),
            PopulationRow(DAY, "24", "", 18, 29, None, None, 34),
            PopulationRow(DAY, "", "", 90, None, None, 1, 5),
            PopulationRow(DAY, "2480", "2480A0010", 0, None, None, None, 900),
        ),
        (),
        (),
    )


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("20;2480;;1950;F;12", "vintage"),
        ("2020;248;;1950;F;12", "municipality"),
        ("2020;2480;0114A0010;1950;F;12", "deso"),
        ("2020;2480;2480D0010;1950;F;12", "deso"),
        ("2020;2480;;29-18;F;12", "birthYear"),
        ("2020;2480;;2021;F;12", "birthYear"),
        ("2020;2480;;1950;X;12", "sex"),
        ("2020;2480;;1950;F;-1", "count"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_with_its_row(line: str, field: str) -> None:
    rows, errors, _ = read_population([HEADER, "2020;2480;;1951;F;12", line])
    assert len(rows) == 1
    assert errors == ((2, field, "POPULATION-ROW"),)


def test_a_missing_column_stops_the_file_and_an_unknown_one_is_named() -> None:
    with pytest.raises(UnreadableFile, match="count"):
        read_population(["vintage;municipality;birthYear;sex"])
    assert read_population([f"{HEADER};note", "2020;2480;;1950;F;12;x"]).unknown_columns == ("note",)


def test_a_row_that_comes_twice_or_lacks_a_cell_is_an_error() -> None:
    assert read_population([HEADER, *["2020;2480;;1950;F;12"] * 2]).broken == ((2, "count", "POPULATION-TWICE"),)
    assert read_population([HEADER, "2020;2480;;1950;F"]).broken == ((1, "", "ROW-CELLS"),)


@pytest.fixture
def register(fresh_database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        create_tables(conn)
        yield conn


def test_a_vintage_replaces_itself_and_no_other(register: psycopg.Connection[Any]) -> None:
    old, new = date(2019, 12, 31), date(2020, 12, 31)
    load(register, [PopulationRow(old, "", "", 0, None, None, None, 10)])
    for people in (20, 30):
        load(register, [PopulationRow(new, "", "", 0, None, None, None, people)])
    rows = register.execute("SELECT vintage, count FROM reference.population ORDER BY 1").fetchall()
    assert rows == [(old, 10), (new, 30)]


def test_the_vintage_for_a_day_is_the_last_until_it_else_the_first_after(register: psycopg.Connection[Any]) -> None:
    assert vintage_for(register, DAY) is None
    load(register, [PopulationRow(date(year, 12, 31), "", "", 0, None, None, None, 1) for year in (2019, 2020)])
    days = date(2019, 1, 1), date(2020, 12, 30), DAY
    assert [vintage_for(register, day) for day in days] == [date(2019, 12, 31), date(2019, 12, 31), DAY]
