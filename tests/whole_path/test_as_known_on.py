"""The same week counted on four Thursdays: what the agency published is what the register knew on that day.

`week_7_of_2021.csv`: persons with at least one and two doses given until week 7 of 2021, by region (00 = Sweden), as
Folkhälsomyndigheten published them in its workbooks of 25 February and 4, 11 and 25 March 2021. Some regions' figures
fell from one publication to the next: doses were taken back.
"""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest

from projections.coverage.query import coverage
from projections.coverage.question import CoverageQuestion
from projections.people.project import People
from projections.projection import Batch
from tests.coverage.histories import batch, fact
from tests.whole_path.conftest import NewRegister
from tests.whole_path.worlds import a_change, a_dose, somebody

FIGURES = Path(__file__).parent / "week_7_of_2021.csv"
SUNDAY = date(2021, 2, 21)
PUBLISHED = {
    date(2021, 2, 25): 660_965,
    date(2021, 3, 4): 675_233,
    date(2021, 3, 11): 681_456,
    date(2021, 3, 25): 690_007,
}
A_REGION = 10_000_000  # person ids of one region
WEEK_8 = 40  # doses of week 8 in every region, which week 7 must not count

Figures = dict[tuple[str, date], tuple[int, int]]


def figures() -> Figures:
    """(region, published) -> persons with at least one and two doses."""
    with FIGURES.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter=";"))
    return {
        (row["region"], date.fromisoformat(row["published"])): (int(row["dose_1"]), int(row["dose_2"])) for row in rows
    }


@pytest.fixture
def register(fresh_database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(fresh_database, autocommit=True) as conn, conn.transaction():
        People().create_tables(conn)
        yield conn


def test_three_publications_of_week_seven_come_back_each_for_its_day(register: psycopg.Connection[Any]) -> None:
    published = figures()
    People().rebuild(register, Batch(facts(published)))
    People().create_indexes(register)
    for day, total in PUBLISHED.items():
        for later in (0, 6):  # until the next publication nothing new is known
            assert asked(register, day + timedelta(days=later), "nation") == {"00": (*published["00", day], total)}
        regions = {region: counts for (region, on), counts in published.items() if on == day and region != "00"}
        expected = {region: (one, two, one + two) for region, (one, two) in regions.items()}
        assert asked(register, day, "region") == expected


def asked(conn: psycopg.Connection[Any], known_on: date, level: Any) -> dict[str, tuple[int, int, int]]:
    """By area: persons with at least one and two doses given until week 7, and doses, as known on a day."""
    one, two = (
        coverage(conn, CoverageQuestion(SUNDAY, known_on, level, at_least=at_least)).rows.to_dicts()
        for at_least in (1, 2)
    )
    return {
        row["area"]: (row["persons"], second["persons"], row["doses"])
        for row, second in zip(one, two, strict=True)
        if row["doses"]
    }


def facts(published: Figures) -> dict[str, pl.DataFrame]:
    """Facts that amount to the figures: doses known by each publication; where a figure fell, withdrawn ones."""
    regions = sorted({region for region, _ in published} - {"00"})
    told = pl.concat([doses(region, published) for region in regions]).sort("person_id", "day", "dose_id")
    told = told.with_columns(
        version=pl.int_range(2, pl.len() + 2, dtype=pl.Int64).over("person_id"),
        name=pl.when(~pl.col("true"))
        .then(pl.lit("DoseWithdrawn.v1"))
        .when(pl.col("dose_id").is_first_distinct())
        .then(pl.lit("DoseRecorded.v1"))
        .otherwise(pl.lit("DoseReinstated.v1")),
    )
    people = told.select("person_id").unique().with_columns(version=pl.lit(1, pl.Int64), day=pl.lit(date(2021, 2, 22)))
    homes = people.with_columns(municipality=(pl.col("person_id") // A_REGION).cast(pl.String).str.zfill(2))
    found = {"PersonRegistered.v1": like_a_fact("PersonRegistered.v1", homes)}
    for name in ("DoseRecorded.v1", "DoseReinstated.v1", "DoseWithdrawn.v1"):
        found[name] = like_a_fact(name, told.filter(pl.col("name") == name))
    return found


def doses(region: str, published: Figures) -> pl.DataFrame:
    """What became known of each dose of a region, and when: in the count of a publication or no longer in it."""
    found, before = [], (0, 0)
    for day in PUBLISHED:
        now = published[region, day]
        for number, (was, is_now) in enumerate(zip(before, now, strict=True)):
            found.append(changed(region, day, number, min(was, is_now), max(was, is_now), given=is_now > was))
        before = now
    found.append(changed(region, date(2021, 3, 4), 2, 0, WEEK_8, given=True))
    return pl.concat(found)


def changed(region: str, day: date, number: int, first: int, last: int, *, given: bool) -> pl.DataFrame:
    """Dose `number` (from 0) of the region's persons from first to before last."""
    person = int(region) * A_REGION + pl.int_range(first, last, dtype=pl.Int64, eager=True)
    start = date(2020, 12, 28) + timedelta(days=28 * number)
    # Day 28 after a first dose on the last of these days is the Sunday of week 7; a third one is of week 8 or later.
    return pl.DataFrame({"person_id": person}).select(
        "person_id",
        dose_id=pl.col("person_id") * 4 + number,
        given_on=pl.lit(start) + pl.duration(days=pl.col("person_id") % 28)
        if number < 2
        else pl.lit(date(2021, 2, 23)),
        day=pl.lit(day),
        true=pl.lit(given),
    )


def like_a_fact(name: str, said: pl.DataFrame) -> pl.DataFrame:
    """Columns of a fact, with the builders' defaults for what is not said."""
    usual = batch(
        [fact(name, 1, 1, SUNDAY, municipality="", deso="")]
        if name == "PersonRegistered.v1"
        else [fact(name, 1, 1, SUNDAY)]
    )
    defaults = usual.frames[name]
    told = said.with_columns(recorded_at=pl.col("day").cast(pl.Datetime("us", "UTC")) + pl.duration(hours=11))
    missing = [column for column in defaults.columns if column not in told.columns]
    filled = told.with_columns(pl.lit(defaults[column][0], defaults.schema[column]).alias(column) for column in missing)
    return filled.select(pl.col(column).cast(kind) for column, kind in defaults.schema.items())


def test_the_same_on_kafka_with_one_report_for_a_hundred_doses(new_register: NewRegister) -> None:
    wanted = {day: total // 100 for day, total in PUBLISHED.items()}
    with new_register() as register:
        sent = 0
        for day, total in wanted.items():
            noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            people = [somebody(n, "reserve") for n in range(sent, total)]
            register.hear(a_change(one, noon, "registered", "2000-01-01", municipality="2480") for one in people)
            register.hear(a_dose(one, noon, unique_reference=str(n)) for n, one in enumerate(people, sent))
            register.decide(day)
            sent = total
        register.publish()
        register.project()
        with register.reading() as conn:
            found = {day: asked(conn, day, "region") for day in wanted}
        assert found == {day: {"24": (total, 0, total)} for day, total in wanted.items()}
