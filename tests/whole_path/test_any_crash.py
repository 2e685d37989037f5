"""Real servers, any world, and a crash between any two steps: live tables = rebuilt ones = plain reckoning."""

import logging
from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from projections.coverage.query import coverage
from projections.coverage.question import CoverageQuestion
from projections.population import PopulationRow, load
from schemas import decode, schema
from tests.whole_path.at_work import AtWork, Crashes
from tests.whole_path.conftest import NewRegister
from tests.whole_path.reckoning import DEAD_LEAVE_FROM, Count, reckon
from tests.whole_path.worlds import World, worlds

Conn = psycopg.Connection[Any]
EXAMPLES = 4

crashes = st.lists(st.builds(Crashes, st.integers(0, 100), st.booleans(), st.integers(1, 2)), max_size=2)


@pytest.mark.timeout(600)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # a smaller example would take minutes to find; the pure tests find it in seconds
    suppress_health_check=list(HealthCheck),
)
@given(world=worlds(people=8, reports=100, least=30, references=12), data=st.data())
def test_whatever_is_said_and_wherever_it_crashes(
    new_register: NewRegister, caplog: pytest.LogCaptureFixture, world: World, data: st.DataObject
) -> None:
    caplog.clear()
    for ours in ("register", "projections", "connectors"):
        caplog.set_level(logging.DEBUG, ours)
    with new_register() as register:
        for day, said in world.days:
            register.hear(said)
            register.decide(day, *data.draw(crashes))
            if data.draw(st.booleans()):
                register.publish(*data.draw(crashes))
            if data.draw(st.booleans()):
                register.project(*data.draw(crashes))
        register.publish(*data.draw(crashes))
        register.project(*data.draw(crashes))
        with register.reading() as conn:
            counts_are_those_of_the_reports(conn, world)
            parts_sum_to_the_whole(conn)
        rebuilt = register.rebuild()
        assert rebuilt.differing == ()
        assert rebuilt.switched
        with register.reading() as conn:
            counts_are_those_of_the_reports(conn, world)
        every_report_has_one_receipt(register, world)
        every_person_has_versions_without_gaps(register)
        no_number_is_anywhere(register, world, caplog.text)


def counts_are_those_of_the_reports(conn: Conn, world: World) -> None:
    """On every day that something became known, on the day before, and now."""
    lines = conn.execute(
        "SELECT day_known, area, deso, birth_year, sex, dose, week, product, persons, doses FROM coverage_ledger"
    ).fetchall()
    for day in {day + timedelta(days=n) for day, _ in world.days for n in (-1, 0)} | {DEAD_LEAVE_FROM}:
        found = summed([line[1:] for line in lines if line[0] <= day])
        assert found == reckon(world.arrivals, day), day
    now = conn.execute("SELECT area, 0, birth_year, sex, dose, week, product, persons, doses FROM coverage")
    assert summed(now.fetchall()) == without_deso(reckon(world.arrivals, date(2030, 1, 1)))


def summed(rows: list[tuple[Any, ...]]) -> Count:
    """Rows of cells, as plain reckoning has them."""
    found = Count(Counter(), Counter(), Counter())
    for *cell, product, persons, doses in rows:
        found.persons[tuple(cell)] += persons
        found.doses[tuple(cell)] += doses
        found.products[product, cell[-1]] += doses
    return Count(*(Counter({key: n for key, n in each.items() if n}) for each in vars(found).values()))


def without_deso(count: Count) -> Count:
    """The same by municipality, as the current cells are kept."""
    found = Count(Counter(), Counter(), count.products)
    for (area, _, *cell), n in count.doses.items():
        found.doses[area, 0, *cell] += n  # type: ignore[index]
    for (area, _, *cell), n in count.persons.items():
        found.persons[area, 0, *cell] += n  # type: ignore[index]
    return found


def parts_sum_to_the_whole(conn: Conn) -> None:
    """Municipalities to their region, regions to the nation, on any day; and no share is above 1."""
    vintage = date(2020, 12, 31)
    load(conn, [PopulationRow(vintage, code, "", 0, None, None, None, 2) for code in ("2480", "2482", "0180")])
    for known_on in (date(2021, 10, 1), date(2022, 3, 10)):
        for at_least in (1, 2, 3):
            asked = {"given_to": known_on, "known_on": known_on, "at_least": at_least}
            rows = {
                level: coverage(conn, CoverageQuestion(**asked, level=level)).rows.to_dicts()  # type: ignore[arg-type]
                for level in ("nation", "region", "municipality", "deso")
            }
            for whole, part in (("nation", "region"), ("region", "municipality"), ("municipality", "deso")):
                assert by_area(rows[whole], whole) == by_area(rows[part], whole)
            assert all(row["share"] is None or 0 <= row["share"] <= 1 for every in rows.values() for row in every)


def by_area(rows: list[dict[str, Any]], level: str) -> dict[str, tuple[int, int]]:
    """Persons and doses of each area of a level, summed from rows of the same or of smaller areas."""
    length = {"nation": 0, "region": 2, "municipality": 4}[level]
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        found = sums[row["area"][:length]]
        found[0] += row["persons"]
        found[1] += row["doses"]
    return {area: (persons, doses) for area, (persons, doses) in sums.items() if persons or doses}


def every_report_has_one_receipt(register: AtWork, world: World) -> None:
    """In the register exactly one; on its topic the same bytes may lie twice after a crash."""
    reports = {
        f"{place.topic.removeprefix('reports.')}-{place.partition}-{offset}"
        for place, end in register.sent.items()
        for offset in range(end)
    }
    assert len(reports) == len(world.arrivals)
    with psycopg.connect(register.settings.database_url) as conn:
        kept = [number for (number,) in conn.execute("SELECT receipt FROM register.receipts")]
    assert sorted(kept) == sorted(reports)
    told = {value for _, _, value in register.on_topics("receipts.")}
    assert sorted(schema("Receipt.v1").decode_body(value)["receipt"] for value in told) == sorted(reports)


def every_person_has_versions_without_gaps(register: AtWork) -> None:
    """Facts may come again, but none is missing and none overtakes."""
    last: dict[bytes, int] = defaultdict(int)
    for _, key, value in register.on_topics("events.people"):
        version = decode(value)[1]["version"]
        assert version <= last[key] + 1
        last[key] = max(last[key], version)
    with psycopg.connect(register.settings.database_url) as conn:
        row = conn.execute("SELECT count(*) FROM register.stored_events").fetchone()
    assert row == (sum(last.values()),)


def no_number_is_anywhere(register: AtWork, world: World, log: str) -> None:
    """Neither on a topic beside the reports, nor in what the programs log."""
    told = b"\n".join(key + b"\n" + value for _, key, value in register.on_topics("events.", "receipts."))
    for person in world.people:
        for writing in person.writings:
            assert writing.encode() not in told
            assert writing not in log
