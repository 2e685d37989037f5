"""A delivery report read: every word understood, or every reason why it cannot be."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from register.decision import Context, Refused
from register.deliveries.history import DeliveryContent


@dataclass(frozen=True, slots=True)
class UnderstoodDelivery:
    """A delivery report that can be decided. A withdrawal may have no content; it still has a stock."""

    stock_id: int
    reported_at: datetime
    nullified: bool
    reason: str
    content: DeliveryContent | None
    flags: tuple[str, ...]


def understand_delivery(report: dict[str, Any], ctx: Context) -> UnderstoodDelivery | Refused:
    """What a DeliveryReport.v1 says, by the rules in force on the register's day."""
    raise NotImplementedError
