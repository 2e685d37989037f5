"""Which person a report is about: personal identity, coordination and reserve numbers read and checked.

Sources: Skatteverket SKV 704 (personal identity numbers) and SKV 707 (coordination numbers), 18 and 18 a §§
folkbokföringslagen (1991:481): birth number 001–999, odd for men; check digit by modulus 10; century 18, 19 or
20; a plus sign from the year in which a person turns 100; a coordination number adds 60 to the day.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal
from unicodedata import digit, normalize

PERSONAL_ROOT = "1.2.752.129.2.1.3.1"
COORDINATION_ROOT = "1.2.752.129.2.1.3.3"

Kind = Literal["personal", "coordination", "reserve"]
Sex = Literal["F", "M", "unknown"]


@dataclass(frozen=True, slots=True)
class Identity:
    """One identity of a person, always (OID, value); the printed form shows neither the value nor the birth."""

    root: str
    value: str = field(repr=False)
    kind: Kind = field(compare=False)
    birth_date: date | None = field(compare=False, repr=False)
    birth_year: int | None = field(compare=False, repr=False)
    sex: Sex = field(compare=False, repr=False)
    # What was odd about the way it was sent: two reports of one number are about the same identity all the same.
    flags: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class BrokenIdentity:
    """An identity that names no person: every code that applies, and never what was sent."""

    codes: tuple[str, ...]


def parse_identity(root: str, value: str, *, today: date) -> Identity | BrokenIdentity:
    """The person's identity as sent under an OID, or every reason why it names no person."""
    # Without blanks before it is compared: a national OID must never pass for that of a reserve number.
    root = root.strip()
    if root in (PERSONAL_ROOT, COORDINATION_ROOT):
        return _parse_national(root, value.strip(), today)
    return _parse_reserve(root, value.strip())


def looks_like_identity(text: str) -> bool:
    """Whether a free text or a sender's reference gives away a personal or coordination number."""
    if not text.isascii():
        text = _in_ascii(text)
    if len(text) < 10 or _TEN_DIGITS_ALMOST_TOGETHER.search(text) is None:
        return False
    return any(
        isinstance(_parse_national(PERSONAL_ROOT, digits, date.max), Identity) for digits in _hidden_candidates(text)
    )


