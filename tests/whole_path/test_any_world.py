"""Whatever is reported, in whatever order, however often: the register counts what plain reckoning counts."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.coverage.histories import deliveries
from tests.whole_path.in_memory import ReadSide, WriteSide
from tests.whole_path.reckoning import DEAD_LEAVE_FROM, Count, people_together, reckon
from tests.whole_path.worlds import Report, World, a_change, a_dose, a_link, somebody, worlds


def decided(world: World, data: st.DataObject) -> WriteSide:
    """Every report decided, in batches of any size; now and then a crash before a batch is written."""
    register = WriteSide()
    for day, said in world.days:
        at = 0
        while at < len(said):
            until = data.draw(st.integers(at + 1, len(said)))
            register.hear(said[at:until], day, crashes=data.draw(st.booleans()))
            at = until
    return register


def known_on(ledger: pl.DataFrame, day: date) -> Count:
    """The sum of the ledger up to a day."""
    found = Count(Counter(), Counter(), Counter())
    for line in ledger.filter(pl.col("day_known") <= day).iter_rows(named=True):
        cell = tuple(line[name] for name in ("area", "deso", "birth_year", "sex", "dose", "week"))
        found.persons[cell] += line["persons"]
        found.doses[cell] += line["doses"]
        found.products[line["product"], line["week"]] += line["doses"]
    return Count(*(Counter({key: n for key, n in each.items() if n}) for each in vars(found).values()))


@settings(max_examples=120, deadline=None)
@given(worlds(), st.data())
def test_what_is_counted_on_any_day_is_what_the_reports_until_then_amount_to(world: World, data: st.DataObject) -> None:
    register = decided(world, data)
    live, rebuilt = ReadSide(), ReadSide()
    for told in data.draw(deliveries(register.facts)):
        live.project(told)
    rebuilt.project(register.facts)
    assert live.held() == rebuilt.held()
    days = {day + timedelta(days=n) for day, _ in world.days for n in (-1, 0)} | {DEAD_LEAVE_FROM}
    for day in days:
        assert known_on(live.ledger, day) == reckon(world.arrivals, day), day


def by_level(count: Count) -> tuple[Counter[Any], Counter[Any], Counter[Any]]:
    """Persons and doses by level and week, wherever they live."""
    persons, doses = Counter[Any](), Counter[Any]()
    for found, cells in ((persons, count.persons), (doses, count.doses)):
        for (*_, level, week), n in cells.items():
            found[level, week] += n
    return +persons, +doses, +count.products


@settings(max_examples=50, deadline=None)
@given(worlds(links=True), st.data())
def test_with_links_and_their_ends_every_dose_still_counts_once_and_every_person_as_one(
    world: World, data: st.DataObject
) -> None:
    register = decided(world, data)
    live, rebuilt = ReadSide(), ReadSide()
    for told in data.draw(deliveries(register.facts)):
        live.project(told)
    rebuilt.project(register.facts)
    assert live.held() == rebuilt.held()
    for day in {day + timedelta(days=n) for day, _ in world.days for n in (-1, 0)} | {DEAD_LEAVE_FROM}:
        assert by_level(known_on(live.ledger, day)) == by_level(reckon(world.arrivals, day)), day


@settings(max_examples=50, deadline=None)
@given(worlds(links=True, reports=12, least=1), st.data())
def test_a_link_and_its_end_leave_every_answer_as_it_was(world: World, data: st.DataObject) -> None:
    register, tables = decided(world, data), ReadSide()
    tables.project(register.facts)
    # Everybody is met before, so that the link is not what makes them known.
    met = [a_change(one, datetime(2021, 1, 1, tzinfo=UTC), "moved", "1999-01-01") for one in world.people]
    day = date(2022, 4, 1)
    hear(register, tables, met, day)
    kept, absorbed = data.draw(st.permutations(world.people))[:2] if len(world.people) > 1 else (None, None)
    assume(kept is not None and absorbed is not None)
    together = people_together([(when, report) for when, report in world.arrivals])
    assume(together.get(kept, kept) != together.get(absorbed, absorbed))
    before = tables.answers()
    hear(register, tables, [a_link(kept, absorbed, datetime(2022, 3, 1, tzinfo=UTC))], day)
    hear(register, tables, [a_link(kept, absorbed, datetime(2022, 3, 2, tzinfo=UTC), "unlinked")], day)
    assert tables.answers() == before


def hear(register: WriteSide, tables: ReadSide, said: Sequence[Report], day: date) -> None:
    """Reports decided, and their facts counted."""
    before = len(register.facts)
    register.hear(said, day)
    tables.project(register.facts[before:])


@settings(max_examples=100, deadline=None)
@given(worlds(links=True), st.data())
def test_every_report_has_one_receipt_and_every_person_versions_without_gaps(world: World, data: st.DataObject) -> None:
    register = decided(world, data)
    assert len(register.receipts) == len(world.arrivals)
    outcomes = {receipt["outcome"] for receipt in register.receipts.values()}
    assert outcomes <= {"recorded", "already-known", "corrected", "withdrawn", "refused"}
    for state in register.streams.values():
        assert state  # that versions follow one another is asserted where they are written
    told = b"".join(state for states in register.streams.values() for state in states)
    told += repr([sorted(receipt.items()) for receipt in register.receipts.values()]).encode()
    for person in world.people:
        assert not any(writing.encode() in told for writing in person.writings)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["given", "given later", "taken back", "by another system"]), max_size=8))
def test_whatever_happens_to_dose_three_a_person_stays_among_those_with_two(happenings: list[str]) -> None:
    person, register, tables = somebody(1), WriteSide(), ReadSide()
    written, day = datetime(2021, 10, 1, tzinfo=UTC), date(2021, 12, 27)
    dose: dict[str, dict[str, Any]] = {
        "given": {"given_on": "2021-10-26"},
        "given later": {"given_on": "2021-12-22", "product_name": "Moderna"},
        "taken back": {"given_on": "2021-10-26", "nullified": True},
        "by another system": {"given_on": "2021-10-26", "system_name": "B"},
    }
    two = [a_dose(person, written, unique_reference=on, given_on=on) for on in ("2021-04-12", "2021-08-31")]
    register.hear(two, day)
    tables.project(register.facts)
    for hours, happening in enumerate(happenings):
        before = len(register.facts)
        register.hear([a_dose(person, written + timedelta(hours=hours), unique_reference="3", **dose[happening])], day)
        tables.project(register.facts[before:])
        persons = known_on(tables.ledger, day).persons
        assert [sum(n for cell, n in persons.items() if cell[4] == level) for level in (1, 2)] == [1, 1]
