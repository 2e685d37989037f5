"""Personal identity and coordination numbers that somebody wrote into a free text or a reference, however written.

The mask of free texts and the scanner both ask here, so that neither passes over what the other would find.
"""

import re
from collections.abc import Iterator
from datetime import date

from register.identities.identity import Identity
from register.identities.in_ascii import in_ascii
from register.identities.national import PERSONAL_ROOT, parse_national
from register.identities.written import in_words, ways

TEN = 10
_NO_DIGITS = bytes(sign for sign in range(128) if not 48 <= sign <= 57)


def looks_like_identity(text: str) -> bool:
    """Whether a free text or a sender's reference gives away a personal or coordination number."""
    plain = in_ascii(text)
    # However it is written, every digit of a number has a digit in it: most references are passed over here.
    if len(plain.encode("ascii", "replace").translate(None, _NO_DIGITS)) < TEN:
        return False
    return any(map(_in_digits, ways(plain)))


def in_one_line(text: str) -> bool:
    """Whether a number stands there whose parts no two cells of a file are taken for: with words or signs within."""
    plain = in_ascii(text)
    return any(map(_is_number, (*in_words(plain), *_in_thousands(plain))))


def _in_digits(text: str) -> bool:
    if _TEN_DIGITS_ALMOST_TOGETHER.search(text) is not None and any(map(_is_number, _hidden_candidates(text))):
        return True
    if _SIGNS_WITHIN.search(text) is not None and any(map(_is_number, _spread(text))):
        return True
    return any(map(_is_number, in_words(text)))


def _is_number(digits: str) -> bool:
    # 2000–2099 has the same leap years as 1901–1999 and, with 2000 itself, one day more: so ten digits are read there.
    full = digits if len(digits) != TEN else f"20{digits}"
    return isinstance(parse_national(PERSONAL_ROOT, full, date.max), Identity)


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

# Signs within the last four digits: in pairs with blanks, which times of the day are not written with; one and the
# same sign after every digit; and as spreadsheets write amounts. To find one more way, add it here, its shape for
# RE2 to connectors/privacy/suspicion.py, and a line to the spellings in tests/privacy/spellings.py.
_PAIRS = r"(?<![0-9])(?=((?:18|19|20)? ?\d\d ?[01]\d ?\d\d ?(?:\d\d \d\d|\d{3} \d))(?![0-9]))"
_EACH_DIGIT = r"(?<![0-9])(?=(\d([^0-9A-Za-z]{1,3})\d(?:\2\d){8}(?:\2\d\2\d)?)(?!\2?[0-9]))"
_THOUSANDS = r"(?<![0-9])(?<![0-9][,' ])(?=(\d{1,3}([,' ])\d{3}\2\d{3}\2\d{3})(?![,' ]?[0-9]))"
# What stands in each of these: most texts are passed over by this one look.
_SIGNS_WITHIN = re.compile(
    r"[0-9](?:[0-9] [0-9]{2}(?![0-9])|[0-9]{2} [0-9](?![0-9])|([^0-9A-Za-z]{1,3})(?:[0-9]\1){4}[0-9]"
    r"|[,' ][0-9]{3}[,' ][0-9]{3}[,' ][0-9]{3})"
)
_WAYS = [re.compile(way, re.ASCII) for way in (_PAIRS, _EACH_DIGIT, _THOUSANDS)]


def _hidden_candidates(text: str) -> Iterator[str]:
    for found in _TWELVE_DIGITS.finditer(text):
        yield _NO_DIGIT.sub("", found[1]) + found[2]
    for found in _TEN_DIGITS_ALONE.finditer(text):
        yield _NO_DIGIT.sub("", found[1]) + found[2]


def _spread(text: str) -> Iterator[str]:
    for way in _WAYS:
        yield from (_NO_DIGIT.sub("", found[1]) for found in way.finditer(text))


def _in_thousands(text: str) -> Iterator[str]:
    yield from (_NO_DIGIT.sub("", found[1]) for found in _WAYS[-1].finditer(text))
