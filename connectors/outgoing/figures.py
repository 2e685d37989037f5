"""The figures of one dashboard page: a handful of coverage questions, the same that anyone can ask the API."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from connectors.outgoing.curve import Point
from projections.coverage.question import (
    DEFAULT_BANDS,
    UNKNOWN,
    AgeBand,
    CoverageAnswer,
    CoverageQuestion,
    Definition,
    Level,
    age_bands,
)
from projections.coverage.weeks import first_week
from register.areas import NATION

Ask = Callable[[CoverageQuestion], CoverageAnswer]

ALL = "all"
AGE_CHOICES = (ALL, "12-", "18-", "70-")  # each begins where a band begins
AGE_BANDS = (*age_bands("0-11,12-15,16-17"), *DEFAULT_BANDS)
UNKNOWN_REGION = "unknown"  # a coverage answer by region calls it 00, which is the nation elsewhere


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the reader chose: an area (00, 24, 2480), the day on which it was known, ages (all, 18-)."""

    area: str
    known_on: date
    ages: str = ALL

    @property
    def region(self) -> str | None:
        """The region that is shown, or that the municipality shown lies in."""
        return None if self.area == NATION else self.area[:2]

    @property
    def level(self) -> Level:
        """The level of the area itself."""
        if self.area == NATION:
            return "nation"
        return "region" if len(self.area) == 2 else "municipality"

    @property
    def span(self) -> tuple[AgeBand, ...]:
        """The ages chosen, as a coverage question has them."""
        return () if self.ages == ALL else age_bands(self.ages)

    @property
    def bands(self) -> tuple[AgeBand, ...]:
        """The age bands within the ages chosen."""
        return tuple(band for band in AGE_BANDS if all(span.holds(band.first) for span in self.span))


@dataclass(frozen=True, slots=True)
class Row:
    """An area or an age: persons with at least one and two doses, shares (0–1), doses given, and the population."""

    code: str
    population: int | None
    persons: tuple[int | None, int | None]
    shares: tuple[float | None, float | None]
    doses: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything one page shows."""

    place: Row
    nation: Row
    regions: tuple[Row, ...]
    municipalities: tuple[Row, ...]
    ages: tuple[Row, ...]
    weeks: tuple[Point, ...]
    definition: Definition
    notes: tuple[str, ...]


def figures(ask: Ask, chosen: Chosen) -> Figures:
    """Ask what the page shows."""
    # Weeks that had ended by the day the figures are known on: the answer that the API gives on that day.
    asked: dict[str, Any] = {"given_to": chosen.known_on, "known_on": chosen.known_on, "ages": chosen.span}
    here: dict[str, Any] = asked | {"level": chosen.level, "area": "" if chosen.area == NATION else chosen.area}
    nation, first = _by_dose(ask, "area", **asked, level="nation")
    regions, _ = _by_dose(ask, "area", **asked, level="region")
    municipalities: tuple[Row, ...] = ()
    if chosen.region:
        municipalities, _ = _by_dose(ask, "area", **asked, level="municipality", area=chosen.region)
    by_age, aged = _by_dose(ask, "age", **here | {"ages": chosen.bands})
    by_week, weekly = _by_dose(ask, "week", **here, cumulative=True)
    return Figures(
        place=_row_of(chosen.area, (*nation, *regions, *municipalities)),
        nation=nation[0],
        regions=tuple(replace(row, code=UNKNOWN_REGION) if row.code == NATION else row for row in regions),
        municipalities=municipalities,
        ages=tuple(row for row in by_age if row.code != UNKNOWN or row.doses != 0),
        weeks=tuple(
            Point(int(row.code.replace("-W", "")), row.persons, row.shares)
            for row in by_week
            if row.code >= first_week()
        ),
        definition=first.definition,
        notes=tuple(dict.fromkeys((*first.notes, *aged.notes, *weekly.notes))),
    )


def ages_with_shares(ask: Ask, day: date) -> str:
    """The widest choice of ages whose population is known, so that the first page shows shares; else all ages."""
    for ages in AGE_CHOICES:
        found = ask(CoverageQuestion(given_to=day, known_on=day, ages=Chosen(NATION, day, ages).span))
        if found.rows["population"].drop_nulls().sum():
            return ages
    return ALL


def _row_of(code: str, rows: tuple[Row, ...]) -> Row:
    return next(row for row in rows if row.code == code)


def _by_dose(ask: Ask, key: str, **asked: Any) -> tuple[tuple[Row, ...], CoverageAnswer]:
    """One question by dose, its rows of at least one and at least two doses side by side."""
    columns = ("dose",) if key == "area" else (key, "dose")
    answer = ask(CoverageQuestion(**asked, by=columns))
    found: dict[str, dict[int, Mapping[str, Any]]] = {}
    for row in answer.rows.to_dicts():
        found.setdefault(row[key], {})[row["dose"]] = row
    return tuple(_row(code, levels) for code, levels in found.items()), answer


def _row(code: str, levels: Mapping[int, Mapping[str, Any]]) -> Row:
    one = levels[1]
    # Nobody anywhere has had a second dose yet: the answer has no such rows.
    two = levels.get(2, {"persons": 0, "share": 0.0 if one["population"] else None})
    return Row(
        code=code,
        population=one["population"],
        persons=(one["persons"], two["persons"]),
        shares=(one["share"], two["share"]),
        doses=sum_shown(level["doses"] for level in levels.values()),
    )


def sum_shown(counts: Iterable[int | None]) -> int | None:
    """A sum, which is not shown if one of its parts is not."""
    parts = list(counts)
    return None if None in parts else sum(part for part in parts if part is not None)
