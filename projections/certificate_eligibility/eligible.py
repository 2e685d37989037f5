"""May a certificate be issued: a pure function of a person's doses, the definitions and a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from register.definitions import CertificateRule, Product, certificate_rule, first_certificate_rule, products

# To add a reason: a code here, its words in register/codes.csv, and the line in `eligible` that gives it. Codes are
# shown to people: never renamed.
NOT_ISSUED_YET = "CERTIFICATES-NOT-ISSUED-YET"
DIED = "DIED"
NO_DOSE = "NO-DOSE"
SERIES_NOT_COMPLETE = "SERIES-NOT-COMPLETE"
TOO_SOON = "WAITING-PERIOD"
DUPLICATE = "SUSPECTED-DUPLICATE-NOT-COUNTED"
NOT_KNOWN = "PERSON-NOT-KNOWN"  # given by who looks the person up


class Dose(NamedTuple):
    """A dose that is true: the day it was given, its product's number, and whether another dose probably repeats it."""

    given_on: date
    product: int
    suspected_duplicate: bool


@dataclass(frozen=True)
class Eligibility:
    """The answer for one person, disease and day; `eligible_from` None = no day follows yet.

    `waiting_days` is how many days after the series the rule of the day asks for; None = no rule is in force yet.
    """

    eligible: bool
    reasons: tuple[str, ...]
    doses_counted: int
    series_complete_on: date | None
    eligible_from: date | None
    waiting_days: int | None


def eligible(
    doses: Sequence[Dose],
    disease: str,
    on: date,
    *,
    died_on: date | None = None,
    rule: CertificateRule | None = None,
    vaccines: Sequence[Product] | None = None,
) -> Eligibility:
    """Whether a certificate may be issued on a day, and all reasons why not.

    A series is complete with as many counted doses, of any products, as the rule says, or with one of a product that
    needs one only.
    """
    rule = rule or certificate_rule(disease, on)
    given = sorted(dose for dose in doses if dose.given_on <= on)
    counted = [dose for dose in given if not dose.suspected_duplicate]
    series = rule or first_certificate_rule(disease)
    complete_on = _complete_on(counted, series, products() if vaccines is None else vaccines)
    eligible_from = None
    if rule is not None and complete_on is not None:
        eligible_from = max(complete_on + timedelta(days=rule.days_after_series), rule.valid_from)
    reasons = []
    if rule is None:
        reasons.append(NOT_ISSUED_YET)
    if died_on is not None and died_on <= on:
        reasons.append(DIED)
    if not counted:
        reasons.append(NO_DOSE)
    elif complete_on is None:
        reasons.append(SERIES_NOT_COMPLETE)
    elif rule is not None and (on - complete_on).days < rule.days_after_series:
        reasons.append(TOO_SOON)
    if reasons and len(given) > len(counted):
        reasons.append(DUPLICATE)
    return Eligibility(
        not reasons,
        tuple(reasons),
        len(counted),
        complete_on,
        eligible_from,
        rule.days_after_series if rule else None,
    )


def _complete_on(counted: Sequence[Dose], rule: CertificateRule | None, vaccines: Sequence[Product]) -> date | None:
    if rule is None:
        return None
    alone = {vaccine.number for vaccine in vaccines if vaccine.series_doses == 1}
    for place, dose in enumerate(counted, 1):
        if place >= rule.doses_in_series or dose.product in alone:
            return dose.given_on
    return None
