"""Doses dispatched and received by region, product and week, as known on a day."""

import random
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from projections.supply import Supply, SupplyRow, supply
from tests.supply.facts import Fact, delivered, rounds, taken_back

Connection = psycopg.Connection[Any]
CAUSES = "SELECT day_known::text, cause, doses FROM supply_ledger ORDER BY day_known, cause, doses"


@pytest.fixture
def conn(fresh_database: str) -> Iterator[Connection]:
    with psycopg.connect(fresh_database) as conn:
        Supply().create_tables(conn)
        Supply().create_indexes(conn)
        yield conn


def project(conn: Connection, *facts: Fact) -> None:
    Supply().project(conn, rounds(*facts))


def test_a_delivery_is_counted_in_the_week_of_its_day(conn: Connection) -> None:
    project(conn, delivered(on=date(2021, 3, 1), doses=975))
    assert supply(conn) == [SupplyRow("24", "Comirnaty", 202109, "received", 975)]


def test_the_first_days_of_a_year_belong_to_the_last_week_of_the_one_before(conn: Connection) -> None:
    project(conn, delivered(on=date(2021, 1, 3)))
    assert [row.week for row in supply(conn)] == [202053]


def test_dispatched_and_received_are_counted_apart(conn: Connection) -> None:
    project(conn, delivered(1, event="dispatched"), delivered(2, version=2, doses=90))
    assert [(row.event, row.doses) for row in supply(conn)] == [("dispatched", 100), ("received", 90)]


def test_a_fact_that_comes_twice_is_counted_once(conn: Connection) -> None:
    project(conn, delivered(), delivered())
    project(conn, delivered())
    assert [row.doses for row in supply(conn)] == [100]


def test_a_corrected_delivery_replaces_what_was_known(conn: Connection) -> None:
    project(conn, delivered(doses=100))
    project(conn, delivered(version=2, cause="corrected", known=date(2021, 3, 10), on=date(2021, 3, 8), doses=60))
    assert supply(conn) == [SupplyRow("24", "Comirnaty", 202110, "received", 60)]
    assert supply(conn, known_on=date(2021, 3, 9)) == [SupplyRow("24", "Comirnaty", 202109, "received", 100)]


def test_a_withdrawn_delivery_is_gone_from_its_day_on_and_comes_back_when_sent_again(conn: Connection) -> None:
    project(conn, delivered(doses=100), taken_back(known=date(2021, 3, 20)))
    assert supply(conn) == []
    assert [row.doses for row in supply(conn, known_on=date(2021, 3, 19))] == [100]
    project(conn, delivered(version=3, cause="reinstated", known=date(2021, 4, 1), doses=80))
    assert [row.doses for row in supply(conn)] == [80]


def test_every_change_has_its_day_and_its_cause(conn: Connection) -> None:
    project(
        conn,
        delivered(1, known=date(2021, 3, 3), doses=100),
        delivered(2, version=2, known=date(2021, 3, 30), doses=7),
        delivered(1, version=3, known=date(2021, 4, 1), cause="corrected", doses=110),
        taken_back(1, version=4, known=date(2021, 4, 2)),
    )
    assert conn.execute(CAUSES).fetchall() == [
        ("2021-03-03", "new", 100),
        ("2021-03-30", "late", 7),
        ("2021-04-01", "corrected", 10),
        ("2021-04-02", "withdrawn", -110),
    ]


def test_a_delivery_moved_to_another_region_leaves_the_first_one_in_either_order(conn: Connection) -> None:
    there = delivered(1, known=date(2021, 3, 20), region="25", cause="corrected")
    project(conn, there)
    project(conn, delivered(1), taken_back(1))
    assert [(row.region, row.doses) for row in supply(conn)] == [("25", 100)]


def test_a_delivery_taken_back_before_it_was_ever_told_counts_nothing(conn: Connection) -> None:
    project(conn, taken_back(1, version=1))
    assert supply(conn) == []
    project(conn, delivered(1, version=2, cause="reinstated", doses=5))
    assert [row.doses for row in supply(conn)] == [5]


def test_supply_of_one_region_can_be_asked_for(conn: Connection) -> None:
    project(conn, delivered(1), delivered(2, region="25"))
    assert [row.region for row in supply(conn, region="25")] == ["25"]


def test_any_cut_into_rounds_gives_what_a_rebuild_gives(conn: Connection) -> None:
    facts = _a_long_history(random.Random(7))
    _in_rounds(conn, facts, random.Random(8))
    live = _held(conn)

    conn.execute("DROP VIEW supply; DROP TABLE deliveries, supply_ledger")
    Supply().create_tables(conn)
    Supply().rebuild(conn, rounds(*facts))
    Supply().create_indexes(conn)

    assert _held(conn) == live
    assert len(live["supply_ledger"]) > 100


def _a_long_history(chance: random.Random) -> list[Fact]:
    facts, versions, true = [], dict.fromkeys(("Comirnaty", "Spikevax"), 0), dict[int, tuple[str, bool]]()
    for day in range(300):
        product = chance.choice(sorted(versions))
        versions[product] += 1
        known = date.fromordinal(date(2021, 1, 1).toordinal() + day // 5)
        mine = [delivery for delivery, (whose, _) in true.items() if whose == product]
        about: dict[str, Any] = {"version": versions[product], "known": known, "product": product}
        if not mine or chance.random() < 0.4:
            true[day + 1] = product, True
            facts.append(delivered(day + 1, doses=chance.randint(1, 500), **about))
            continue
        delivery = chance.choice(mine)
        if true[delivery][1] and chance.random() < 0.5:
            true[delivery] = product, False
            facts.append(taken_back(delivery, **about))
            continue
        cause = "corrected" if true[delivery][1] else "reinstated"
        on = date.fromordinal(known.toordinal() - chance.randint(0, 20))
        best_before = chance.choice([None, date(2021, 9, 1)])
        facts.append(
            delivered(delivery, cause=cause, on=on, doses=chance.randint(1, 500), best_before=best_before, **about)
        )
        true[delivery] = product, True
    return facts


def _in_rounds(conn: Connection, facts: list[Fact], chance: random.Random) -> None:
    at = 0
    while at < len(facts):
        size = chance.randint(1, 20)
        project(conn, *facts[max(0, at - 3) : at + size])  # a few come again
        at += size


def _held(conn: Connection) -> dict[str, list[Any]]:
    return {table: sorted(map(str, conn.execute(asked))) for table, asked in Supply().tables().items()}
