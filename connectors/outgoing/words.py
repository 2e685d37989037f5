"""How each language says things: texts, numbers, shares, days, weeks and ages."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from connectors.outgoing.login_texts import LOGIN_TEXTS
from connectors.outgoing.texts import MONTHS, SWEDISH_NOTES, TEXTS, WEEKDAYS
from connectors.person.texts import PERSON_TEXTS
from connectors.registrar.texts import DESK_TEXTS

Language = Literal["sv", "en"]
ALL_TEXTS = TEXTS | LOGIN_TEXTS | DESK_TEXTS | PERSON_TEXTS  # no key stands in two of them
LANGUAGES: tuple[Language, ...] = get_args(Language)
NOT_SHOWN = "–"
_HARD_SPACE = "\u00a0"


@dataclass(frozen=True, slots=True)
class Words:
    """One language's texts and ways of writing."""

    language: Language

    def __call__(self, key: str, **values: object) -> str:
        return ALL_TEXTS[key][LANGUAGES.index(self.language)].format(**values)

    def of(self, kind: str, code: str) -> str:
        """The words for a code of a kind, such as a role; the code itself where there are none."""
        return self(f"{kind}_{code}") if f"{kind}_{code}" in ALL_TEXTS else code

    def count(self, value: int | None) -> str:
        """12 345 in Swedish, 12,345 in English; a count that is not shown is a dash."""
        if value is None:
            return NOT_SHOWN
        return f"{value:,}".replace(",", _HARD_SPACE) if self.language == "sv" else f"{value:,}"

    def share(self, value: float | None) -> str:
        """A share (0–1) as per cent with one decimal: 20,1 % in Swedish, 20.1% in English."""
        if value is None:
            return NOT_SHOWN
        text = f"{100 * value:.1f}"
        return text.replace(".", ",") + f"{_HARD_SPACE}%" if self.language == "sv" else f"{text}%"

    def from_to(self, low: float, high: float) -> str:
        """A class of the map: 18–20 % in Swedish, 18–20% in English."""
        text = f"{100 * low:g}–{100 * high:g}"
        return text.replace(".", ",") + f"{_HARD_SPACE}%" if self.language == "sv" else f"{text}%"

    def day(self, day: date) -> str:
        """11 april 2021."""
        return f"{day.day}{_HARD_SPACE}{MONTHS[self.language][day.month - 1]}{_HARD_SPACE}{day.year}"

    def weekday(self, day: date) -> str:
        """söndag 11 april 2021."""
        return f"{WEEKDAYS[self.language][day.weekday()]} {self.day(day)}"

    def week(self, year_and_week: int) -> str:
        """vecka 14 2021, from 202114."""
        year, week = divmod(year_and_week, 100)
        return f"{'vecka' if self.language == 'sv' else 'week'}{_HARD_SPACE}{week}, {year}"

    def note(self, note: str) -> tuple[str, Language]:
        """An answer's note, and the language it is in."""
        for english, swedish in SWEDISH_NOTES if self.language == "sv" else ():
            if said := re.fullmatch(english, note):
                return swedish.format(*said.groups()), "sv"
        return note, "en"

    def ages(self, span: str) -> str:
        """18–29 år, from 18-29; 90 år och äldre, from 90-."""
        if span == "all":
            return self("all_ages")
        first, _, last = span.partition("-")
        if not first.isdecimal():
            return self("unknown_age")
        if not last:
            return self("and_older", age=first) if span.endswith("-") else self("years", ages=first)
        return self("years", ages=f"{first}–{last}")


def language_wanted(asked: str | None, accepted: str | None) -> Language:
    """The language asked for in the address, else the first of the browser's that the pages have, else Swedish."""
    for wanted in (asked or "", *_by_preference(accepted or "")):
        for language in LANGUAGES:
            if wanted.lower().split("-")[0] == language:
                return language
    return "sv"


def _by_preference(accepted: str) -> list[str]:
    """The languages of an Accept-Language header, the most wanted first."""
    weighed = []
    for part in accepted.split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((float(weight or 1), tag))
        except ValueError:
            continue
    by_weight: Callable[[tuple[float, str]], float] = lambda pair: -pair[0]  # noqa: E731
    return [tag for weight, tag in sorted(weighed, key=by_weight) if weight > 0]
