"""The ledger of coverage in plain Python, person by person and fact by fact: slow and obviously right.

Input: facts as (schema name, fields) in the order of the log. Output: ledger lines and current cells as dictionaries
from a key to (persons, doses), without zeros. Nothing here is taken from the code that it checks, but the definitions.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from register import definitions

Fact = tuple[str, Mapping[str, Any]]
Cell = tuple[int, int, int, int, int, int, int, int]  # area, deso, birth year, sex, disease, dose, product, week
MUNICIPAL_CELL = ("area", "birth_year", "sex", "disease", "dose", "product", "week")
Counts = dict[Any, tuple[int, int]]

DESCRIBING = {
    "PersonIdentified.v1",
    "PersonRegistered.v1",
    "ReserveNumberRegistered.v1",
    "ReserveNumberCorrected.v1",
    "ReserveNumberWithdrawn.v1",
}


@dataclass
class Person:
    """What the register holds true of one person."""

    version: int = 0
    birth_year: int | None = None
    sex: str = "unknown"
    died_on: date | None = None
    protected_on: date | None = None
    grade: str = ""
    homes: dict[date, tuple[str, str]] = field(default_factory=dict)  # municipality and DeSO as the fact has them
    doses: dict[int, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def dead(self) -> bool:
        """Is the person known dead?"""
        return self.died_on is not None


def people_after(facts: Iterable[Fact]) -> dict[int, Person]:
    """Who everybody is when all facts are known."""
    people: dict[int, Person] = defaultdict(Person)
    for name, fact in facts:
        person = people[fact["person_id"]]
        if fact["version"] > person.version:
            person.version = fact["version"]
            for _, change in steps(name, fact, day_known(fact["recorded_at"])):
                change(person)
    return people


def ledger(facts: Iterable[Fact]) -> Counts:
    """(day known, cause, cell) -> (persons, doses)."""
    people: dict[int, Person] = defaultdict(Person)
    booked: list[tuple[int, date, str, Cell, int, int]] = []
    leave = definitions.dead_leave_from()

    for name, fact in facts:
        of, person = fact["person_id"], people[fact["person_id"]]
        if fact["version"] <= person.version:
            continue
        person.version = fact["version"]
        day = day_known(fact["recorded_at"])

        def book(day: date, cause: str, was: list[tuple[Cell, int]], now: list[tuple[Cell, int]], of: int = of) -> None:
            for cells, sign in ((was, -1), (now, 1)):
                booked.extend((of, day, cause, cell, sign * persons, sign) for cell, persons in cells)

        for cause, change in steps(name, fact, day):
            was, was_dead = contributions(person), person.dead
            change(person)
            now = contributions(person)
            if day < leave:
                book(day, cause, was, now)
                book(leave, "rule-change", [] if was_dead else was, [] if person.dead else now)
                book(leave, "rule-change", now, was)
            else:
                book(day, cause, [] if was_dead else was, [] if person.dead else now)

    lines: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for of, day, cause, cell, persons, doses in booked:
        line = lines[(day, cause, *(hidden(cell) if people[of].grade else cell))]
        line[0] += persons
        line[1] += doses
    return {key: (persons, doses) for key, (persons, doses) in lines.items() if persons or doses}


def hidden(cell: Cell) -> Cell:
    """The cell in which a protected person counts, whatever day it was known: only the region is told."""
    return (cell[0] // 100 * 100, 0, *cell[2:])


def current(lines: Counts) -> Counts:
    """Cell without its DeSO -> (persons, doses): the sum of the ledger."""
    cells: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for key, (persons, doses) in lines.items():
        cell = (key[2], *key[4:])
        cells[cell][0] += persons
        cells[cell][1] += doses
    return {cell: (persons, doses) for cell, (persons, doses) in cells.items() if persons or doses}


def steps(name: str, fact: Mapping[str, Any], day: date) -> list[tuple[str, Any]]:
    """What a fact does, one (cause, change) after the other."""
    found: list[tuple[str, Any]] = []
    if name in DESCRIBING:
        found.append(("corrected", lambda person: describe(person, fact)))
    if name in ("PersonRegistered.v1", "PersonMoved.v1"):
        place = fact["municipality"], fact["deso"]
        found.append(("moved", lambda person: person.homes.update({fact["on"]: place})))
    if name == "PersonRestated.v1":
        found.append((restatement_cause(fact), lambda person: restate(person, fact)))
    if name == "PersonProtected.v1":
        found.append(("corrected", lambda person: protect(person, fact["on"], fact["grade"])))
    if name == "PersonDied.v1":
        found.append(("died", lambda person: setattr(person, "died_on", fact["on"])))
    if name in ("DoseRecorded.v1", "DoseCorrected.v1", "DoseReinstated.v1"):
        found.append((dose_cause(name, fact, day), lambda person: person.doses.update({fact["dose_id"]: fact})))
    if name == "DoseWithdrawn.v1":
        found.append((dose_cause(name, fact, day), lambda person: person.doses.pop(fact["dose_id"], None)))
    return found


def describe(person: Person, fact: Mapping[str, Any]) -> None:
    """Birth year and sex as the fact holds them: wholesale."""
    person.birth_year, person.sex = fact["birth_year"], fact["sex"]


def protect(person: Person, on: date, grade: str) -> None:
    """The grade of the last day holds, and of that day the last word."""
    if person.protected_on is None or on >= person.protected_on:
        person.protected_on, person.grade = on, grade


def restate(person: Person, fact: Mapping[str, Any]) -> None:
    """Everything about the person but the doses, as the fact holds it: wholesale."""
    describe(person, fact)
    person.died_on = fact["died_on"]
    person.protected_on, person.grade = fact["protected_on"], fact["protection"]
    places = zip(fact["residence_municipalities"], fact["residence_desos"], strict=True)
    person.homes = dict(zip(fact["residence_days"], places, strict=True))


def restatement_cause(fact: Mapping[str, Any]) -> str:
    """Why a restatement changes a count; a protection is no reason of its own."""
    return "corrected" if fact["cause"] == "protected" else str(fact["cause"])


def numbers(municipality: str, deso: str) -> tuple[int, int]:
    """(area, DeSO within it)."""
    if not re.fullmatch(r"\d{2}|\d{4}", municipality):
        return 0, 0
    area = int(municipality.ljust(4, "0"))
    if not re.fullmatch(rf"{municipality}[A-I]\d{{4}}", deso) or len(municipality) != 4:
        return area, 0
    return area, "ABCDEFGHI".index(deso[4]) * 10_000 + 10_000 + int(deso[5:])


def dose_cause(name: str, fact: Mapping[str, Any], day: date) -> str:
    """Why a dose fact changes a count."""
    if fact["cause"] in ("corrected", "withdrawn", "reinstated", "linked", "unlinked"):
        return str(fact["cause"])
    if name == "DoseRecorded.v1":
        return "late" if (day - fact["given_on"]).days > definitions.late_after_days()[0][1] else "new"
    return {"DoseCorrected.v1": "corrected", "DoseReinstated.v1": "reinstated"}.get(name, "withdrawn")


def contributions(person: Person) -> list[tuple[Cell, int]]:
    """(cell, 1 if the dose raised the level) of each counted dose, as if nobody were dead."""
    counted = [dose for dose in person.doses.values() if dose.get("suspected_duplicate_of") is None]
    found: list[tuple[Cell, int]] = []
    for disease in sorted({dose["disease"] for dose in counted}):
        level, counted_on = 0, date.min
        for dose in sorted(
            (dose for dose in counted if dose["disease"] == disease), key=lambda d: (d["given_on"], d["dose_id"])
        ):
            rises = counts(disease, level + 1, dose["given_on"], counted_on)
            if rises:
                level, counted_on = level + 1, dose["given_on"]
            found.append((cell_of(person, dose, disease, level), int(rises)))
    return found


def counts(disease: str, dose: int, given_on: date, previous: date) -> bool:
    """Does a dose raise the level to `dose`?"""
    rules = [rule for rule in definitions.counting_rules() if (rule.disease, rule.dose) == (disease, dose)]
    in_force = [rule for rule in rules if rule.given_from <= given_on]
    if not in_force:
        return not rules
    return given_on - previous >= timedelta(days=in_force[-1].min_days_after_previous)


def cell_of(person: Person, dose: Mapping[str, Any], disease: str, level: int) -> Cell:
    """The cell that a dose counts in."""
    before = [day for day in person.homes if day <= dose["given_on"]]
    area, deso = (0, 0) if not person.homes else numbers(*person.homes[max(before) if before else min(person.homes)])
    number = next((d.number for d in definitions.diseases() if d.code == disease), 0)
    product = next((p.number for p in definitions.products() if p.name == dose["product"]), 0)
    year, week, _ = dose["given_on"].isocalendar()
    sex = {"M": 1, "F": 2}.get(person.sex, 0)
    return area, deso, person.birth_year or 0, sex, number, level, product, year * 100 + week


def day_known(recorded_at: datetime) -> date:
    """The Swedish day of an instant."""
    return recorded_at.astimezone(ZoneInfo("Europe/Stockholm")).date()
