"""Age groups of an answer: which bands each row stands for, among the counted and in the population alike."""

from collections.abc import Iterable, Mapping

from projections.coverage.question import ALL_AGES, OTHER_AGES, AgeBand, CoverageQuestion

EVERYONE = ""

Groups = Mapping[str, tuple[AgeBand, ...]]


def groups_of(question: CoverageQuestion) -> Groups:
    """Label of each row's age group -> its bands, which do not overlap.

    With the default bands the ages outside them are a group of their own. Whose birth year is unknown is in none.
    """
    if "age" not in question.by:
        return {EVERYONE: union(question.bands) if question.bands else (ALL_AGES,)}
    groups: dict[str, tuple[AgeBand, ...]] = {band.text: (band,) for band in question.bands}
    return groups if question.ages else {**groups, OTHER_AGES: outside(question.bands)}


def union(bands: Iterable[AgeBand]) -> tuple[AgeBand, ...]:
    """The same ages in bands that do not overlap, from the youngest."""
    found: list[AgeBand] = []
    for band in sorted(bands, key=lambda band: band.first):
        last = found[-1] if found else None
        if last is None or (last.last is not None and band.first > last.last + 1):
            found.append(band)
        elif last.last is not None:
            found[-1] = AgeBand(last.first, None if band.last is None else max(last.last, band.last))
    return tuple(found)


def outside(bands: Iterable[AgeBand]) -> tuple[AgeBand, ...]:
    """All ages that are in none of the bands."""
    found, first = [], 0
    for band in union(bands):
        if band.first > first:
            found.append(AgeBand(first, band.first - 1))
        if band.last is None:
            return tuple(found)
        first = band.last + 1
    return (*found, AgeBand(first, None))


def labels(groups: Groups, age: int) -> list[str]:
    """Labels of the groups that an age is in; nobody is born after the day that ages are reckoned at."""
    return [label for label, bands in groups.items() if any(band.holds(max(age, 0)) for band in bands)]
