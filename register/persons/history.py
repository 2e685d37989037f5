"""Who a person is, as the register knows it: number, population register and reserve-number registrations."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, assert_never

from register.clock import day_in_sweden
from register.identities.number import Kind, Sex
from register.last_word import Word, is_older
from register.persons.facts import (
    IdentityFact,
    PersonDied,
    PersonIdentified,
    PersonMoved,
    PersonProtected,
    PersonRegistered,
    PersonRestated,
    ReserveNumberCorrected,
    ReserveNumberRegistered,
    ReserveNumberWithdrawn,
)

Residence = tuple[str, str]  # municipality, DeSO
Aspect = tuple[str, date | None]  # what the population feed tells of, and from which day if it has one

RESIDENCE, PROTECTION, DEATH = "residence", "protection", "death"
BIRTH_YEAR: Aspect = ("birth year", None)
SEX: Aspect = ("sex", None)


class Description(NamedTuple):
    """Birth year and sex, as far as they are known."""

    birth_year: int | None = None
    sex: Sex = "unknown"


@dataclass(frozen=True, slots=True)
class RegistrationContent:
    """What a region says of a reserve number that it issued."""

    region: str
    issuer: str
    evidence: str
    registered_by: str
    registered_on: date | None
    stated: Description


@dataclass(frozen=True, slots=True)
class Registration:
    """The latest report of one registration. One that was only ever taken back has no content."""

    reported_at: datetime
    content: RegistrationContent | None
    live: bool


class IdentityHistory(NamedTuple):
    """Everything known of who a person is; the dictionaries are never changed in place."""

    kind: Kind | None
    by_number: Description
    by_population: Description
    registrations: dict[bytes, Registration]
    registered: frozenset[date]  # days from which the population register holds the person
    residences: dict[date, Residence]
    protections: dict[date, str]
    died_on: date | None
    told: dict[Aspect, datetime]  # when the population feed wrote what holds
    grades: frozenset[str] = frozenset()  # every protection ever told of, also if a later word holds
    told_that_day: frozenset[date] = frozenset()  # days whose protection was told of on the day, as one told ahead is

    @property
    def held(self) -> Description:
        """Birth year and sex as the register now holds them."""
        if self.by_population == _NOTHING_STATED and not self.registrations:
            return self.by_number
        return described(self.by_number, self.by_population, self.registrations)

    @property
    def is_registered(self) -> bool:
        """Whether a region's registration of the reserve number stands."""
        return any(registration.live for registration in self.registrations.values())


_NOTHING_STATED = Description()
NOBODY = IdentityHistory(None, Description(), _NOTHING_STATED, {}, frozenset(), {}, {}, None, {})


def described(
    by_number: Description, by_population: Description, registrations: dict[bytes, Registration]
) -> Description:
    """What holds: the population register, else the newest standing registration, else the number itself."""
    newest: Registration | None = None
    for registration in registrations.values():
        if registration.live and (newest is None or not is_older(_word(registration), _word(newest))):
            newest = registration
    said = [by_population, newest.content.stated if newest and newest.content else None, by_number]
    years = (one.birth_year for one in said if one and one.birth_year is not None)
    sexes: list[Sex] = [one.sex for one in said if one and one.sex != "unknown"]
    return Description(next(years, None), sexes[0] if sexes else "unknown")


def stated_anew(
    history: IdentityHistory, stated: Description, written_at: datetime
) -> tuple[Description, dict[Aspect, datetime]]:
    """What the population register states after one more of its words, and when it wrote what holds."""
    held, told = history.by_population, history.told
    if stated.birth_year is not None and not (BIRTH_YEAR in told and written_at < told[BIRTH_YEAR]):
        held, told = held._replace(birth_year=stated.birth_year), {**told, BIRTH_YEAR: written_at}
    if stated.sex != "unknown" and not (SEX in told and written_at < told[SEX]):
        held, told = held._replace(sex=stated.sex), {**told, SEX: written_at}
    return held, told


def evolve_identity(history: IdentityHistory, fact: IdentityFact) -> IdentityHistory:
    """What is known of the person after one more fact."""
    match fact:
        case PersonIdentified():
            known = Description(fact.birth_year, fact.sex)
            return NOBODY._replace(kind=fact.identity_kind, by_number=known)
        case PersonRegistered():
            stated = Description(fact.stated_birth_year, fact.stated_sex)
            by_population, told = stated_anew(history, stated, fact.reported_at)
            return history._replace(
                by_population=by_population,
                registered=history.registered | {fact.on},
                residences={**history.residences, fact.on: (fact.municipality, fact.deso)},
                told={**told, (RESIDENCE, fact.on): fact.reported_at},
            )
        case PersonMoved():
            return history._replace(
                residences={**history.residences, fact.on: (fact.municipality, fact.deso)},
                told={**history.told, (RESIDENCE, fact.on): fact.reported_at},
            )
        case PersonDied():
            return history._replace(died_on=fact.on, told={**history.told, (DEATH, None): fact.reported_at})
        case PersonProtected():
            that_day = {fact.on} if fact.on == day_in_sweden(fact.recorded_at) else set()
            return history._replace(
                protections={**history.protections, fact.on: fact.grade},
                grades=history.grades | {fact.grade},
                told_that_day=history.told_that_day | that_day,
                told={**history.told, (PROTECTION, fact.on): fact.reported_at},
            )
        case ReserveNumberRegistered() | ReserveNumberCorrected():
            said = RegistrationContent(
                fact.region,
                fact.issuer,
                fact.evidence,
                fact.registered_by,
                fact.registered_on,
                Description(fact.stated_birth_year, fact.stated_sex),
            )
            return _with(history, fact.record, Registration(fact.reported_at, said, True))
        case ReserveNumberWithdrawn():
            known_before = history.registrations.get(fact.record)
            content = known_before.content if known_before else None
            return _with(history, fact.record, Registration(fact.reported_at, content, False))
        case PersonRestated():
            return history  # this history is of one identity; what they come to together is reckoned from all of them
        case _:
            assert_never(fact)


def _with(history: IdentityHistory, record: bytes, registration: Registration) -> IdentityHistory:
    return history._replace(registrations={**history.registrations, record: registration})


def _word(registration: Registration) -> Word:
    return Word(registration.reported_at, registration.content, 0)
