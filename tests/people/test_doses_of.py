"""A person's doses as rows, as the register now holds them."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from projections.people.project import People
from projections.people.query import doses_of
from register.hidden_fields import DESO, MUNICIPALITY, UNIT
from tests.coverage.histories import batch, fact

MARCH, APRIL, MAY = date(2021, 3, 1), date(2021, 4, 1), date(2021, 5, 1)


@pytest.fixture
def register(fresh_database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(fresh_database, autocommit=True) as conn, conn.transaction():
        People().create_tables(conn)
        People().create_indexes(conn)
        yield conn


def test_a_dose_shows_where_the_person_lived_then_and_where_now(register: psycopg.Connection[Any]) -> None:
    told = [
        fact("PersonRegistered.v1", 1, 1, MARCH),
        fact("DoseRecorded.v1", 1, 2, MARCH, dose_id=5, care_unit="SE1", batch=""),
        fact("PersonMoved.v1", 1, 3, MAY, on=APRIL, municipality="0180", deso="0180C1200"),
    ]
    People().project(register, batch(told))
    [dose] = doses_of(register, 1)
    assert (dose.birth_year, dose.sex, dose.alive, dose.batch) == (1950, 2, True, "")
    assert (dose.area_at_vaccination, dose.deso_at_vaccination, dose.area_now, dose.deso_now) == (
        2480,
        10010,
        180,
        31200,
    )


def test_the_last_fact_of_a_dose_wins_and_a_withdrawn_dose_is_gone(register: psycopg.Connection[Any]) -> None:
    told = [
        fact("DoseRecorded.v1", 1, 1, MARCH, dose_id=5),
        fact("DoseRecorded.v1", 1, 2, APRIL, dose_id=6),
        fact("DoseCorrected.v1", 1, 3, MAY, dose_id=6, given_on=MARCH, product="Homebrew 7", cause="corrected"),
        fact("DoseWithdrawn.v1", 1, 4, MAY, dose_id=5, cause="withdrawn"),
        fact("PersonDied.v1", 1, 5, MAY),
    ]
    for one in told:
        People().project(register, batch([one]))
    [dose] = doses_of(register, 1)
    assert (dose.dose_id, dose.given_on, dose.product, dose.product_as_written) == (6, MARCH, 0, "Homebrew 7")
    assert not dose.alive


@pytest.mark.parametrize("grade", ["sekretessmarkering", "skyddad folkbokföring", "assumed identity", "unheard of"])
def test_from_the_moment_of_protection_unit_and_areas_are_masked_for_earlier_doses_too(
    register: psycopg.Connection[Any], grade: str
) -> None:
    told = [
        fact("PersonRegistered.v1", 1, 1, MARCH),
        fact("DoseRecorded.v1", 1, 2, MARCH, care_unit="SE1", care_unit_municipality="2480", care_provider="212000"),
        fact("PersonProtected.v1", 1, 3, MAY, grade=grade),
    ]
    People().project(register, batch(told))
    [dose] = doses_of(register, 1)
    masked = (dose.care_provider, dose.care_unit, dose.care_unit_municipality, dose.area_at_vaccination)
    assert masked == (None, None, None, None)
    assert (dose.area_now, dose.deso_at_vaccination, dose.deso_now) == (None, None, None)
    assert dose.protection == grade


@pytest.mark.parametrize("hides", [0, UNIT, MUNICIPALITY, DESO, UNIT | MUNICIPALITY | DESO])
def test_whatever_column_of_the_view_is_asked_for_shows_no_place_that_is_hidden(
    register: psycopg.Connection[Any], hides: int
) -> None:
    said = {"care_unit": "SE1", "care_unit_municipality": "0114", "care_provider": "212000"}
    said |= {"setting": "gymnastiksal", "campaign": "buss 4"}
    told = [fact("PersonRegistered.v1", 1, 1, MARCH), fact("DoseRecorded.v1", 1, 2, MARCH, **said)]
    People().project(register, batch(told))
    register.execute("UPDATE people SET protects = %s", [hides])
    cursor = register.execute("SELECT * FROM person_doses")
    names = [column.name for column in cursor.description or ()]
    [row] = cursor.fetchall()
    shown = dict(zip(names, row, strict=True))
    # Every column is named here: who adds one that tells a place has to say what hides it.
    open_to_all = {"person_id", "dose_id", "given_on", "disease", "product", "product_as_written", "dose_number"}
    open_to_all |= {"batch", "suspected_duplicate_of", "birth_year", "sex", "alive", "protection"}
    municipality, deso = {"area_at_vaccination", "area_now"}, {"deso_at_vaccination", "deso_now"}
    assert shown.keys() == open_to_all | said.keys() | municipality | deso
    for columns, hidden_where in (
        (said.keys(), UNIT | MUNICIPALITY),
        (municipality, MUNICIPALITY),
        (deso, MUNICIPALITY | DESO),
    ):
        assert {shown[name] is None for name in columns} == {bool(hides & hidden_where)}


@pytest.mark.parametrize("at_once", [True, False])
def test_a_word_told_late_of_an_earlier_day_lifts_no_protection(
    register: psycopg.Connection[Any], at_once: bool
) -> None:
    told = [
        fact("DoseRecorded.v1", 1, 1, MARCH, dose_id=5, care_unit="SE1"),
        fact("PersonProtected.v1", 1, 2, MAY, on=MAY, grade="confidential"),
        fact("PersonProtected.v1", 1, 3, MAY, on=MARCH, grade=""),
    ]
    for some in [told] if at_once else [[one] for one in told]:
        People().project(register, batch(some))
    [dose] = doses_of(register, 1)
    assert (dose.protection, dose.care_unit) == ("confidential", None)
    People().project(register, batch([fact("PersonProtected.v1", 1, 4, MAY, on=MAY, grade="")]))
    assert doses_of(register, 1)[0].care_unit == "SE1"
