"""Who a person of several identities is, said all at once: it takes the place of everything but the doses."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from projections.people.project import People
from projections.people.query import PersonDose, doses_of
from tests.coverage.histories import Fact, batch, fact

JANUARY, MARCH, APRIL, MAY = (date(2021, month, 1) for month in (1, 3, 4, 5))
REGISTERED = fact("PersonRegistered.v1", 1, 1, JANUARY, on=JANUARY)
DOSE = fact("DoseRecorded.v1", 1, 2, MARCH)


@pytest.fixture
def register(fresh_database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(fresh_database, autocommit=True) as conn, conn.transaction():
        People().create_tables(conn)
        People().create_indexes(conn)
        yield conn


def restated(version: int, **said: Any) -> Fact:
    return fact("PersonRestated.v1", 1, version, MAY, **{"cause": "linked"} | said)


def told(register: psycopg.Connection[Any], *rounds: list[Fact]) -> PersonDose:
    for one in rounds:
        People().project(register, batch(one))
    [dose] = doses_of(register, 1)
    return dose


def residences(register: psycopg.Connection[Any]) -> list[tuple[date, int, int]]:
    return register.execute('SELECT "on", area, deso FROM residences ORDER BY 1').fetchall()


ELSEWHERE = {
    "residence_days": [MARCH, APRIL],
    "residence_municipalities": ["0180", "24"],
    "residence_desos": ["0180C1200", ""],
}


@pytest.mark.parametrize("at_once", [True, False])
def test_residences_that_it_does_not_name_are_gone(register: psycopg.Connection[Any], at_once: bool) -> None:
    log = [REGISTERED, DOSE, restated(3, **ELSEWHERE)]
    dose = told(register, *([log] if at_once else [[one] for one in log]))
    assert residences(register) == [(MARCH, 180, 31200), (APRIL, 2400, 0)]
    assert (dose.area_at_vaccination, dose.deso_at_vaccination, dose.area_now) == (180, 31200, 2400)


def test_one_that_names_no_residence_leaves_none(register: psycopg.Connection[Any]) -> None:
    nowhere: dict[str, list[str]] = {field: [] for field in ELSEWHERE}
    assert told(register, [REGISTERED, DOSE], [restated(3, **nowhere)]).area_now == 0
    assert residences(register) == []


def test_a_residence_without_its_municipality_is_an_unknown_one(register: psycopg.Connection[Any]) -> None:
    broken = ELSEWHERE | {"residence_municipalities": ["0180"], "residence_desos": []}
    told(register, [REGISTERED, DOSE], [restated(3, **broken)])
    assert residences(register) == [(MARCH, 180, 0), (APRIL, 0, 0)]


def test_later_facts_change_what_it_said(register: psycopg.Connection[Any]) -> None:
    moved = fact("PersonMoved.v1", 1, 4, MAY, on=APRIL, municipality="2480", deso="")
    told(register, [REGISTERED, DOSE], [restated(3, **ELSEWHERE), moved])
    assert residences(register) == [(MARCH, 180, 31200), (APRIL, 2480, 0)]


def test_one_told_again_brings_nothing_back(register: psycopg.Connection[Any]) -> None:
    moved = fact("PersonMoved.v1", 1, 4, MAY, on=APRIL, municipality="2480", deso="")
    told(register, [REGISTERED, DOSE, restated(3, **ELSEWHERE)], [moved], [restated(3, **ELSEWHERE)])
    assert residences(register) == [(MARCH, 180, 31200), (APRIL, 2480, 0)]


def test_birth_year_and_sex_are_replaced_and_can_become_unknown(register: psycopg.Connection[Any]) -> None:
    dose = told(register, [REGISTERED, DOSE], [restated(3, birth_year=1984, sex="M")])
    assert (dose.birth_year, dose.sex) == (1984, 1)
    dose = told(register, [restated(4, birth_year=None, sex="unknown")])
    assert (dose.birth_year, dose.sex) == (0, 0)


def test_a_death_can_be_taken_back(register: psycopg.Connection[Any]) -> None:
    died = fact("PersonDied.v1", 1, 3, APRIL, on=APRIL)
    assert not told(register, [REGISTERED, DOSE, died]).alive
    assert told(register, [restated(4, cause="unlinked")]).alive
    assert not told(register, [restated(5, died_on=APRIL)]).alive


@pytest.mark.parametrize("at_once", [True, False])
def test_a_protection_is_what_it_says_and_later_words_change_it_as_usual(
    register: psycopg.Connection[Any], at_once: bool
) -> None:
    log = [
        REGISTERED,
        DOSE,
        fact("PersonProtected.v1", 1, 3, MAY, on=MAY, grade="sekretessmarkering"),
        restated(4, protected_on=None, protection=""),
        fact("PersonProtected.v1", 1, 5, MAY, on=MARCH, grade="skyddad folkbokföring"),
        fact("PersonProtected.v1", 1, 6, MAY, on=JANUARY, grade=""),
    ]
    assert told(register, *([log] if at_once else [[one] for one in log])).protection == "skyddad folkbokföring"
    assert told(register, [restated(7, protected_on=APRIL, protection="")]).area_now == 2480
