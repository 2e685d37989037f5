"""Texts without the identity numbers that people write into them, and without the one that the report is about."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from unicodedata import digit, normalize

from register.identities.number import looks_like_identity

_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_ASCII_SIGNS = bytes(sign for sign in range(128) if not chr(sign).isalnum())
_NATIONAL_WITHOUT_CENTURY = 10
# Fewer letters stand in too many words to give anybody away.
_LEAST = 6


def own_identity(report: Mapping[str, Any], field: str = "identity_value") -> str:
    """What names the person whom a report is about, also if it is mistyped; empty if that is nobody, or too short.

    Twelve digits without their first two: so they are found with and without the century.
    """
    own = bare(report.get(field, ""))
    if len(own) == _NATIONAL_WITHOUT_CENTURY + 2 and own.isdigit():
        own = own[-_NATIONAL_WITHOUT_CENTURY:]
    return own if len(own) >= _LEAST else ""


def masked(text: str, own: str = "") -> str:
    """The text with every digit starred out if an identity number stands in it, every letter too if it is `own`."""
    if own and _holds(text, own):
        return _LETTER_OR_DIGIT.sub("*", text)
    if not looks_like_identity(text):
        return text
    return "".join("*" if sign.isnumeric() else sign for sign in text)


_WORD = re.compile(r"\S+")
_A_DAY = re.compile(r"\W*\d{4}-\d{2}-\d{2}\W*")
_DIGITS_OF_A_DOCUMENT = 5


def without_numbers(text: str, *own: str) -> str:
    """A text about a person for ever: masked, and without the numbers of passports and cases; days may stand.

    A word with so many digits as a document has leads to somebody, whatever country it is from.
    """
    for identity in own or ("",):
        text = masked(text, identity)

    def shown(word: re.Match[str]) -> str:
        digits = sum(sign.isnumeric() for sign in word[0])
        if digits < _DIGITS_OF_A_DOCUMENT or _A_DAY.fullmatch(word[0]):
            return word[0]
        return "".join("*" if sign.isnumeric() else sign for sign in word[0])

    return _WORD.sub(shown, text)


def all_masked(texts: Sequence[str], own: str = "") -> list[str]:
    """Each of the texts, masked."""
    # A number that stands in none of them written below each other stands in none of them: so one look is enough.
    if not gives_away("\n".join(texts), own):
        return list(texts)
    return [masked(text, own) for text in texts]


def gives_away(text: str, own: str) -> bool:
    """Whether an identity number stands in a text: anybody's, or the one that the report is about."""
    return looks_like_identity(text) or (bool(own) and _holds(text, own))


def _holds(text: str, own: str) -> bool:
    return len(text) >= _LEAST and own in bare(text)


def bare(text: str) -> str:
    """The letters and digits of a text alone, small letters, digits of every script as 0–9."""
    if text.isascii():  # as nearly every text is; the same, in a fifth of the time
        return text.encode().translate(None, _ASCII_SIGNS).decode().lower()
    plain = normalize("NFKC", text).casefold()
    return "".join(str(digit(sign)) if sign.isdigit() else sign for sign in plain if sign.isalnum())
