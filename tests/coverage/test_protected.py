"""From the moment a protection is known nobody can be told where the person lives or lived, and every sum stays."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections.coverage.changes import OWN_LINES
from projections.coverage.protected import masked
from projections.coverage.query import coverage
from projections.coverage.question import CoverageQuestion, Level
from projections.people.project import People
from projections.people.protection import DESO, MUNICIPALITY, NEVER_LINKED, UNIT, hidden_by
from tests.coverage.histories import FIRST_DAY, Fact, batch, deliveries, fact, histories

Conn = psycopg.Connection[Any]
LEVELS: tuple[Level, ...] = ("nation", "region", "municipality", "deso")
MARCH, APRIL, MAY, JUNE = (date(2021, month, 8) for month in (3, 4, 5, 6))
LAST = date(2021, 12, 31)


@pytest.fixture
def register(fresh_database: str) -> Iterator[Conn]:
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        _empty(conn)
        yield conn


def _empty(conn: Conn) -> None:
    conn.execute("DROP SCHEMA IF EXISTS live CASCADE; CREATE SCHEMA live; SET search_path = live")
    with conn.transaction():
        People().create_tables(conn)
        People().create_indexes(conn)


def tell(conn: Conn, *facts: Fact) -> None:
    with conn.transaction():
        People().project(conn, batch(facts))


def counted(conn: Conn, level: Level, known_on: date) -> dict[str, int]:
    """Area -> persons with at least one dose, where there are any."""
    question = CoverageQuestion(given_to=LAST, known_on=known_on, level=level)
    rows = coverage(conn, question).rows.filter(pl.col("persons") != 0)
    return dict(rows.select("area", "persons").rows())


def every_level(conn: Conn, known_on: date) -> list[dict[str, int]]:
    return [counted(conn, level, known_on) for level in LEVELS]


def protected(person: int, version: int, known: date, grade: str = "sekretessmarkering", **said: Any) -> Fact:
    return fact("PersonProtected.v1", person, version, known, grade=grade, on=known, **said)


def registered(person: int, **said: Any) -> Fact:
    return fact("PersonRegistered.v1", person, 1, FIRST_DAY, **said)


def dose(person: int, version: int, known: date, **said: Any) -> Fact:
    return fact("DoseRecorded.v1", person, version, known, **{"dose_id": person * 100 + version} | said)


OPEN = [{"00": 1}, {"24": 1}, {"2480": 1}, {"2480A0010": 1}]
HIDDEN = [{"00": 1}, {"24": 1}, {"2400": 1}, {"2400unknown": 1}]
NOBODY: list[dict[str, int]] = [{}, {}, {}, {}]


def test_as_known_on_every_day_only_the_region_is_told_once_a_protection_is_known(register: Conn) -> None:
    tell(register, registered(1), dose(1, 2, MARCH))
    days = [MARCH + timedelta(days=n) for n in range(0, 120, 7)]
    assert [every_level(register, day) for day in days] == [OPEN] * len(days)
    tell(register, protected(1, 3, MAY))
    assert [every_level(register, day) for day in days] == [HIDDEN] * len(days)
    assert every_level(register, MARCH - timedelta(days=1)) == NOBODY


def test_when_a_protection_ends_the_place_comes_back_on_every_day(register: Conn) -> None:
    tell(register, registered(1), dose(1, 2, MARCH), protected(1, 3, APRIL))
    tell(register, protected(1, 4, MAY, grade=""))
    assert [every_level(register, day) for day in (MARCH, APRIL, MAY, JUNE)] == [OPEN] * 4


def test_a_line_that_is_hidden_keeps_its_day_and_its_cause(register: Conn) -> None:
    tell(register, registered(1), dose(1, 2, MARCH), dose(1, 3, JUNE, given_on=APRIL))
    tell(register, protected(1, 4, JUNE))
    lines = "SELECT day_known, name, area, deso, dose, sum(persons)::int FROM coverage_ledger JOIN coverage_causes"
    lines += " USING (cause) GROUP BY 1, 2, 3, 4, 5 HAVING sum(persons) <> 0 ORDER BY 1"
    assert register.execute(lines).fetchall() == [(MARCH, "new", 2400, 0, 1, 1), (JUNE, "late", 2400, 0, 2, 1)]


def test_who_was_protected_before_the_first_dose_is_never_told_of(register: Conn) -> None:
    tell(register, registered(1), protected(1, 2, MARCH))
    assert every_level(register, LAST) == NOBODY
    tell(register, dose(1, 3, APRIL))
    assert every_level(register, LAST) == HIDDEN
    assert register.execute("SELECT DISTINCT area, deso FROM coverage_ledger").fetchall() == [(2400, 0)]


def test_a_move_that_becomes_known_under_protection_is_hidden_and_known_when_it_ends(register: Conn) -> None:
    tell(register, registered(1), dose(1, 2, APRIL), protected(1, 3, MAY))
    tell(register, fact("PersonMoved.v1", 1, 4, MAY, on=MARCH, municipality="2482", deso=""))
    assert every_level(register, LAST) == HIDDEN
    tell(register, protected(1, 5, JUNE, grade=""))
    assert counted(register, "municipality", LAST) == {"2482": 1}
    assert counted(register, "municipality", APRIL) == {"2480": 1}


def test_a_move_to_another_region_under_protection_moves_the_person_between_the_regions(register: Conn) -> None:
    tell(register, registered(1), dose(1, 2, APRIL), protected(1, 3, MAY))
    tell(register, fact("PersonMoved.v1", 1, 4, MAY, on=MARCH, municipality="0180", deso="0180C1200"))
    assert every_level(register, LAST) == [{"00": 1}, {"01": 1}, {"0100": 1}, {"0100unknown": 1}]
    assert every_level(register, APRIL) == HIDDEN


def test_the_protected_dead_leave_where_they_are_counted(register: Conn) -> None:
    tell(register, registered(1), dose(1, 2, MARCH), fact("PersonDied.v1", 1, 3, APRIL, on=APRIL))
    tell(register, protected(1, 4, MAY))
    assert every_level(register, LAST) == HIDDEN
    assert every_level(register, date(2022, 2, 3)) == NOBODY
    assert register.execute("SELECT area, persons FROM coverage WHERE persons <> 0").fetchall() == []


def test_a_protection_of_somebody_without_doses_changes_no_count(register: Conn) -> None:
    tell(register, registered(1), dose(1, 2, MARCH))
    tell(register, protected(2, 1, MAY), registered(3), protected(3, 2, MAY))
    assert every_level(register, LAST) == OPEN


def test_a_round_that_brings_everything_at_once_hides_it_all_the_same(register: Conn) -> None:
    tell(register, registered(1), dose(1, 2, MARCH), protected(1, 3, MAY), dose(1, 4, JUNE))
    assert every_level(register, LAST) == HIDDEN
    tell(register, registered(2), dose(2, 2, MARCH), protected(2, 3, MAY), protected(2, 4, JUNE, grade=""))
    assert counted(register, "municipality", MARCH) == {"2400": 1, "2480": 1}


def test_a_withdrawn_dose_of_a_protected_person_is_hidden_on_the_days_when_it_counted(register: Conn) -> None:
    tell(register, registered(1), dose(1, 2, MARCH))
    tell(register, fact("DoseWithdrawn.v1", 1, 3, MAY, dose_id=102, cause="withdrawn"))
    tell(register, protected(1, 4, JUNE))
    assert every_level(register, APRIL) == HIDDEN
    assert every_level(register, JUNE) == NOBODY


def test_a_restatement_can_begin_and_end_a_protection(register: Conn) -> None:
    tell(register, registered(1), dose(1, 2, MARCH))
    said = {"protected_on": MAY, "protection": "skyddad folkbokföring"}
    tell(register, fact("PersonRestated.v1", 1, 3, MAY, cause="protected", **said))
    assert every_level(register, MARCH) == HIDDEN
    tell(register, fact("PersonRestated.v1", 1, 4, JUNE, cause="unlinked", protected_on=None, protection=""))
    assert [every_level(register, day) for day in (MARCH, JUNE)] == [OPEN] * 2


@pytest.mark.parametrize(
    ("grade", "hides"),
    [
        ("", 0),
        ("Sekretessmarkering", UNIT | MUNICIPALITY | DESO),
        ("skyddad folkbokföring", UNIT | MUNICIPALITY | DESO),
        ("fingerade personuppgifter", UNIT | MUNICIPALITY | DESO | NEVER_LINKED),
        ("a grade that nobody has heard of", UNIT | MUNICIPALITY | DESO | NEVER_LINKED),
    ],
)
def test_what_each_grade_hides(grade: str, hides: int) -> None:
    assert hidden_by(grade) == hides


@pytest.mark.parametrize(
    ("hides", "place"),
    [(0, (2480, 10010)), (UNIT, (2480, 10010)), (DESO, (2480, 0)), (MUNICIPALITY, (2400, 0)), (DESO | 8, (2480, 0))],
)
def test_a_grade_hides_what_it_says_and_no_more(hides: int, place: tuple[int, int]) -> None:
    said = dict.fromkeys(OWN_LINES.columns, 1) | {"day_known": MARCH, "area": 2480, "deso": 10010}
    line = pl.DataFrame([said], schema=OWN_LINES.schema)
    protects = pl.DataFrame(
        {"person_id": [1], "protects": [hides]}, schema={"person_id": pl.Int64, "protects": pl.Int16}
    )
    assert masked(line, protects).select("area", "deso").row(0) == place
    assert masked(line, protects).schema == line.schema


def _without_protections(log: Sequence[Fact]) -> list[Fact]:
    """The same histories, in which nobody was ever protected."""
    kept = [(name, said) for name, said in log if name != "PersonProtected.v1"]
    return [
        (name, said | {"protection": "", "protected_on": None} if name == "PersonRestated.v1" else said)
        for name, said in kept
    ]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nation_and_regions_are_on_every_day_what_they_would_be_if_nobody_were_protected(
    register: Conn, data: st.DataObject
) -> None:
    log = data.draw(histories(persons=3, facts=18))
    days = [data.draw(st.dates(FIRST_DAY, FIRST_DAY + timedelta(days=1500))) for _ in range(2)]
    asked: list[list[Any]] = []
    for told in (log, _without_protections(log)):
        _empty(register)
        for part in data.draw(deliveries(told)):
            tell(register, *part)
        asked.append([counted(register, level, day) for level in ("nation", "region") for day in days])
    assert asked[0] == asked[1]
