"""A question about coverage, and what an answer carries beside its rows."""

import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal, NamedTuple

import polars as pl

from register.words import is_deso, municipality_codes, region_codes

Level = Literal["nation", "region", "municipality", "deso"]
LEVELS: tuple[Level, ...] = ("nation", "region", "municipality", "deso")
BY = ("week", "age", "sex", "dose", "product", "cause")
OTHER_AGES, UNKNOWN = "other", "unknown"
FIRST_YEAR, LAST_YEAR = 1900, 2999


class BadQuestion(Exception):
    """The question cannot be answered as asked; the text says why."""


class AgeBand(NamedTuple):
    """Ages from–to in whole years, both included; `to` None = and older."""

    first: int
    last: int | None

    @property
    def text(self) -> str:
        """As people write it: 18-29, 90-."""
        return f"{self.first}-{'' if self.last is None else self.last}"

    def holds(self, age: int) -> bool:
        """Is the age in the band?"""
        return self.first <= age and (self.last is None or age <= self.last)


ALL_AGES = AgeBand(0, None)
DEFAULT_BANDS = (AgeBand(18, 29), *(AgeBand(age, age + 9) for age in range(30, 90, 10)), AgeBand(90, None))


def age_bands(text: str) -> tuple[AgeBand, ...]:
    """Bands as written on the command line, `18-29,30-39,65-` (a single age is `18`); raises BadQuestion."""
    bands = []
    for part in text.split(","):
        read = re.fullmatch(r"(\d{1,3})(-(\d{1,3})?)?", part.strip(), re.ASCII)
        if read is None or (read[3] and int(read[3]) < int(read[1])):
            raise BadQuestion(f"An age band is written 18-29 or 65-, not {part.strip()!r}")
        last = int(read[3]) if read[3] else None if read[2] else int(read[1])
        bands.append(AgeBand(int(read[1]), last))
    return tuple(bands)


def _exists(area: str) -> bool:
    """Is there such a region or municipality? 00 and 2400 stand for the unknown ones; DeSOs are not listed."""
    if len(area) == 2:
        return area == "00" or area in region_codes()
    if len(area) == 4:
        return area in municipality_codes() or (area.endswith("00") and _exists(area[:2]))
    return True


@dataclass(frozen=True)
class CoverageQuestion:
    """Persons with at least `at_least` doses, and doses, for doses given up to a day, as known on a day.

    `ages` empty: everyone, or the default bands where rows are by age. `age_at`: ages are those reached by the end of
    its year, else of the year of `given_to`. `area` narrows to a region, a municipality or a DeSO. `known_since`: by
    how much the counts changed since they were known on that day.
    """

    given_to: date
    known_on: date
    level: Level = "nation"
    area: str = ""
    by: tuple[str, ...] = ()
    ages: tuple[AgeBand, ...] = ()
    at_least: int = 1
    cumulative: bool = False
    age_at: date | None = None
    disease: str = "COVID19"
    known_since: date | None = None

    def __post_init__(self) -> None:
        """Refuse what has no answer."""
        if self.level not in LEVELS or not set(self.by) <= set(BY):
            raise BadQuestion(f"Levels are {', '.join(LEVELS)}; rows can be by {', '.join(BY)}")
        if len(set(self.by)) < len(self.by):
            raise BadQuestion("Rows can be by a column once")
        if not 1 <= self.at_least <= 99:
            raise BadQuestion("At least 1 dose, and at most 99")
        if not FIRST_YEAR <= self.given_to.year <= LAST_YEAR:
            raise BadQuestion(f"Doses are given in the years {FIRST_YEAR} to {LAST_YEAR}, not {self.given_to.year}")
        if self.cumulative and "week" not in self.by:
            raise BadQuestion("Running sums need rows by week")
        if self.known_since is not None and self.known_since > self.known_on:
            raise BadQuestion(f"Known since {self.known_since} lies after known on {self.known_on}")
        if not (re.fullmatch(r"([0-9]{2}|[0-9]{4})?", self.area) or is_deso(self.area)):
            raise BadQuestion("An area is a region (24), a municipality (2480) or a DeSO (2480A0010)")
        if not _exists(self.area):
            raise BadQuestion(f"There is no area {self.area}")
        deepest = {0: "nation", 2: "region", 4: "municipality", 9: "deso"}[len(self.area)]
        if self.area != "00" and LEVELS.index(self.level) < LEVELS.index(deepest):
            raise BadQuestion(f"{self.area} is smaller than a {self.level}")

    @property
    def last_sunday(self) -> date:
        """End of the last ISO week that had ended by `given_to`: cells are by week."""
        return self.given_to - timedelta(days=self.given_to.isoweekday() % 7)

    @property
    def last_week(self) -> int:
        """That week, yyyyww."""
        year, week, _ = self.last_sunday.isocalendar()
        return year * 100 + week

    @property
    def age_year(self) -> int:
        """Ages are those reached by the end of this year."""
        return (self.age_at or self.given_to).year

    @property
    def of_changes(self) -> bool:
        """Are the rows about changes of counts rather than about people?"""
        return self.known_since is not None or "cause" in self.by

    @property
    def bands(self) -> tuple[AgeBand, ...]:
        """The bands that the rows are about; empty = everyone."""
        return self.ages or (DEFAULT_BANDS if "age" in self.by else ())


@dataclass(frozen=True)
class Definition:
    """What the numbers mean: goes out with them."""

    text: str
    at_least: int
    age_reached_by: date
    given_to: date
    known_on: date
    rules: tuple[str, ...]
    population_vintage: date | None
    known_since: date | None = None


@dataclass(frozen=True)
class CoverageAnswer:
    """`area`, `area_name`, the columns asked for, `persons`, `doses`, `population`, `share`; what they mean."""

    rows: pl.DataFrame
    definition: Definition
    notes: tuple[str, ...] = field(default=())

    def without_zeros(self) -> "CoverageAnswer":
        """The same without rows of which nothing was ever counted."""
        return replace(self, rows=self.rows.filter((pl.col("persons") != 0) | (pl.col("doses") != 0)))

    def on(self, today: date) -> "CoverageAnswer":
        """This answer given today: where it was asked for as known on a day to come, a note says so."""
        if self.definition.known_on <= today:
            return self
        note = f"{self.definition.known_on} is to come (today is {today}): what becomes known until then is not counted"
        return replace(self, notes=(*self.notes, note))
