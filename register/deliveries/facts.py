"""What can become true of a delivery. Each class is the Avro schema of the same name, and is never renamed."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

Cause = Literal["reported", "corrected", "withdrawn", "reinstated"]


@dataclass(frozen=True, slots=True)
class _OfADelivery:
    stock_id: int
    version: int
    recorded_at: datetime
    receipt: str
    delivery_id: int
    cause: Cause
    record: bytes
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class _SaysADelivery(_OfADelivery):
    event: str
    on: date
    region: str
    unit: str
    product: str
    batch: str
    doses: int
    best_before: date | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeliveryRecorded(_SaysADelivery):
    """A delivery of vaccine was recorded."""

    NAME: ClassVar[str] = "DeliveryRecorded.v1"


@dataclass(frozen=True, slots=True)
class DeliveryCorrected(_SaysADelivery):
    """A delivery was corrected, or confirmed at a later time; the fact carries all of it, as it now is."""

    NAME: ClassVar[str] = "DeliveryCorrected.v1"


@dataclass(frozen=True, slots=True)
class DeliveryReinstated(_SaysADelivery):
    """A withdrawn delivery is true again."""

    NAME: ClassVar[str] = "DeliveryReinstated.v1"


@dataclass(frozen=True, slots=True)
class DeliveryWithdrawn(_OfADelivery):
    """A delivery was taken back, or moved to another stock."""

    NAME: ClassVar[str] = "DeliveryWithdrawn.v1"
    reason: str


StockFact = DeliveryRecorded | DeliveryCorrected | DeliveryReinstated | DeliveryWithdrawn
