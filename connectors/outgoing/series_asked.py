"""The series of a number as pages ask for it: a list in which each has one name everywhere, or an OID that is typed."""

from collections.abc import Sequence

from connectors.outgoing.words import Words
from register.identities.identity import Kind
from register.identities.series import Series, series_by_root

OTHER = "other"  # chosen in the list: a series whose OID is typed


def root_meant(listed: str, typed: str) -> str | None:
    """The OID that is meant, empty if none is; None where one is chosen in the list and another one typed.

    Pages fill the list in beforehand, so neither of two may win: it could be the one that nobody looked at.
    """
    listed, typed = listed.strip(), typed.strip()
    if listed in ("", OTHER):
        return typed
    return listed if typed in ("", listed) else None


def offered(words: Words, kinds: Sequence[Kind], region: str = "") -> list[tuple[str, str]]:
    """Each OID of these kinds once, with its name: kind by kind, and of each the region's own first."""
    known = [(root, rows) for root, rows in series_by_root().items() if rows[0].kind in kinds]
    known.sort(key=lambda each: (kinds.index(each[1][0].kind), not _is_of(region, each[1])))
    return [(root, _name(words, rows)) for root, rows in known]


def in_list(root: str, kinds: Sequence[Kind]) -> bool:
    """Whether the list has this OID."""
    return any(row.kind in kinds for row in series_by_root().get(root, ()))


def own_series(region: str) -> str:
    """The OID of a region's own reserve numbers, the first where it has several; empty where none is known."""
    reserve = ((root, rows) for root, rows in series_by_root().items() if rows[0].kind == "reserve")
    return next((root for root, rows in reserve if _is_of(region, rows)), "")


def _is_of(region: str, rows: Sequence[Series]) -> bool:
    return bool(region) and all(row.region == region for row in rows)


def _name(words: Words, rows: Sequence[Series]) -> str:
    if rows[0].kind != "reserve":
        return words(f"kind_{rows[0].kind}")
    issuers = ", ".join(row.issuer for row in rows)
    if len(rows) > 1:
        named = words("series_several", issuers=issuers)
    else:
        named = issuers if rows[0].region else words("series_national", issuers=issuers)
    return f"{named} ({rows[0].root})"
