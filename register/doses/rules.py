"""The rules for doses. Codes are shown to senders and never renamed or reused."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from register.definitions import Product, many_doses
from register.doses.history import INTERVAL_SHORT, REFERENCE_MISSING, DoseContent
from register.identities.number import BrokenIdentity, Identity
from register.masking import gives_away
from register.people import Person
from register.persons.held import description, died_on
from register.rules import Rule, Rules
from register.words import is_organisation_number, municipality_codes

# A clock may be a little fast; more than a day in the future is a wrong one.
_CLOCKS_DIFFER = timedelta(days=1)


@dataclass(slots=True)
class Reading:
    """A dose report with its words read; None where a word could not be."""

    report: dict[str, Any]
    identity: Identity | BrokenIdentity
    given_on: date | None
    disease: str | None
    product: Product | None
    dose_number: int | None
    own: str  # the report's own identity, as masking looks for it
    masked: bool  # an identity number stood in a free text
    now: datetime
    today: date


@dataclass(slots=True)
class DoseOfPerson:
    """A dose beside the person it was given to."""

    content: DoseContent
    identity: Identity | None  # the one that a report names
    person: Person


@dataclass(slots=True)
class DoseAmongOthers:
    """A counted dose and the one before it, of the same person and disease."""

    content: DoseContent
    product: Product | None
    since_previous: int  # days, 0 if both were given on the same one


def _before_birth(reading: Reading) -> bool:
    given_on, identity = reading.given_on, reading.identity
    if given_on is None or isinstance(identity, BrokenIdentity):
        return False
    if identity.birth_date is not None:
        return given_on < identity.birth_date
    return identity.birth_year is not None and given_on.year < identity.birth_year


def _too_soon(dose: DoseAmongOthers) -> bool:
    return dose.product is not None and dose.since_previous < dose.product.min_days_between


def _in_future(reading: Reading) -> bool:
    return reading.given_on is not None and reading.given_on > reading.today


def _number_is_none(reading: Reading) -> bool:
    return reading.dose_number is None and bool(reading.report["dose_number"].strip())


def _after_death(dose: DoseOfPerson) -> bool:
    day = died_on(dose.person)
    return day is not None and dose.content.given_on > day


def _before_birth_year(dose: DoseOfPerson) -> bool:
    year = description(dose.person).birth_year
    return year is not None and dose.content.given_on.year < year


def _more_than_a_person_is_given(dose: DoseOfPerson) -> bool:
    told, limit = len(dose.person.root.doses.told), many_doses(dose.content.given_on)
    return limit is not None and told >= limit


def _not_yet_approved(reading: Reading) -> bool:
    product, given_on = reading.product, reading.given_on
    return product is not None and given_on is not None and given_on < product.valid_from


# To add a reason for refusal, add a row: code, when it applies, and the register's days on which it is in force.
# The identity's own codes come before these (register/identities/number.py).
REFUSES: Rules[Reading] = (
    Rule("DATE-MALFORMED", lambda r: r.given_on is None),
    Rule("DATE-IN-FUTURE", _in_future),
    Rule("DATE-BEFORE-BIRTH", _before_birth),
    Rule("DISEASE-UNKNOWN", lambda r: r.disease is None),
    Rule("DOSE-NUMBER-INVALID", _number_is_none),
)

# To add a flag that a report alone gives rise to, add a row. A flag never refuses a dose that was really given.
FLAGS: Rules[Reading] = (
    Rule("PRODUCT-UNKNOWN", lambda r: r.product is None),
    Rule("PRODUCT-OTHER-DISEASE", lambda r: r.product is not None and r.product.disease != r.disease),
    Rule("PRODUCT-NOT-YET-APPROVED", _not_yet_approved),
    Rule("BATCH-MISSING", lambda r: not r.report["batch"].strip()),
    Rule("BATCH-TOO-LONG", lambda r: len(r.report["batch"]) > 80),
    Rule(
        "MUNICIPALITY-UNKNOWN",
        lambda r: bool(code := r.report["care_unit_municipality"].strip()) and code not in municipality_codes(),
    ),
    Rule(
        "CARE-PROVIDER-MALFORMED",
        lambda r: bool(number := r.report["care_provider"].strip()) and not is_organisation_number(number),
    ),
    Rule(REFERENCE_MISSING, lambda r: not r.report["unique_reference"].strip()),
    Rule("REFERENCE-IS-IDENTITY", lambda r: gives_away(r.report["unique_reference"], r.own)),
    Rule("SYSTEM-NAME-MISSING", lambda r: not r.report["system_name"].strip()),
    Rule("TEXT-HOLDS-IDENTITY", lambda r: r.masked),
    Rule("REPORTED-IN-FUTURE", lambda r: r.report["reported_at"] - r.now > _CLOCKS_DIFFER),
)

# To add a flag that comes of when the person lived, add a row: it is asked again when a link moves the dose.
LIFE_FLAGS: Rules[DoseOfPerson] = (
    Rule("GIVEN-AFTER-DEATH", _after_death),
    Rule("GIVEN-BEFORE-BIRTH-YEAR", _before_birth_year),
)
# To add a flag that comes of what else is known of the person when the report arrives, add a row.
PERSON_FLAGS: Rules[DoseOfPerson] = (
    *LIFE_FLAGS,
    Rule(
        "RESERVE-NUMBER-NOT-REGISTERED",
        lambda d: d.identity is not None and d.identity.kind == "reserve" and not d.person.own.identity.is_registered,
    ),
    Rule("MANY-DOSES", _more_than_a_person_is_given),
)

# To add a flag that comes and goes with the person's other doses, add a row, and its code to FLAGS_AMONG_OTHERS.
AMONG_OTHERS: Rules[DoseAmongOthers] = (Rule(INTERVAL_SHORT, _too_soon),)
