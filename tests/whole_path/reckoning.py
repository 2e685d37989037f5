"""Who was really vaccinated, reckoned by hand from the reports: slow, plain, and without the register's code.

Every record (system and reference) holds what its latest report says. A day's doses of one product are one dose. A
report without a reference counts only where nobody with one speaks of that day, and then only the first.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tests.whole_path.worlds import PRODUCTS, RESERVE_ROOT, Person, Report

Cell = tuple[int, int, int, int, int, int]  # area, DeSO, birth year, sex, dose, week
Arrivals = Iterable[tuple[date, Report]]

DEAD_LEAVE_FROM = date(2022, 2, 3)
# Dose number: the first day on which it counts, and the least days since the dose before.
COUNTS_FROM = {3: (date(2021, 9, 1), 56), 4: (date(2022, 1, 21), 56)}
PRODUCT_NUMBERS = {"Comirnaty": 1, "Spikevax": 2, "": 0}
_SEX = {"M": 1, "F": 2}


@dataclass
class Known:
    """What is known of one person."""

    birth_year: int | None
    sex: str
    homes: dict[date, tuple[int, int]] = field(default_factory=dict)
    dead: bool = False
    doses: list[tuple[date, str]] = field(default_factory=list)  # counted: day and product


@dataclass(frozen=True)
class Count:
    """Persons and doses by cell, and doses by product and week."""

    persons: Counter[Cell]
    doses: Counter[Cell]
    products: Counter[tuple[int, int]]


def reckon(arrivals: Arrivals, known_on: date) -> Count:
    """The count as known at the end of a day, from what had arrived by then."""
    found = Count(Counter(), Counter(), Counter())
    heard = [(day, report) for day, report in arrivals if day <= known_on]
    for person in people_known(heard).values():
        if person.dead and known_on >= DEAD_LEAVE_FROM:
            continue
        level, counted_on = 0, date.min
        for day, product in sorted(person.doses):
            first_day, gap = COUNTS_FROM.get(level + 1, (date.min, 0))
            rises = day >= first_day and (day - counted_on).days >= gap
            if rises:
                level, counted_on = level + 1, day
            year, week, _ = day.isocalendar()
            area, deso = home_on(person.homes, day)
            cell = area, deso, person.birth_year or 0, _SEX.get(person.sex, 0), level, year * 100 + week
            found.doses[cell] += 1
            found.persons[cell] += rises
            found.products[PRODUCT_NUMBERS[product], year * 100 + week] += 1
    return Count(+found.persons, found.doses, found.products)


def people_known(heard: Sequence[tuple[date, Report]]) -> dict[Person, Known]:
    """Everybody who was ever spoken of in a report that can be understood."""
    people: dict[Person, Known] = {}

    def known(person: Person) -> Known:
        return people.setdefault(person, Known(person.birth_year, person.sex))

    records: dict[Any, Report] = {}
    changes: list[Report] = []
    together = people_together(heard)
    for day, report in heard:
        if report.person is None or not understood(day, report):
            continue
        if report.schema == "PopulationChangeReport.v1":
            changes.append(report)
            continue
        if report.absorbed is not None:
            continue
        key = record_of(report)
        if key not in records or report.fields["reported_at"] >= records[key].fields["reported_at"]:
            records[key] = report
    for report in sorted(changes, key=written_at):
        changed(known(report.person), report.fields)  # type: ignore[arg-type]
    standing = sorted((report for report in records.values() if not report.fields["nullified"]), key=written_at)
    registered(people, known, standing)
    by_day: dict[tuple[Person, str], list[Report]] = defaultdict(list)
    for report in standing:
        if report.schema == "DoseReport.v1" and report.person is not None:
            by_day[together.get(report.person, report.person), report.fields["given_on"]].append(report)
    for (person, given_on), reports in by_day.items():
        named = [report for report in reports if report.fields["unique_reference"]]
        for product in {meant(report) for report in named or reports[:1]}:
            known(person).doses.append((date.fromisoformat(given_on), product))
    for person, known_of in list(people.items()):
        known(together.get(person, person)).dead |= known_of.dead
    return people


def people_together(heard: Sequence[tuple[date, Report]]) -> dict[Person, Person]:
    """One of each person's identities for all that are linked: by the last word on every pair.

    Which one the register has keep the doses is not reckoned here: so nothing may be asked that depends on it.
    """
    last: dict[frozenset[Person], str] = {}
    said = sorted((report for _, report in heard if report.absorbed is not None), key=written_at)
    for report in said:
        last[frozenset((report.person, report.absorbed))] = report.fields["event"]  # type: ignore[arg-type]
    groups: dict[Person, frozenset[Person]] = {}
    for pair in [pair for pair, event in last.items() if event == "linked"]:
        everybody = frozenset[Person]().union(*(groups.get(one, frozenset((one,))) for one in pair))
        groups |= dict.fromkeys(everybody, everybody)
    return {person: min(group, key=lambda one: one.number) for person, group in groups.items()}


def written_at(report: Report) -> datetime:
    """When the sender wrote it."""
    when: datetime = report.fields["reported_at"]
    return when


def meant(report: Report) -> str:
    """The product meant; an unknown one by its own name, so that two of them stay two."""
    return PRODUCTS[report.fields["product_name"]]


def understood(day: date, report: Report) -> bool:
    """Would a reader of the report know what was done, and could it have been done by that day?"""
    said = report.fields
    if said.get("nullified") and said["unique_reference"]:
        return True
    if said.get("dose_number") == "?":
        return False
    told = said.get("given_on") or said.get("on") or said.get("registered_on")
    return told is None or date.fromisoformat(told) <= day


def record_of(report: Report) -> Any:
    """Which record a report is about: system and reference, else all that it says."""
    said = report.fields
    if said["unique_reference"]:
        return report.schema, said["system_name"], said["unique_reference"]
    ways = ("reported_at", "nullified", "nullified_reason")
    return report.schema, *sorted((name, value) for name, value in said.items() if name not in ways)


def changed(person: Known, said: dict[str, Any]) -> None:
    """What the population register wrote last holds."""
    if said["event"] == "died":
        person.dead = True
        return
    if said["event"] == "registered":
        person.birth_year = int(said["birth_year"]) if said["birth_year"] else person.birth_year
        person.sex = said["sex"] or person.sex
    person.homes[date.fromisoformat(said["on"])] = area_of(said["municipality"]), deso_of(said["deso"])


def registered(people: dict[Person, Known], known: Any, standing: Sequence[Report]) -> None:
    """People with reserve numbers are described by the newest registration that stands."""
    for report in standing:
        if report.schema == "ReserveNumberReport.v1" and report.person is not None:
            person = known(report.person)
            said = report.fields
            person.birth_year = int(said["birth_year"]) if said["birth_year"] else None
            person.sex = said["sex"] or "unknown"
    assert all(person.root == RESERVE_ROOT or known.sex != "unknown" for person, known in people.items())


def home_on(homes: dict[date, tuple[int, int]], day: date) -> tuple[int, int]:
    """Where a person lived on a day: the last home until then, else the first one known."""
    if not homes:
        return 0, 0
    before = [since for since in homes if since <= day]
    return homes[max(before) if before else min(homes)]


def area_of(municipality: str) -> int:
    """2480 -> 2480, 24 -> 2400, nothing -> 0."""
    return int(municipality.ljust(4, "0")) if municipality else 0


def deso_of(code: str) -> int:
    """2480A0010 -> 10010."""
    return ("ABC".index(code[4]) + 1) * 10_000 + int(code[5:]) if code else 0
