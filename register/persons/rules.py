"""The rules for population changes and registrations. Codes are shown to senders and never renamed or reused."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from register.identities.number import BrokenIdentity, Identity
from register.identities.series import series_by_root
from register.masking import gives_away
from register.rules import Rule, Rules, codes_of
from register.words import is_deso, municipality_codes, region_codes


@dataclass(slots=True)
class ReadChange:
    """A population change with its words read; None where a word could not be."""

    report: dict[str, Any]
    identity: Identity | BrokenIdentity
    on: date | None
    birth_date: date | None
    birth_year: int | None
    protection: str
    protection_known: bool
    today: date


@dataclass(slots=True)
class ReadRegistration:
    """A registration of a reserve number with its words read; None where a word could not be."""

    report: dict[str, Any]
    identity: Identity | BrokenIdentity
    birth_date: date | None
    birth_year: int | None
    registered_on: date | None
    own: str  # the report's own identity, as masking looks for it
    masked: bool
    today: date


def _municipality_is_unknown(code: str) -> bool:
    return code not in municipality_codes() and code not in region_codes()


def _municipality_is_malformed(code: str) -> bool:
    return not (code.isascii() and code.isdigit() and len(code) in (2, 4))


def _deso_elsewhere(report: dict[str, Any]) -> bool:
    deso, municipality = report["deso"].strip(), report["municipality"].strip()
    return is_deso(deso) and not deso.startswith(municipality)


def _died_before_birth(change: ReadChange) -> bool:
    if change.on is None or change.report["event"].strip() != "died" or isinstance(change.identity, BrokenIdentity):
        return False
    born = change.birth_date or change.identity.birth_date
    return born is not None and change.on < born


def _years_differ(registration: ReadRegistration) -> bool:
    day, year = registration.birth_date, registration.birth_year
    return day is not None and year is not None and day.year != year


def _born_later(read: ReadChange | ReadRegistration) -> bool:
    return (read.birth_date is not None and read.birth_date > read.today) or (
        read.birth_year is not None and read.birth_year > read.today.year
    )


def _is_of_another_kind(registration: ReadRegistration) -> bool:
    if isinstance(registration.identity, Identity):
        return registration.identity.kind != "reserve"
    # Broken: by the OID it was sent under.
    series = series_by_root().get(registration.report["identity_root"].strip(), ())
    return any(row.kind in ("personal", "coordination") for row in series)


def _is_another_regions(registration: ReadRegistration) -> bool:
    """A series that belongs to regions, and not to this one; national ones and unknown ones belong to none."""
    regions = {row.region for row in series_by_root().get(registration.report["identity_root"].strip(), ())}
    return bool(regions) and regions.isdisjoint(("", registration.report["region"].strip()))


def _has_malformed_municipality(change: ReadChange) -> bool:
    code = change.report["municipality"].strip()
    return bool(code) and _municipality_is_malformed(code)


def _has_unknown_municipality(change: ReadChange) -> bool:
    code = change.report["municipality"].strip()
    return bool(code) and not _municipality_is_malformed(code) and _municipality_is_unknown(code)


# To add a reason for refusing a population change, add a row: code, when it applies, days on which it is in force.
_REFUSES_CHANGE: Rules[ReadChange] = (
    Rule("EVENT-UNKNOWN", lambda c: c.report["event"].strip() not in ("registered", "moved", "died", "protected")),
    Rule("DATE-MALFORMED", lambda c: c.on is None),
    Rule("DATE-IN-FUTURE", lambda c: c.on is not None and c.on > c.today),
    Rule("DATE-BEFORE-BIRTH", _died_before_birth),
    # Whose column was left out by mistake must not be shown: that a protection has ended is said in a word.
    Rule("PROTECTION-MISSING", lambda c: c.report["event"].strip() == "protected" and not c.protection),
)

# To add a flag for a population change, add a row.
FLAGS_CHANGE: Rules[ReadChange] = (Rule("PROTECTION-UNKNOWN", lambda c: bool(c.protection) and not c.protection_known),)

# To add a reason that is not asked of a protection, add a row.
_REFUSES_OTHERS: Rules[ReadChange] = (
    Rule("BIRTH-DATE-MALFORMED", lambda c: c.birth_date is None and bool(c.report["birth_date"].strip())),
    Rule("BIRTH-YEAR-MALFORMED", lambda c: c.birth_year is None and bool(c.report["birth_year"].strip())),
    Rule("BIRTH-IN-FUTURE", _born_later),
    Rule("SEX-MALFORMED", lambda c: c.report["sex"].strip() not in ("F", "M", "")),
    Rule("MUNICIPALITY-MALFORMED", _has_malformed_municipality),
    Rule("MUNICIPALITY-UNKNOWN", _has_unknown_municipality),
    Rule("DESO-MALFORMED", lambda c: bool(deso := c.report["deso"].strip()) and not is_deso(deso)),
    Rule("DESO-OTHER-MUNICIPALITY", lambda c: _deso_elsewhere(c.report)),
)


def refusals(change: ReadChange) -> tuple[str, ...]:
    """Every reason for refusing a population change.

    A protection needs no more than a day: a broken word beside it must not leave somebody unprotected.
    """
    codes = codes_of(_REFUSES_CHANGE, change, change.today)
    return (
        codes
        if change.report["event"].strip() == "protected"
        else codes + codes_of(_REFUSES_OTHERS, change, change.today)
    )


# To add a reason for refusing a registration of a reserve number, add a row.
REFUSES_REGISTRATION: Rules[ReadRegistration] = (
    Rule("NOT-A-RESERVE-NUMBER", _is_of_another_kind),
    Rule("REGION-UNKNOWN", lambda r: r.report["region"].strip() not in region_codes()),
    Rule("BIRTH-DATE-MALFORMED", lambda r: r.birth_date is None and bool(r.report["birth_date"].strip())),
    Rule("BIRTH-YEAR-MALFORMED", lambda r: r.birth_year is None and bool(r.report["birth_year"].strip())),
    Rule("BIRTH-IN-FUTURE", _born_later),
    Rule("SEX-MALFORMED", lambda r: r.report["sex"].strip() not in ("F", "M", "")),
    Rule("DATE-IN-FUTURE", lambda r: r.registered_on is not None and r.registered_on > r.today),
)

# To add a flag for a registration, add a row.
FLAGS_REGISTRATION: Rules[ReadRegistration] = (
    Rule("REGION-OTHER-SERIES", _is_another_regions),
    Rule("BIRTH-YEAR-DISAGREES", _years_differ),
    Rule("EVIDENCE-MISSING", lambda r: not r.report["evidence"].strip()),
    Rule(
        "REGISTERED-ON-MALFORMED",
        lambda r: r.registered_on is None and bool(r.report["registered_on"].strip()),
    ),
    Rule("REFERENCE-MISSING", lambda r: not r.report["unique_reference"].strip()),
    Rule("REFERENCE-IS-IDENTITY", lambda r: gives_away(r.report["unique_reference"], r.own)),
    Rule("TEXT-HOLDS-IDENTITY", lambda r: r.masked),
)
