"""Who a person is held to be: what was said of all their identities, taken together.

The identity that keeps the doses speaks first; what it does not say, the others do. Of birth and sex the population
register speaks before all regions.
"""

from datetime import date
from typing import NamedTuple

from register.identities.number import Sex
from register.people import History, Person
from register.persons.history import Description, IdentityHistory, Residence, described


class Protection(NamedTuple):
    """The first day and the grade of a protection; an empty grade ends one."""

    on: date | None = None
    grade: str = ""


def died_on(person: Person) -> date | None:
    """The day of death, if any of the identities is known to have died."""
    return next((one.identity.died_on for one in person.members if one.identity.died_on is not None), None)


def description(person: Person) -> Description:
    """Birth year and sex: as the population register says, else as a region or a number does."""
    if len(person.members) == 1:
        return person.root.identity.held
    identities = [one.identity for one in person.members]
    said = [*map(_by_population, identities), *(one.held for one in identities)]
    years = (one.birth_year for one in said if one.birth_year is not None)
    sexes: list[Sex] = [one.sex for one in said if one.sex != "unknown"]
    return Description(next(years, None), sexes[0] if sexes else "unknown")


def _by_population(identity: IdentityHistory) -> Description:
    """What the population register says of an identity: in words, or by the personal number that it gave out."""
    # By the number too, or what it said of a number that was changed would stand above the new one.
    by_number = identity.by_number if identity.kind == "personal" else Description()
    return described(by_number, identity.by_population, {})


def protection(person: Person) -> Protection:
    """The protection that was told last, of the first identity that has one."""
    told = [_latest(one) for one in person.members]
    return next((one for one in told if one.grade), told[0])


def residences(person: Person) -> dict[date, Residence]:
    """Where the person lived from which day, in the order of the days: as it was said of the identity kept.

    Only if nothing was, of another that was never protected. The homes of two are not put together, or those of one
    would still tell where the other lived when both have been parted and one is protected.
    """
    told = [one.identity for one in person.members if one is person.root or not any(one.identity.grades)]
    lived = next((identity.residences for identity in told if identity.residences), {})
    return dict(sorted(lived.items()))


def _latest(history: History) -> Protection:
    protections = history.identity.protections
    if not protections:
        return Protection()
    last = max(protections)
    return Protection(last, protections[last])
