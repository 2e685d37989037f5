"""Personal identity and coordination numbers that somebody wrote into a free text or a reference."""

import re
from collections.abc import Iterator
from datetime import date

from register.identities.identity import Identity
from register.identities.in_ascii import in_ascii
from register.identities.national import PERSONAL_ROOT, parse_national


def looks_like_identity(text: str) -> bool:
    """Whether a free text or a sender's reference gives away a personal or coordination number."""
    text = in_ascii(text)
    if len(text) < 10 or _TEN_DIGITS_ALMOST_TOGETHER.search(text) is None:
        return False
    return any(
        isinstance(parse_national(PERSONAL_ROOT, digits, date.max), Identity) for digits in _hidden_candidates(text)
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
