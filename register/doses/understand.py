"""A dose report read: every word understood, or every reason why it cannot be."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from register.decision import Context, Refused
from register.doses.history import DoseContent
from register.identities.number import BrokenIdentity, Identity


@dataclass(frozen=True, slots=True)
class UnderstoodDose:
    """A dose report that can be decided. One that only takes a record back may have no content."""

    identity: Identity
    reported_at: datetime
    nullified: bool
    reason: str
    content: DoseContent | None
    flags: tuple[str, ...]


def understand_dose(
    report: dict[str, Any], identity: Identity | BrokenIdentity, ctx: Context
) -> UnderstoodDose | Refused:
    """What a DoseReport.v1 says, by the rules in force on the register's day."""
    raise NotImplementedError
