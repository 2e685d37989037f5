"""The demo's files in the order in which they were sent, and the moment at which the register hears of each row.

The population register and the reserve numbers come first, then the doses, one file per week with the deliveries that
had arrived by then.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from importlib import resources
from pathlib import Path

import polars as pl

from connectors.demo.files import REGISTERED, identities_file, persons_file, submit_file
from connectors.demo.people import RESERVE, Played
from connectors.incoming import agency_csv, deliveries_csv, deliveries_table, population_feed_csv, reserve_numbers_csv
from connectors.incoming.rows import BrokenRow, Report, Table

REGIONS, POPULATION, DISTRIBUTOR = "demo-regions", "demo-population", "demo-distributor"
SENDERS = (REGIONS, POPULATION, DISTRIBUTOR)
MAY_ALSO = {POPULATION: ("population",)}  # what one of them may report that not every sender may

PEOPLE, RESERVE_NUMBERS, DELIVERIES, DOSES = "people", "reserve numbers", "deliveries", "doses"
BEGINNING = datetime.combine(date.fromisoformat(REGISTERED), time(18), UTC)


def heard_at(report: Report) -> datetime:
    """The register hears of a day's reports in the evening, 18:00 UTC, when the last of them has been sent."""
    reported_at: datetime = report.fields["reported_at"]
    return datetime.combine(reported_at.date(), time(18), UTC)


@dataclass(frozen=True, slots=True)
class File:
    """A file of the demo: what it holds (`step`), who sends it, and how it becomes reports."""

    step: str
    name: str
    sender: str
    rows: pl.DataFrame
    read: Callable[[Iterable[str]], Table[Report | BrokenRow]]

    def write(self, folder: Path) -> Path:
        """The file as its sender would have made it."""
        path = folder / self.name
        self.rows.write_csv(path, separator=";")
        return path


def files(played: Played) -> Iterator[File]:
    """Every file, made when its turn comes."""
    persons = persons_file(played)
    yield File(PEOPLE, "persons.csv", POPULATION, persons, lambda lines: population_feed_csv.reports(lines, BEGINNING))
    if (played.persons["id_type"] == RESERVE).any():
        yield File(
            RESERVE_NUMBERS, "reserve-numbers.csv", REGIONS, identities_file(played), reserve_numbers_csv.reports
        )
    delivered = deliveries(played.persons["region"].unique().to_list())
    by_week = played.doses.group_by(_week(pl.col("reported_at")).alias("week"), maintain_order=True)
    for (week,), doses in sorted(by_week, key=lambda each: str(each[0])):
        arrived = delivered.filter(_week(pl.col("dateTimeCreated").str.to_datetime()) == week)
        if not arrived.is_empty():
            yield File(DELIVERIES, f"deliveries-{week}.csv", DISTRIBUTOR, arrived, deliveries_csv.reports)
        rows = submit_file(replace(played, doses=doses))
        yield File(DOSES, f"doses-{week}.csv", REGIONS, rows, agency_csv.reports)


def deliveries(regions: Iterable[str]) -> pl.DataFrame:
    """The published deliveries to these regions as rows of the deliveries file."""
    table = resources.files("connectors.demo").joinpath("figures_2021w14", "deliveries.csv").read_text("utf-8")
    rows = pl.DataFrame(list(deliveries_table.rows(table.replace(";", ",").splitlines())))
    return rows.filter(pl.col("region").is_in(list(regions)))


def steps(played: Played) -> dict[str, int]:
    """How many reports there are of each kind, in the order in which they begin."""
    counts = {
        PEOPLE: played.persons.height,
        RESERVE_NUMBERS: played.persons.filter(pl.col("id_type") == RESERVE).height,
        DELIVERIES: deliveries(played.persons["region"].unique().to_list()).height,
        DOSES: played.doses.height,
    }
    return {step: count for step, count in counts.items() if count}


def _week(instant: pl.Expr) -> pl.Expr:
    """2021-w07, by which files are named and sorted."""
    return pl.format("{}-w{}", instant.dt.iso_year(), instant.dt.week().cast(pl.String).str.zfill(2))
