"""Where an identity number stands; never which."""

from typing import NamedTuple

from register.masking import masked


class Finding(NamedTuple):
    """A topic, a table or a file; the place in it; and the field there, or what could not be looked into."""

    place: str
    where: str
    what: str


def finding(place: str, where: str, what: str) -> Finding:
    """A finding whose own words hold no number, should a file or a row be named by one."""
    return Finding(masked(place), masked(where), masked(what))


UNREADABLE = "cannot be looked into"
