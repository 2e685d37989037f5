"""A link and its undoing leave every answer as it was, cell by cell; in between, the two are one."""

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections.coverage.query import coverage
from projections.coverage.question import CoverageQuestion
from projections.fingerprint import Fingerprint, fingerprint
from projections.links import Links
from projections.municipality_uploads import MunicipalityUploads
from projections.people.project import People
from projections.projection import Projection
from projections.supply.project import Supply
from tests.coverage.histories import FIRST_DAY, Fact, batch, deliveries, fact, histories
from tests.links_read_side.facts import DAY, Conn, dose, empty, identified, links_batch, tell
from tests.links_read_side.linking import linked, unlinked

EVERY: tuple[Projection, ...] = (People(), Links(), Supply(), MunicipalityUploads())
MARCH, APRIL = date(2021, 3, 1), date(2021, 4, 12)


def answers(conn: Conn) -> dict[str, Fingerprint]:
    with conn.transaction():
        return {table: fingerprint(conn, rows) for one in EVERY[:2] for table, rows in one.answers().items()}


def held(conn: Conn) -> dict[str, list[tuple[Any, ...]]]:
    tables = {table: rows for one in EVERY[:2] for table, rows in one.tables().items()}
    return {table: sorted(conn.execute(rows).fetchall(), key=repr) for table, rows in tables.items()}


def at_least(conn: Conn, *levels: int) -> list[int]:
    asked = [CoverageQuestion(date(2021, 7, 4), date(2022, 12, 31), at_least=level) for level in levels]
    return [coverage(conn, question).rows["persons"].item() for question in asked]


def two_people() -> list[Fact]:
    """One with a personal number and one with a reserve number, each with a dose."""
    return [
        identified(1, "personal"),
        fact("PersonRegistered.v1", 1, 2, FIRST_DAY),
        dose(1, 3, MARCH),
        identified(2, "reserve", birth_year=None, sex="unknown"),
        dose(2, 2, APRIL, care_unit="SE9"),
    ]


def test_two_people_with_a_dose_each_are_one_with_two_doses_while_they_are_linked(register: Conn) -> None:
    log = two_people()
    tell(register, log)
    before = answers(register)
    assert at_least(register, 1, 2) == [2, 0]
    link = linked(log, 1, 2, DAY)
    tell(register, link)
    assert at_least(register, 1, 2) == [1, 1]
    between = answers(register)
    assert {table for table in before if before[table] != between[table]} >= {"doses", "coverage", "identity_pairs"}
    tell(register, unlinked(log, [*log, *link], 1, 2, DAY + timedelta(days=9)))
    assert at_least(register, 1, 2) == [2, 0]
    assert answers(register) == before


def test_lines_of_a_link_say_so_and_so_do_those_of_its_undoing(register: Conn) -> None:
    log = two_people()
    link = linked(log, 1, 2, DAY)
    tell(register, log)
    tell(register, link)
    tell(register, unlinked(log, [*log, *link], 1, 2, APRIL + timedelta(days=200)))
    causes = (
        "SELECT name, sum(persons) FROM coverage_ledger JOIN coverage_causes USING (cause) WHERE dose = 1 GROUP BY 1"
    )
    assert dict(register.execute(causes).fetchall()) == {"new": 2, "linked": -1, "unlinked": 1}
    sums = register.execute(People().answers()["coverage_ledger_by_links"]).fetchall()
    assert sums == []


def test_a_death_that_came_with_a_link_is_taken_back_with_it(register: Conn) -> None:
    log = [*two_people(), fact("PersonDied.v1", 2, 3, DAY, on=DAY)]
    tell(register, log)
    after_leaving = date(2022, 3, 1)
    link = linked(log, 1, 2, after_leaving)
    tell(register, link)
    assert at_least(register, 1, 2) == [0, 0]
    tell(register, unlinked(log, [*log, *link], 1, 2, after_leaving + timedelta(days=1)))
    assert at_least(register, 1, 2) == [1, 0]


def test_every_projection_says_what_it_answers(register: Conn) -> None:
    for one in EVERY[2:]:
        one.create_tables(register)
    for one in EVERY:
        for rows in one.answers().values():
            register.execute(rows)
        assert one.answers().keys() & one.tables().keys()


@settings(max_examples=16, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_link_and_unlink_after_any_histories_change_no_answer_and_live_is_rebuilt(
    register: Conn, data: st.DataObject
) -> None:
    firsts = [identified(person, "reserve") for person in (1, 2)]
    log = firsts + [(name, said | {"version": said["version"] + 1}) for name, said in data.draw(histories(2, 14))]
    day = max(said["recorded_at"] for _, said in log).date()
    link = linked(log, 1, 2, day + timedelta(days=data.draw(st.integers(1, 300))))
    known = [*log, *link]
    undone = unlinked(log, known, 1, 2, day + timedelta(days=data.draw(st.integers(301, 600))))
    empty(register)
    tell(register, log)
    before = answers(register)
    for part in data.draw(deliveries([*link, *undone])):
        tell(register, part)
    assert answers(register) == before
    lived, every = held(register), [*known, *undone]
    register.execute("DROP SCHEMA live CASCADE; CREATE SCHEMA live")
    with register.transaction():
        for one in EVERY[:2]:
            one.create_tables(register)
        People().rebuild(register, batch(each for each in every if each[0] in People.reads))
        Links().rebuild(register, links_batch(every))
    assert held(register) == lived
