"""Population changes and reserve-number registrations read: every word understood, or every reason why not."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from register.decision import Context, Refused
from register.identities.number import BrokenIdentity, Identity
from register.persons.history import Description, RegistrationContent

PopulationEvent = Literal["registered", "moved", "died", "protected"]


@dataclass(frozen=True, slots=True)
class UnderstoodChange:
    """A population change that can be decided."""

    identity: Identity
    event: PopulationEvent
    on: date
    stated: Description
    municipality: str
    deso: str
    grade: str


@dataclass(frozen=True, slots=True)
class UnderstoodRegistration:
    """A reserve-number registration that can be decided. A withdrawal may have no content."""

    identity: Identity
    reported_at: datetime
    nullified: bool
    reason: str
    content: RegistrationContent | None
    flags: tuple[str, ...]


def understand_change(
    report: dict[str, Any], identity: Identity | BrokenIdentity, ctx: Context
) -> UnderstoodChange | Refused:
    """What a PopulationChangeReport.v1 says."""
    raise NotImplementedError


def understand_registration(
    report: dict[str, Any], identity: Identity | BrokenIdentity, ctx: Context
) -> UnderstoodRegistration | Refused:
    """What a ReserveNumberReport.v1 says."""
    raise NotImplementedError
