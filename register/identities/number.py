"""Which person a report is about: an OID and a value, read by the rules of the series that the OID names."""

from datetime import date

from register.identities.free_text import looks_like_identity
from register.identities.identity import BrokenIdentity, Identity, Kind, Sex
from register.identities.national import COORDINATION_ROOT, PERSONAL_ROOT, parse_national, surely_national
from register.identities.reserve import parse_reserve

__all__ = [
    "COORDINATION_ROOT",
    "PERSONAL_ROOT",
    "BrokenIdentity",
    "Identity",
    "Kind",
    "Sex",
    "looks_like_identity",
    "parse_identity",
    "surely_national",
]


def parse_identity(root: str, value: str, *, today: date) -> Identity | BrokenIdentity:
    """The person's identity as sent under an OID, or every reason why it names no person."""
    # Without blanks before it is compared: a national OID must never pass for that of a reserve number.
    root = root.strip()
    if root in (PERSONAL_ROOT, COORDINATION_ROOT):
        return parse_national(root, value.strip(), today)
    return parse_reserve(root, value.strip(), today)
