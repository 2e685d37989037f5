"""Reserve numbers: held against the form of the series that their OID names."""

import re
from dataclasses import dataclass, field
from datetime import date

from register.identities.identity import BrokenIdentity, Identity, Sex
from register.identities.national import calendar_day, surely_national
from register.identities.series import Series, all_series, series_by_root

# An OID, a value: more is neither kept nor looked at.
_OID = re.compile(r"[012](?:\.(?:0|[1-9][0-9]*))+")
_LONGEST_OID, _LONGEST_VALUE = 128, 64

_OF_ANOTHER_SERIES = BrokenIdentity(("IDENTITY-OTHER-SERIES",))
_NOT_A_PERSON = BrokenIdentity(("IDENTITY-NOT-A-PERSON",))
_UNUSUAL_FORM = ("RESERVE-NUMBER-FORM",)


@dataclass(frozen=True, slots=True)
class Reading:
    """A number read as one of a series: its one way of writing, what it tells, and what is wrong with it."""

    series: Series
    value: str = field(repr=False)
    birth_date: date | None = field(repr=False)
    birth_year: int | None = field(repr=False)
    sex: Sex = field(repr=False)
    flags: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def parse_reserve(root: str, value: str, today: date) -> Identity | BrokenIdentity:
    """A reserve number is what its issuer says: no birth and no sex is taken from it, whatever it looks like.

    One that has not the published form of its series is taken all the same, and flagged: the dose was given, and
    what is public of the forms is thin. It is refused only where it is, beyond doubt, a number of another kind.
    """
    codes = faults_of_pair(root, value)
    if codes:
        return BrokenIdentity(codes)
    known = series_by_root().get(root, ())
    if not known or known[0].kind == "opaque":
        # Taken, it would be a second person beside the one whose number it is, who may be protected.
        if surely_national(value, today):
            return _OF_ANOTHER_SERIES
        return Identity(root, value, "reserve", None, None, "unknown")
    if known[0].kind == "organisation":
        return _NOT_A_PERSON
    reading = reading_under(known, value, today)
    if reading is not None and not reading.faults:
        return Identity(root, reading.value, "reserve", None, None, "unknown", reading.series.flags)
    if surely_national(value, today) or _is_told_by_value(value, today):
        return _OF_ANOTHER_SERIES
    return Identity(root, value, "reserve", None, None, "unknown", _UNUSUAL_FORM)


def faults_of_pair(root: str, value: str) -> tuple[str, ...]:
    """Every reason why a pair cannot be an OID and a value of any series."""
    codes: list[str] = []
    if len(root) > _LONGEST_OID or _OID.fullmatch(root) is None:
        codes.append("IDENTITY-ROOT-UNKNOWN")
    if not value:
        codes.append("IDENTITY-MISSING")
    elif len(value) > _LONGEST_VALUE or not value.isprintable():
        codes.append("IDENTITY-MALFORMED")
    return tuple(codes)


def reading_under(known: tuple[Series, ...], value: str, today: date) -> Reading | None:
    """The number as one of these series: the first that it fits, or else the first whose form it has."""
    readings = [reading for series in known if (reading := read_as(series, value, today))]
    return next((reading for reading in readings if not reading.faults), readings[0] if readings else None)


def readings_of(value: str, today: date) -> list[Reading]:
    """Every reserve series of which this is a right number, if its OID did not say which."""
    readings = (read_as(series, value, today) for series in all_series() if series.kind == "reserve")
    return [reading for reading in readings if reading and not reading.faults]


def read_as(series: Series, value: str, today: date) -> Reading | None:
    """The number as one of this series; None if it has not its form."""
    bare = value[:-5] + value[-4:] if value[-5:-4] == "-" else value
    if series.form is None or (found := series.form.fullmatch(bare)) is None:
        return None
    signs = found.groupdict()
    sex = series.sexes.get(signs.get("sex") or "", "unknown")
    faults: list[str] = []
    born, year, impossible, in_future = _born(series, signs.get("born"), today)
    if impossible and series.birth == "calendar":
        faults.append("IDENTITY-DATE-IMPOSSIBLE")
    if series.check_digit and not series.check_digit.fits(bare):
        faults.append("IDENTITY-CHECK-DIGIT")
    if in_future:
        faults.append("IDENTITY-BIRTH-IN-FUTURE")
    flags = (*series.flags, "BIRTH-DATE-IMPOSSIBLE") if impossible else series.flags
    return Reading(series, bare, born, year, sex, flags, tuple(faults))


def _born(series: Series, digits: str | None, today: date) -> tuple[date | None, int | None, bool, bool]:
    """Day and year of birth, whether the calendar lacks the day, and whether it lies in the future."""
    if series.birth == "no" or digits is None:
        return None, None, False, False
    century, year, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:6]), int(digits[6:8])
    if series.birth == "shifted":
        # 22, 25, 28 … stand for 19 and 23, 26, 29 … for 20; 24, 27, 30 … for 18 as well as 21, so for neither.
        if century % 3 == 0:
            return None, None, False, False
        century = 19 + (century - 19) % 3
    year += 100 * century
    born = calendar_day(year, month, day)
    return born, year, born is None, (year, month, day) > (today.year, today.month, today.day)


def _is_told_by_value(value: str, today: date) -> bool:
    told = (series for series in all_series() if series.kind == "reserve" and series.told_by_value)
    return any(reading and not reading.faults for reading in (read_as(series, value, today) for series in told))
