"""When the made-up people of one region get their doses, and which product: the published weeks, days within them.

The weeks of a region are margins to be met exactly. Second doses are matched first come, first served: the k-th first
dose of a person who gets two belongs to the k-th second dose, which makes the shortest interval as long as it can be.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from connectors.demo.numbers import Ints

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# Name as the vaccinator writes it. A product goes without NPL-id where the register's list has none: a number that
# nobody confirms is worse than none.
COMIRNATY, SPIKEVAX, VAXZEVRIA = 0, 1, 2
PRODUCTS = ("Comirnaty", "Spikevax", "Vaxzevria")
MIN_DAYS = (19, 26, 63)

EPOCH = date(1970, 1, 1)
FIRST_MONDAY = (date(2020, 12, 21) - EPOCH).days  # of ISO week 52 of 2020, the first week published
LAST_REPORT = (date(2021, 4, 14) - EPOCH).days  # the day before the figures came out
WEEKS = 16  # 52 of 2020 to 14 of 2021; the next is for doses dated after the figures end
SUNDAY = 6

# Weeks counted from the first: Spikevax came in week 2; Vaxzevria was given from week 6 to under-65s, stopped in
# week 11 and came back in week 12 for those who had turned 65.
SPIKEVAX_FROM = 3
VAXZEVRIA_YOUNGER = range(7, 12)
VAXZEVRIA_OLDER = range(13, 17)
BORN_65 = 1956

# Monday to Sunday, as running shares of a week's doses.
WEEKDAYS = np.array([0.19, 0.38, 0.57, 0.75, 0.92, 0.97])
# Reported the same day, the next, the one after; the rest on the third.
DELAYS = np.array([0.80, 0.94, 0.98])


@dataclass(frozen=True, slots=True)
class Schedule:
    """Per person: week and day (days since 1970) of both doses, and product; no second dose is -1."""

    first_day: Ints
    second_day: Ints
    product: Ints


def noise(seed: int, region: str, purpose: int, size: int) -> Floats:
    """Even numbers in [0, 1), the same ones for the same seed, region and purpose in every version of numpy."""
    raw = np.random.PCG64([seed, int(region), purpose]).random_raw(size)
    return np.asarray((raw >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def schedule(
    seed: int,
    region: str,
    birth_years: Ints,
    two_doses: Bools,
    weekly: tuple[Ints, Ints, int],
) -> Schedule:
    """Doses for the people of a region; birth year 0 is unknown."""
    first, second, late = weekly
    people = len(birth_years)
    order = _turns(birth_years, two_doses, noise(seed, region, 1, people))
    two = order[two_doses[order]]
    one = order[~two_doses[order]]

    weeks = np.arange(WEEKS + 1)
    of_two = first_doses_of_two(first, second)
    first_week = np.empty(people, np.int64)
    second_week = np.full(people, -1, np.int64)
    first_week[two] = np.repeat(weeks[:WEEKS], of_two)
    first_week[one] = np.repeat(weeks, np.append(first - of_two, late))
    second_week[two] = np.repeat(weeks[:WEEKS], second)

    product = _products(first_week, second_week, birth_years, noise(seed, region, 2, people))
    first_day, second_day = _days(
        first_week, second_week, product, noise(seed, region, 3, people), noise(seed, region, 4, people)
    )
    return Schedule(first_day, second_day, product)


def first_doses_of_two(first: Ints, second: Ints) -> Ints:
    """How many of each week's first doses go to people who get a second one.

    A quarter of the first doses in the weeks of Vaxzevria goes to people who wait for their second, as far as each
    second dose still finds a first dose three weeks before it.
    """
    given_twice = np.cumsum(second)
    needed = np.append(given_twice[3:], [given_twice[-1]] * 3)
    for week in range(WEEKS - 2, -1, -1):
        needed[week] = max(needed[week], needed[week + 1] - first[week + 1])
    result = np.zeros_like(first)
    so_far = 0
    for week in range(WEEKS):
        kept_back = int(first[week]) // 4 if week in VAXZEVRIA_YOUNGER else 0
        wanted = max(so_far + int(first[week]) - kept_back, min(int(needed[week]), so_far + int(first[week])))
        upto = min(wanted, int(given_twice[-1]))
        result[week] = upto - so_far
        so_far = upto
    return result


def delays(seed: int, region: str, days: Ints, dose: int) -> Ints:
    """Day on which the dose is reported: mostly the same or the next, and all before the figures came out."""
    late = np.searchsorted(DELAYS, noise(seed, region, 10 + dose, len(days)), side="right")
    return np.asarray(np.minimum(days + late, LAST_REPORT), np.int64)


def _turns(birth_years: Ints, two_doses: Bools, chance: Floats) -> Ints:
    """Whose turn comes first: staff of all ages from the start, the oldest early, 70–79 once those are done."""
    start = np.zeros(len(chance))
    span = np.full(len(chance), 0.75)
    for born_to, opening, width in ((1960, 0.0, 1.0), (1950, 0.5, 0.5), (1940, 0.25, 0.55), (1930, 0.1, 0.5)):
        older = (birth_years <= born_to) & (birth_years > 0)
        start[older], span[older] = opening, width
    # Of those who already have two, the oldest (care homes) were among the first.
    turn = np.where(two_doses, chance - 0.2 * ((birth_years <= 1940) & (birth_years > 0)), start + span * chance)
    return np.argsort(turn, kind="stable")


def _products(first_week: Ints, second_week: Ints, birth_years: Ints, chance: Floats) -> Ints:
    """The same product both times. Spikevax only with four weeks between; Vaxzevria only to those still waiting."""
    waiting = second_week < 0
    gap = second_week - first_week
    spikevax = (first_week >= SPIKEVAX_FROM) & (chance >= 0.93) & (waiting | (gap >= 4))
    younger = np.isin(first_week, VAXZEVRIA_YOUNGER) & (birth_years > BORN_65) & (chance < 0.85)
    older = np.isin(first_week, VAXZEVRIA_OLDER) & (birth_years <= BORN_65) & (birth_years > 0) & (chance < 0.4)
    product = np.full(len(chance), COMIRNATY, np.int64)
    product[spikevax] = SPIKEVAX
    product[waiting & (younger | older)] = VAXZEVRIA
    return product


def _days(first_week: Ints, second_week: Ints, product: Ints, chance_1: Floats, chance_2: Floats) -> tuple[Ints, Ints]:
    weekday_1 = np.searchsorted(WEEKDAYS, chance_1, side="right")
    weekday_2 = np.searchsorted(WEEKDAYS, chance_2, side="right")
    gap = second_week - first_week
    twice = second_week >= 0
    # Three weeks apart, or four for Spikevax: not on an earlier weekday than the first.
    same_or_later = twice & ((gap == 3) | (product == SPIKEVAX))
    weekday_2 = np.where(same_or_later, np.maximum(weekday_1, weekday_2), weekday_2)
    # Closer than that in the published weeks: as far apart as the two weeks let them be.
    close = twice & (gap <= 2)
    weekday_1 = np.where(close, 0, weekday_1)
    weekday_2 = np.where(close, SUNDAY, weekday_2)
    # The first day of vaccination was the Sunday of week 52. The last weeks' doses, dated after the figures end, are
    # from before they came out.
    weekday_1 = np.where(first_week == 0, SUNDAY, weekday_1)
    weekday_2 = np.where(twice & (first_week == 0) & (gap == 3), SUNDAY, weekday_2)
    weekday_1 = np.where(first_week == WEEKS, weekday_1 % 2, weekday_1)
    first_day = FIRST_MONDAY + 7 * first_week + weekday_1
    second_day = np.where(twice, FIRST_MONDAY + 7 * second_week + weekday_2, -1)
    return first_day, second_day
