"""Candidates begin with doses of identities that are no personal number: those alone, in order, as they now are."""

from datetime import date
from typing import Any

from projections.links.candidates import _ASKED, _PLAN
from projections.links.reviewed import said_of
from tests.coverage.histories import fact
from tests.links_read_side.facts import DAY, Conn, copies, dose, identified, tell

MARCH, APRIL = date(2021, 3, 1), date(2021, 4, 12)


def begins_with(conn: Conn) -> list[tuple[Any, ...]]:
    rows = conn.execute("SELECT person_id, given_on, product, batch FROM other_doses WHERE given_on IS NOT NULL")
    return sorted(rows.fetchall())


def test_only_doses_of_those_who_have_no_personal_number_are_begun_with_also_when_they_come_later(
    register: Conn,
) -> None:
    tell(register, [identified(1, "personal"), dose(1, 2, MARCH), identified(2, "reserve"), dose(2, 2, MARCH)])
    tell(register, [dose(1, 3, APRIL), dose(2, 3, APRIL, product="Spikevax")])
    assert begins_with(register) == [(2, MARCH, 1, "EX1"), (2, APRIL, 2, "EX1")]


def test_a_dose_that_is_corrected_is_another_and_one_that_is_withdrawn_is_none(register: Conn) -> None:
    tell(register, [identified(2, "reserve"), dose(2, 2, MARCH), dose(2, 3, APRIL)])
    corrected = fact("DoseCorrected.v1", 2, 4, DAY, dose_id=202, given_on=MARCH, batch="EX2")
    withdrawn = fact("DoseWithdrawn.v1", 2, 5, DAY, dose_id=203, cause="withdrawn")
    for part in ([corrected, withdrawn], [dose(2, 2, MARCH)]):  # and what is told again changes nothing
        tell(register, part)
        assert begins_with(register) == [(2, MARCH, 1, "EX2")]


def plan(conn: Conn, statement: str, *values: object) -> str:
    with conn.transaction():
        conn.execute(_PLAN)
        return "\n".join(line for (line,) in conn.execute(f"EXPLAIN {statement}", values).fetchall())


def test_a_page_goes_along_the_index_from_where_it_begins_and_neither_sorts_nor_reads_everything(
    register: Conn,
) -> None:
    tell(register, [each for n in range(2, 300) for each in (identified(n, "reserve"), dose(n, 2, MARCH))])
    told = plan(register, _ASKED, MARCH, 1, "EX2", 100)
    assert "Backward using other_doses_given" in told
    assert "Index Cond" in told
    assert "Sort" not in told
    assert "Seq Scan" not in told


def test_what_somebody_said_of_others_is_not_even_asked_for(register: Conn) -> None:
    tell(register, [each for n in (1, 2, 3) for each in (identified(n, "reserve"), dose(n, 2, MARCH))])
    tell(register, [*copies("apart", 1, 2, 7), *copies("linked", 2, 8, 7), *copies("apart", 50, 60, 7)])
    assert {said[:2] for said in said_of(register, [1])} == {(1, 2)}
    assert {said[:2] for said in said_of(register, [2])} == {(1, 2), (2, 8)}
    assert {said[:2] for said in said_of(register, [8])} == {(1, 2), (2, 8)}
