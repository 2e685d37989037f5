"""What counts: the level that each dose brings a person to, and where the person lived on the day.

Doses of one person and disease are taken in the order of the days given; each raises the level by one, unless a rule
of counting.csv says that it does not count: then the person stays at the lower level. So "at least n" can only grow
with more doses, and losing dose 3 never takes anyone out of "at least 2".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from register.definitions import counting_rules, dead_leave_from, diseases

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# No dose raises anyone above it: who has more is a placeholder, and each dose in between would move all behind it.
HIGHEST = 100

_EPOCH = date(1970, 1, 1).toordinal()
_DAYS = 1 << 22  # more days than there are between years 1 and 9999
_FROM_YEAR_1 = _EPOCH


@dataclass(frozen=True)
class Rule:
    """Dose `dose` of disease number `disease` counts from day `given_from` (days since 1970), `gap` days after."""

    disease: int
    dose: int
    given_from: int
    gap: int


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH


@dataclass(frozen=True)
class Counting:
    """What counting goes by: rules for doses, and the day from which the dead leave (days since 1970)."""

    rules: tuple[Rule, ...]
    dead_leave_from: int


def counting() -> Counting:
    """What counting goes by, from the definition files."""
    numbers = {disease.code: disease.number for disease in diseases()}
    rules = tuple(
        Rule(numbers[rule.disease], rule.dose, day_number(rule.given_from), rule.min_days_after_previous)
        for rule in counting_rules()
    )
    return Counting(rules, day_number(dead_leave_from()))


def levels(starts: Flags, given: Ints, disease: Ints, rules: Sequence[Rule]) -> tuple[Ints, Flags]:
    """Level reached with each dose, and whether it rose.

    Rows lie in groups (one person, one disease), `starts` marks the first of each, `given` (days) ascends within.
    """
    first = np.flatnonzero(starts)
    place = np.arange(len(starts)) - np.repeat(first, np.diff(np.append(first, len(starts))))
    level = np.minimum(place + 1, HIGHEST)
    rose = place < HIGHEST
    lowest = min((rule.dose for rule in rules), default=None)
    if lowest is None or not len(starts):
        return level, rose
    counted_on = given.copy()
    by_place = np.argsort(place, kind="stable")
    ends = np.cumsum(np.bincount(place))
    for at in range(lowest - 1, len(ends)):
        rows = by_place[ends[at - 1] if at else 0 : ends[at]]
        before = rows - 1 if at else rows
        reached = level[before] if at else np.zeros(len(rows), dtype=np.int64)
        if at >= HIGHEST and (reached == HIGHEST).all():
            rest = by_place[ends[at - 1] :]
            level[rest], rose[rest] = HIGHEST, False
            break
        counts = _counts(reached + 1, given[rows], given[rows] - counted_on[before], disease[rows], rules)
        counts &= reached < HIGHEST
        level[rows] = reached + counts
        rose[rows] = counts
        counted_on[rows] = np.where(counts, given[rows], counted_on[before])
    return level, rose


def _counts(dose: Ints, given: Ints, gap: Ints, disease: Ints, rules: Sequence[Rule]) -> Flags:
    counts = np.ones(len(dose), dtype=np.bool_)
    ruled = {(rule.disease, rule.dose) for rule in rules}
    for number, level in ruled:
        counts &= (disease != number) | (dose != level)
    for rule in sorted(rules, key=lambda rule: rule.given_from):
        in_force = (disease == rule.disease) & (dose == rule.dose) & (given >= rule.given_from)
        counts = np.where(in_force, gap >= rule.gap, counts)
    return counts


def lived_at(group: Ints, given: Ints, homes: Ints, since: Ints) -> Ints:
    """For each dose the row of the home of its group: the last since the day or before, else the first; -1 if none.

    `homes` and `since` (days) are sorted by group and day; one home for a group and day.
    """
    if not len(homes):
        return np.full(len(group), -1, dtype=np.int64)
    place = np.searchsorted(homes * _DAYS + since + _FROM_YEAR_1, group * _DAYS + given + _FROM_YEAR_1, "right")
    before = np.maximum(place - 1, 0)
    after = np.minimum(place, len(homes) - 1)
    found = np.where(homes[after] == group, after, -1)
    return np.where((place > 0) & (homes[before] == group), before, found)
