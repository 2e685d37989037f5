"""Words of reports read: days, whole numbers and codes, or None where they are something else."""

import re
from datetime import date
from functools import cache, lru_cache

from register.areas import municipalities, region_names


@lru_cache(maxsize=50_000)
def read_day(text: str) -> date | None:
    """A day written YYYY-MM-DD (ISO 8601)."""
    text = text.strip()
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_whole_number(text: str, least: int, most: int) -> int | None:
    """A whole number in decimal digits, between two limits."""
    text = text.strip()
    if not (text.isascii() and text.isdigit()) or len(text) > 12:
        return None
    number = int(text)
    return number if least <= number <= most else None


def plain(text: str) -> str:
    """The text without white space at its ends and without NUL, which PostgreSQL's text cannot hold."""
    return text.replace("\0", "").strip()


# Statistics Sweden: municipality, A outside the larger places, B in one, C in the municipality's seat, and a number.
DESO = r"[0-9]{4}[ABC][0-9]{4}"
_DESO = re.compile(DESO)


def is_deso(text: str) -> bool:
    """Whether the text has the form of a DeSO code, such as 0114A0010."""
    return _DESO.fullmatch(text) is not None


@cache
def municipality_codes() -> frozenset[str]:
    """Sweden's municipalities, 4 digits each."""
    return frozenset(municipalities())


@cache
def region_codes() -> frozenset[str]:
    """Sweden's regions, 2 digits each."""
    return frozenset(region_names())


_ORGANISATION = re.compile(r"(?:16)?\d{6}-?\d{4}", re.ASCII)


@lru_cache(maxsize=50_000)
def is_organisation_number(text: str) -> bool:
    """Whether the text has the form of a Swedish organisation number (SFS 1974:174), 16 before it or not."""
    return _ORGANISATION.fullmatch(text) is not None
