"""Numbers as programs and people write them: escaped for a link or a page, or with a word between the parts."""

import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

from register.identities.in_ascii import in_ascii

# What stands for a sign or a digit: %2D in addresses, &nbsp; and &#45; in pages, \\u002d in JSON, =2D in mail.
ESCAPE = r"(?:[%=][0-9A-Fa-f]{2}|&#?[0-9A-Za-z]{2,6};|\\{1,4}(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}))"
# Words that people write before the last four digits. To find one more, add it.
WORDS = (
    *("nr", "no", "nummer", "number", "num", "slutsiffra", "slutsiffror", "siffror", "digits", "kod", "code"),
    *("last", "sista", "fyra", "four", "och", "and", "med", "with", "the", "de", "ending", "slutar", "på", "in"),
)
_BEGINS_ESCAPE = ("%", "=", "&", "\\")
_AN_ESCAPE = re.compile(ESCAPE)
_CODED = re.compile(r"\\+(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))")
_IN_MAIL = re.compile(r"=([0-9A-F]{2})")
_WORDED = re.compile(
    r"(?<!\d)(?P<born>(?:18|19|20)?\d\d\W?[01]\d\W?\d\d)\W{1,3}(?:(?:" + "|".join(WORDS) + r")\b\W{1,3}){1,4}"
    r"(?P<last>\d{4})(?!\d)",
    re.IGNORECASE,
)
_WORD_BEHIND_DIGITS = re.compile(rf"[0-9]\W{{1,3}}(?:{'|'.join(WORDS)})\b", re.IGNORECASE)
_NO_DIGIT = re.compile(r"\D")


def written_out(text: str) -> str:
    """The text without escapes, if it has any."""
    if not any(sign in text for sign in _BEGINS_ESCAPE) or _AN_ESCAPE.search(text) is None:
        return text
    plain = _CODED.sub(lambda found: chr(int(found[1] or found[2], 16)), text)
    return unquote(html.unescape(plain))


def ways(text: str) -> Iterator[str]:
    """The text as it stands, and without its escapes."""
    yield text
    plain = written_out(text)
    if plain is not text:
        yield in_ascii(plain)
    # Apart, because what follows the sign = in an address is no escape.
    if "=" in plain and (of_mail := _IN_MAIL.sub(lambda found: chr(int(found[1], 16)), plain)) != plain:
        yield in_ascii(of_mail)


def in_words(text: str) -> Iterator[str]:
    """The digits of what may be a number with words between its parts, which no two cells are taken for."""
    if _WORD_BEHIND_DIGITS.search(text) is None:
        return
    yield from (_NO_DIGIT.sub("", found["born"]) + found["last"] for found in _WORDED.finditer(text))
