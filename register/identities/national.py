"""Personal identity and coordination numbers: read, checked, and told from those of organisations.

Sources: Skatteverket SKV 704 (personal identity numbers) and SKV 707 (coordination numbers), 18 and 18 a §§
folkbokföringslagen (1991:481): birth number 001–999, odd for men; check digit by modulus 10; century 18, 19 or
20; a plus sign from the year in which a person turns 100; a coordination number adds 60 to the day. SKV 709
(organisation numbers): ten digits, the third at least 2, the same check digit; 16 in front of them where twelve
are asked for.
"""

import re
from datetime import date

from register.identities.identity import BrokenIdentity, Identity
from register.identities.in_ascii import in_ascii
from register.identities.series import root_of

PERSONAL_ROOT = root_of("personal")
COORDINATION_ROOT = root_of("coordination")

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


def parse_national(root: str, text: str, today: date) -> Identity | BrokenIdentity:
    """The person with this number, or every reason why it names nobody; flagged if its OID is the other kind's."""
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

    born = calendar_day(year, month, day)
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


def surely_national(value: str, today: date) -> bool:
    """Whether a value is, beyond doubt and whatever its OID says, a personal identity or a coordination number.

    It has its century, whatever signs stand between its digits, or is written with its own sign. Ten digits alone may
    be anybody's serial number: just under a hundredth of them pass.
    """
    plain = in_ascii(value).strip()
    digits = _NEITHER_LETTER_NOR_DIGIT.sub("", plain)
    if len(digits) != _WITH_CENTURY:
        digits = plain if len(plain) == _WITH_SIGN else ""
    return isinstance(parse_national(PERSONAL_ROOT, digits, today), Identity)


def organisation_faults(text: str) -> tuple[str, ...]:
    """Every reason why a text is no organisation's number; none if it is one."""
    digits = text[:-5] + text[-4:] if text[-5:-4] == "-" else text
    if len(digits) == 12 and digits.startswith("16"):
        digits = digits[2:]
    if not text:
        return _MISSING.codes
    if len(digits) != 10 or not (digits.isascii() and digits.isdigit()) or digits[2] < "2":
        return _MALFORMED.codes
    return ("IDENTITY-CHECK-DIGIT",) if _check_sum(int(digits)) % 10 else ()


def calendar_day(year: int, month: int, day: int) -> date | None:
    """The day, if the calendar has it."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


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


def _year(two_digits: int, month: int, day: int, turned_100: bool, today: date) -> int:
    """The latest year with these last digits in which somebody born then is already born, or has turned 100."""
    year = today.year - (today.year - two_digits) % 100
    if turned_100:
        return year - 100
    # Without a plus sign and not yet born this year: about to turn 100, sent without the sign.
    return year - 100 if (year, month, day) > (today.year, today.month, today.day) else year


_WITH_CENTURY, _WITH_SIGN = 12, 11
_NEITHER_LETTER_NOR_DIGIT = re.compile(r"[^0-9A-Za-z]")
# Numbers of schools and courts for people who have no other yet: a letter before the last three digits.
_INTERIM_SHAPE = re.compile(r"(?:\d{2})?\d{6}[-+]?[TRSUWXJKLMN]\d{3}", re.ASCII)


def _malformed(text: str) -> BrokenIdentity:
    if not text:
        return _MISSING
    return _INTERIM if _INTERIM_SHAPE.fullmatch(text) else _MALFORMED
