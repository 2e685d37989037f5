"""One expression that is found wherever an identity number stands, and seldom elsewhere; in the dialect of RE2.

Python's own expressions look at 20 MB a second, RE2's at several hundred.
"""

import re
from collections.abc import Iterable
from functools import cache
from unicodedata import normalize

from register.identities.written import ESCAPE, WORDS
from register.masking import own_identity

# Between the parts of a number stand at most three signs, of at most four bytes each.
_BETWEEN = "[^0-9A-Za-z]{0,12}"
_MONTH, _DAY = r"(?:0\d|1[0-2])", r"(?:0[1-9]|[12]\d|3[01]|[6-8]\d|9[01])"
_BLANK = r"(?: |\xc2\xa0|\xe2\x80[\x80-\xaf]|\xe2\x81\x9f|\xe3\x80\x80)"
_ESCAPED = rf"{_BETWEEN}(?:{ESCAPE}{_BETWEEN}){{1,2}}"
_WORDED = rf"[^0-9A-Za-z]{{1,12}}(?:(?:{'|'.join(WORDS)})[^0-9A-Za-z]{{1,12}}){{1,4}}"
_TEN = rf"\d\d{_BETWEEN}{_MONTH}{_BETWEEN}{_DAY}{_BETWEEN}\d{{4}}"
# Digits that are escaped themselves.
_DIGITS_ESCAPED = r"(?:(?:[%=]3|\\{1,4}(?:u00|x)3)\d){4}|(?:&#(?:4[89]|5[0-7]|x3\d);){4}"


def suspicious(known: Iterable[str]) -> str:
    """What may be a national number, or one of these values."""
    other = _other_digits()
    any_digit = f"(?:[0-9]|{other})"
    # A number with digits of another script has three digits in a row of which one at least is such a digit.
    near = (other, any_digit, any_digit), (any_digit, other, any_digit), (any_digit, any_digit, other)
    ways = [
        # The byte before or after a field may be its length, and look like a digit.
        rf"(?:^|[^0-9])\d?{_TEN}\d?(?:[^0-9]|$)",
        rf"(?:18|19|20){_TEN}",
        # Escaped, or in words before the last four digits; an escape may stand between any two parts.
        rf"\d\d(?:{_BETWEEN}|{_ESCAPED}){_MONTH}(?:{_BETWEEN}|{_ESCAPED}){_DAY}(?:{_ESCAPED}|(?i:{_WORDED}))\d{{4}}",
        rf"\d\d(?:{_ESCAPED}){_MONTH}(?:{_BETWEEN}|{_ESCAPED}){_DAY}{_BETWEEN}\d{{4}}",
        rf"\d\d{_BETWEEN}{_MONTH}{_ESCAPED}{_DAY}{_BETWEEN}\d{{4}}",
        _DIGITS_ESCAPED,
        # With signs within the last four digits.
        rf"\d\d{_BLANK}?{_MONTH}{_BLANK}?{_DAY}{_BLANK}?(?:\d\d{_BLANK}\d\d|\d{{3}}{_BLANK}\d)",
        r"(?:\d[^0-9A-Za-z]{1,9}){9}\d",
        rf"\d(?:(?:[,']|{_BLANK})\d{{3}}){{3}}",
        *(_BETWEEN.join(three) for three in near),
        rf"(?:\d\x00{_BETWEEN}){{9}}\d",
        # Twelve digits as Avro writes a whole number.
        r"[\x80-\xff]{5}[\x0a-\x0c]",
        *(f"(?i:{_spread(value)})" for value in sorted(known)),
    ]
    return f"(?s:{'|'.join(ways)})"


def _spread(value: str) -> str:
    """A value with anything between its letters and digits; in digits of another script it is found as above."""
    return _BETWEEN.join(map(re.escape, own_identity({"identity_value": value}) or value))


@cache
def _other_digits() -> str:
    """Signs that stand for digits without being 0–9: Arabic, full width, superscript, circled; in UTF-8."""
    last: dict[bytes, list[int]] = {}
    for sign in map(chr, [*range(128, 0xD800), *range(0xE000, 0x110000)]):
        if any(plain.isdigit() for plain in normalize("NFKC", sign)):
            encoded = sign.encode()
            last.setdefault(encoded[:-1], []).append(encoded[-1])
    return f"(?:{'|'.join(f'{_written(first)}[{_written(ends)}]' for first, ends in last.items())})"


def _written(values: Iterable[int]) -> str:
    return "".join(f"\\x{value:02x}" for value in values)
