"""What a number is: its kind, its issuer, what can be read out of it, or every reason why it is nothing right.

Stricter than intake, which also takes a number under the other kind's national OID, and a reserve number that has not
the published form of its series, because the dose was given; it flags both. Here a wrong pair is a wrong pair.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from register.identities.identity import BrokenIdentity, Identity, Sex
from register.identities.national import PERSONAL_ROOT, organisation_faults, parse_national, surely_national
from register.identities.reserve import Reading, faults_of_pair, reading_under, readings_of
from register.identities.series import Series, root_of, series_by_root

ClassifiedKind = Literal["personal", "coordination", "reserve", "organisation", "opaque", "invalid"]

MALFORMED = "IDENTITY-MALFORMED"
INTERIM = "IDENTITY-INTERIM"
KIND_MISMATCH = "IDENTITY-KIND-MISMATCH"
NOT_A_PERSON = "IDENTITY-NOT-A-PERSON"
OTHER_SERIES = "IDENTITY-OTHER-SERIES"
ROOT_UNKNOWN = "IDENTITY-ROOT-UNKNOWN"


@dataclass(frozen=True, slots=True)
class Classified:
    """What a number is, and what it tells; never the number itself."""

    kind: ClassifiedKind
    issuer: str | None = None
    birth_date: date | None = field(default=None, repr=False)
    birth_year: int | None = field(default=None, repr=False)
    sex: Sex = field(default="unknown", repr=False)
    flags: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether it is a right number of its kind."""
        return self.kind != "invalid"


def classify(value: str, root: str, *, today: date) -> Classified:
    """The number under its OID; without one, what it is if it can be only one thing."""
    value, root = value.strip(), root.strip()
    if not root:
        return _by_value_alone(value, today)
    known = series_by_root().get(root)
    # Under an OID that the register does not know any value is right but a national number, and nothing is read.
    if known is None or known[0].kind == "opaque":
        issuer = (known[0].issuer if known else "") or root
        faults = faults_of_pair(root, value)
        if not faults and surely_national(value, today):
            return Classified("invalid", issuer, reasons=(OTHER_SERIES,))
        return Classified("invalid", reasons=faults) if faults else Classified("opaque", issuer)
    if known[0].kind == "reserve":
        return _reserve(known, value, today)
    if known[0].kind == "organisation":
        return _organisation(known[0], value, today)
    return _national(known[0], value, today)


def why_nobody(value: str, *, today: date) -> tuple[str, ...]:
    """Why a number without an OID names no person; of what may be a reserve number it is the series that is missing."""
    found = classify(value, "", today=today)
    if found.kind == "organisation":
        return (NOT_A_PERSON,)
    return found.reasons or (ROOT_UNKNOWN,)


def _national(series: Series, value: str, today: date) -> Classified:
    found = parse_national(series.root, value, today)
    if isinstance(found, BrokenIdentity):
        return _invalid(series, found.codes, value, today)
    if found.kind != series.kind:
        return Classified("invalid", series.issuer, reasons=(KIND_MISMATCH,))
    return _person(found)


def _reserve(known: tuple[Series, ...], value: str, today: date) -> Classified:
    faults = faults_of_pair(known[0].root, value)
    reading = None if faults else reading_under(known, value, today)
    if reading is None:
        return _invalid(known[0], faults or (MALFORMED,), value, today)
    if reading.faults:
        return Classified("invalid", reading.series.issuer, reasons=reading.faults)
    return _read(reading)


def _organisation(series: Series, value: str, today: date) -> Classified:
    faults = organisation_faults(value)
    return _invalid(series, faults, value, today) if faults else Classified("organisation", series.issuer)


def _by_value_alone(value: str, today: date) -> Classified:
    found = parse_national(PERSONAL_ROOT, value, today)
    if isinstance(found, Identity):
        return _person(found)
    if not organisation_faults(value):
        return Classified("organisation", _issuer(root_of("organisation")))
    readings = _readings(value, found, today)
    if told := next((reading for reading in readings if reading.series.told_by_value), None):
        return _read(told)
    # What is not of the tax agency's form may be of any series, and a number that has some series' form more so.
    reasons = found.codes if not readings or INTERIM in found.codes else ()
    if readings or MALFORMED in found.codes:
        reasons = (*reasons, ROOT_UNKNOWN)
    if len({reading.series.issuer for reading in readings}) > 1:
        reasons = (*reasons, "IDENTITY-AMBIGUOUS")
    return Classified("invalid", reasons=reasons)


def _invalid(series: Series, reasons: tuple[str, ...], value: str, today: date) -> Classified:
    """Wrong under this OID, and what it would be under another."""
    found = parse_national(PERSONAL_ROOT, value, today)
    if isinstance(found, BrokenIdentity) and INTERIM in found.codes:
        reasons = (*reasons, INTERIM)
    if not organisation_faults(value):
        reasons = (*reasons, NOT_A_PERSON)
    is_national = series.kind not in ("personal", "coordination") and surely_national(value, today)
    if is_national or _readings(value, found, today):
        reasons = (*reasons, OTHER_SERIES)
    return Classified("invalid", series.issuer, reasons=tuple(dict.fromkeys(reasons)))


def _readings(value: str, national: Identity | BrokenIdentity, today: date) -> list[Reading]:
    """As which reserve numbers it can be read."""
    readings = readings_of(value, today)
    if isinstance(national, BrokenIdentity) and INTERIM in national.codes:
        # Every interim number has the form of somebody's reserve numbers: only a check digit tells against it.
        return [reading for reading in readings if reading.series.check_digit]
    return readings


def _person(found: Identity) -> Classified:
    flags = tuple(flag for flag in found.flags if flag != KIND_MISMATCH)
    issuer = _issuer(found.root)
    return Classified(found.kind, issuer, found.birth_date, found.birth_year, found.sex, flags)


def _read(reading: Reading) -> Classified:
    issuer = reading.series.issuer
    return Classified("reserve", issuer, reading.birth_date, reading.birth_year, reading.sex, reading.flags)


def _issuer(root: str) -> str:
    return series_by_root()[root][0].issuer