# Modulus 10 over four digits weighted 2, 1, 2, 1. Leading zeros add nothing, so the table serves two digits too.
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_PAIR_SUMS = [_DOUBLED[pair // 10] + pair % 10 for pair in range(100)]
_CHECK_SUMS = [_PAIR_SUMS[four // 100] + _PAIR_SUMS[four % 100] for four in range(10_000)]

_MISSING = BrokenIdentity(("IDENTITY-MISSING",))
_MALFORMED = BrokenIdentity(("IDENTITY-MALFORMED",))
_NOT_A_PERSON = BrokenIdentity(("IDENTITY-NOT-A-PERSON",))
_INTERIM = BrokenIdentity(("IDENTITY-INTERIM",))

_KIND_MISMATCH = ("IDENTITY-KIND-MISMATCH",)
_DATE_IMPOSSIBLE = ("BIRTH-DATE-IMPOSSIBLE",)


def _parse_national(root: str, text: str, today: date) -> Identity | BrokenIdentity:
    digits, turned_100 = text, False
    if len(text) in (11, 13) and text[-5] in "-+":
        digits, turned_100 = text[:-5] + text[-4:], text[-5] == "+"
    if len(digits) not in (10, 12) or not (digits.isascii() and digits.isdigit()):
        return _malformed(text)

    century = digits[:-10]
    # YYMMDDNNNC as one number is cut up faster than as text.
    number = int(digits[-10:])
    month, day = number // 1_000_000 % 100, number // 10_000 % 100
    # An organisation number has at least 20 where a person has the month, and 16 as its century.
    if month >= 20 or century == "16":
        return _NOT_A_PERSON
    if century not in ("", "18", "19", "20"):
        return _MALFORMED
    coordination = day >= 60
    if coordination:
        day -= 60
    year = int(digits[:4]) if century else _year(number // 100_000_000, month, day, turned_100, today)

    born = _calendar_day(year, month, day)
    flags: tuple[str, ...] = ()
    possible = born is not None
    if coordination and not possible:
        possible = month <= 12 and day <= 31
        # 31 April and the like have been given out: a real number of a real person. Month or day 0 is unknown.
        if month and day:
            flags = _DATE_IMPOSSIBLE
    in_future = year >= today.year and (year, month, day) > (today.year, today.month, today.day)
    if not possible or in_future or not number // 10 % 1000 or _check_sum(number) % 10:
        return _broken(number, possible, in_future)

    own_root = COORDINATION_ROOT if coordination else PERSONAL_ROOT
    return Identity(
        own_root,
        digits if century else f"{year}{digits[2:]}",
        "coordination" if coordination else "personal",
        born,
        year,
        "M" if number // 10 % 2 else "F",
        flags if root == own_root else _KIND_MISMATCH + flags,
    )


def _check_sum(number: int) -> int:
    return _CHECK_SUMS[number // 1_000_000] + _CHECK_SUMS[number // 100 % 10_000] + _CHECK_SUMS[number % 100]


def _broken(number: int, possible: bool, in_future: bool) -> BrokenIdentity:
    """All that is wrong with a number of the right shape. To add a code, add a row, and its case above."""
    rules = (
        ("IDENTITY-DATE-IMPOSSIBLE", not possible),
        ("IDENTITY-CHECK-DIGIT", _check_sum(number) % 10 != 0),
        ("IDENTITY-BIRTH-NUMBER-ZERO", number // 10 % 1000 == 0),
        ("IDENTITY-BIRTH-IN-FUTURE", in_future),
    )
    return BrokenIdentity(tuple(code for code, broken in rules if broken))


def _calendar_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _year(two_digits: int, month: int, day: int, turned_100: bool, today: date) -> int:
    """The latest year with these last digits in which somebody born then is already born, or has turned 100."""
    year = today.year - (today.year - two_digits) % 100
    if turned_100:
        return year - 100
    # Without a plus sign and not yet born this year: about to turn 100, sent without the sign.
    return year - 100 if (year, month, day) > (today.year, today.month, today.day) else year


# Numbers of schools and courts for people who have no other yet: a letter before the last three digits.
_INTERIM_SHAPE = re.compile(r"(?:\d{2})?\d{6}[-+]?[TRSUWXJKLMN]\d{3}", re.ASCII)


def _malformed(text: str) -> BrokenIdentity:
    if not text:
        return _MISSING
    return _INTERIM if _INTERIM_SHAPE.fullmatch(text) else _MALFORMED


_OID = re.compile(r"[012](?:\.(?:0|[1-9][0-9]*))+")


def _parse_reserve(root: str, value: str) -> Identity | BrokenIdentity:
    """A reserve number is what its issuer says: no birth date is read out of it, whatever it looks like."""
    codes: list[str] = []
    if len(root) > 128 or _OID.fullmatch(root) is None:
        codes.append("IDENTITY-ROOT-UNKNOWN")
    if not value:
        codes.append("IDENTITY-MISSING")
    elif len(value) > 64 or not value.isprintable():
        codes.append("IDENTITY-MALFORMED")
    if codes:
        return BrokenIdentity(tuple(codes))
    return Identity(root, value, "reserve", None, None, "unknown")


def _in_ascii(text: str) -> str:
    """Digits of every script as 0–9, and every sign that is neither letter nor digit as a hyphen."""
    plain = normalize("NFKC", text)
    return "".join(
        str(digit(sign)) if sign.isdigit() else sign if sign.isascii() or sign.isalnum() else "-" for sign in plain
    )


# What people, word processors and spreadsheets put between a number's parts.
_BETWEEN = "[^0-9A-Za-z]{0,3}"
_NO_DIGIT = re.compile(r"\D")
_DAY = rf"\d\d{_BETWEEN}[01]\d{_BETWEEN}\d\d"
# The third digit begins the month: organisation numbers, which stand in most reports, are passed over at once.
_TEN_DIGITS_ALMOST_TOGETHER = re.compile(rf"{_DAY}{_BETWEEN}\d{{4}}", re.ASCII)
# Twelve digits are told by their century also inside a longer row of digits (number and time written together);
# ten digits only where they stand alone, or every long serial number would be taken for a person.
_TWELVE_DIGITS = re.compile(rf"(?=((?:18|19|20){_DAY}){_BETWEEN}(\d{{4}}))", re.ASCII)
_TEN_DIGITS_ALONE = re.compile(rf"(?<!\d)(?=({_DAY}){_BETWEEN}(\d{{4}})(?!\d))", re.ASCII)


def _hidden_candidates(text: str) -> Iterator[str]:
    for found in _TWELVE_DIGITS.finditer(text):
        yield _NO_DIGIT.sub("", found[1]) + found[2]
    for found in _TEN_DIGITS_ALONE.finditer(text):
        # 2000–2099 has the same leap years as 1901–1999 and, with 2000 itself, one day more.
        yield "20" + _NO_DIGIT.sub("", found[1]) + found[2]
