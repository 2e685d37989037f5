"""Whatever is reported, in whatever order, however often: the register counts what plain reckoning counts."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.coverage.histories import deliveries
from tests.whole_path.in_memory import ReadSide, WriteSide
from tests.whole_path.reckoning import DEAD_LEAVE_FROM, Count, reckon
from tests.whole_path.worlds import World, a_dose, somebody, worlds


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


@settings(max_examples=200, deadline=None)
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


@settings(max_examples=100, deadline=None)
@given(worlds(), st.data())
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
