"""The agency's table of delivered doses: what goes in comes out of `supply`."""

import csv
import os
from collections import defaultdict
from datetime import date, datetime
from importlib import resources
from pathlib import Path

import psycopg
import pytest

from connectors.incoming import deliveries_csv, deliveries_table
from connectors.incoming.rows import BrokenRow, Report, UnreadableFile
from projections.supply import Supply, supply
from register.areas import region_code
from tests.supply.facts import Fact, delivered, rounds

TABLE = Path(os.environ.get("VAXREG_REFERENCE_DATA", "../shared/data")) / "deliveries" / "deliveries_2021.csv"
HEADER = "region,delivered_w52_6,delivered_w7,planned_w9,delivered_w52_13,delivered_w14\n"


def test_what_was_delivered_before_is_taken_out_of_a_later_sum_and_plans_stay_out() -> None:
    rows = deliveries_table.rows([HEADER, "Skåne,100,20,999,150,30\n"])
    assert [(row["region"], row["date"], row["doses"]) for row in rows] == [
        ("12", "2021-02-14", "100"),
        ("12", "2021-02-21", "20"),
        ("12", "2021-04-04", "30"),
        ("12", "2021-04-11", "30"),
    ]


def test_the_command_for_deliveries_takes_the_table_and_its_own_file() -> None:
    [first, *_] = deliveries_table.reports([HEADER, "Skåne,100,20,999,150,30\n"]).rows
    assert isinstance(first, Report)
    assert (first.row, first.fields["region"], first.fields["doses"]) == (1, "12", "100")
    own = ";".join(deliveries_csv.COLUMNS.needed)
    [row] = deliveries_table.reports([own + "\n", "S;2021-03-01T12:00:00;r;received;2021-03-01;24;Comirnaty;9\n"]).rows
    assert isinstance(row, Report)
    with pytest.raises(UnreadableFile, match="empty"):
        deliveries_table.reports([])
    with pytest.raises(UnreadableFile, match="line 2 needs"):
        list(deliveries_table.reports([HEADER, "Skåne,many,20,999,150,30\n"]).rows)


def test_what_the_table_said_comes_out_of_supply(fresh_database: str) -> None:
    reports = list(deliveries_table.reports(table()).rows)
    with psycopg.connect(fresh_database) as conn:
        Supply().create_tables(conn)
        Supply().rebuild(conn, rounds(*(_fact(number, report) for number, report in enumerate(reports, 1))))
        came_out = supply(conn)

    to_week = defaultdict[tuple[str, int], int](int)
    for row in came_out:
        for week in (6, 7, 8, 13, 14, 15):
            to_week[row.region, week] += row.doses if row.week <= 202100 + week else 0
    for told in csv.DictReader(table()):
        code = region_code(told["region"])
        assert to_week[code, 6] == int(told["delivered_w52_6"])
        assert to_week[code, 7] - to_week[code, 6] == int(told["delivered_w7"])
        assert to_week[code, 8] - to_week[code, 7] == int(told["delivered_w8"])
        assert to_week[code, 13] == int(told["delivered_w52_13"])
        assert to_week[code, 14] - to_week[code, 13] == int(told["delivered_w14"])
        assert to_week[code, 15] - to_week[code, 14] == int(told.get("delivered_w15", 0))
    assert len(to_week) == 21 * 6


def table() -> list[str]:
    """The agency's table as it was published, else the part of it that the demo plays."""
    if TABLE.exists():
        return TABLE.read_text(encoding="utf-8").splitlines(keepends=True)
    carried = resources.files("connectors.demo").joinpath("figures_2021w14", "deliveries.csv")
    return carried.read_text(encoding="utf-8").replace(";", ",").splitlines(keepends=True)


def _fact(number: int, report: Report | BrokenRow) -> Fact:
    assert isinstance(report, Report)
    fields = report.fields
    reported_at: datetime = fields["reported_at"]
    return delivered(
        number,
        known=reported_at.date(),
        on=date.fromisoformat(fields["on"]),
        region=fields["region"],
        product=fields["product"],
        batch=str(number),
        doses=int(fields["doses"]),
    )
