"""A small country for the pages: people in every region, vaccinated early in 2021, some of it known late."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from projections.population import PopulationRow
from register.areas import municipalities
from tests.coverage.histories import Fact, fact

FIRST, LAST = date(2020, 12, 28), date(2021, 4, 18)
VINTAGE = date(2020, 12, 31)
BANDS = ((18, 29), (30, 39), (40, 49), (50, 59), (60, 69), (70, 79), (80, 89), (90, None))
WITHOUT_MUNICIPALITY = ("24", "")


def facts(people: int = 500) -> Iterator[Fact]:
    """Registrations and doses of this many people, the same every time."""
    chance = random.Random(20210418)
    places = [*municipalities(), *WITHOUT_MUNICIPALITY]
    for person in range(1, people + 1):
        # The first ones make sure that every municipality and both unknown places have somebody.
        place = places[-person] if person <= len(places) else chance.choice(["2480", "2482", "0180", "1480", "1280"])
        born = chance.randint(1925, 2002)
        # The old come first, and after them the young.
        first = FIRST + timedelta(days=min(105, max(0, (born - 1925) + chance.randint(0, 40))))
        days = [first] + [first + timedelta(days=28)] * (first + timedelta(days=28) <= LAST)
        known = [day + timedelta(days=chance.choice([0, 0, 0, 1, 9])) for day in days]
        registered = min(known[0], LAST)
        yield fact(
            "PersonRegistered.v1",
            person,
            1,
            registered,
            municipality=place,
            deso="",
            birth_year=born,
            sex=chance.choice("FM"),
        )
        for number, (day, told) in enumerate(zip(days, known, strict=True)):
            seen = min(max(told, registered), LAST)
            yield fact("DoseRecorded.v1", person, number + 2, seen, dose_id=person * 10 + number, given_on=day)


def population() -> list[PopulationRow]:
    """Adults of every municipality, by age group."""
    return [
        PopulationRow(VINTAGE, code, "", first, last, None, None, 8 + (int(code) * (first + 7)) % 23)
        for code in municipalities()
        for first, last in BANDS
    ]
