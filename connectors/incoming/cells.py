"""Cells that every format has: who the row is about, when it was written, whether it is taken back."""

from datetime import UTC, datetime

from connectors.incoming.rows import BrokenCell, Cells
from register.clock import SWEDEN
from register.identities.number import COORDINATION_ROOT, PERSONAL_ROOT

_SPOKEN = {"": False, "0": False, "false": False, "1": True, "true": True}


def reported_at(cells: Cells) -> datetime:
    """The instant in `dateTimeCreated`, in UTC; without a zone it is Swedish time."""
    try:
        instant = datetime.fromisoformat(cells["dateTimeCreated"])
        return (instant if instant.tzinfo else instant.replace(tzinfo=SWEDEN)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BrokenCell("dateTimeCreated", "REPORTED-AT") from None


def identity_root(cells: Cells, whose: str = "patient") -> str:
    """The OID that a type and, of a reserve number, its root together name (`patientIdType` and `patientIdRoot`)."""
    match cells[f"{whose}IdType"]:
        case "0":
            return PERSONAL_ROOT
        case "1":
            return COORDINATION_ROOT
        case "2":
            return cells[f"{whose}IdRoot"]
        case _:
            raise BrokenCell(f"{whose}IdType", "PATIENT-ID-TYPE")


def nullified(cells: Cells) -> bool:
    """Whether the sender takes the record back."""
    try:
        return _SPOKEN[cells["nullified"].lower()]
    except KeyError:
        raise BrokenCell("nullified", "NULLIFIED") from None


def sex(cells: Cells) -> str:
    """F, M or empty; the register decides what it makes of anything else."""
    return cells["sex"].upper()
