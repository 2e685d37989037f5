"""What can become true of the log of accesses. Each class is the Avro schema of the same name, and is never renamed."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class _By:
    at: datetime
    who: str
    role: str
    purpose: str
    unit: str


@dataclass(frozen=True, slots=True)
class RecordRead(_By):
    """Somebody was allowed to read what the register holds about one person."""

    NAME: ClassVar[str] = "RecordRead.v1"
    region: str
    channel: str
    action: str
    asked_region: str
    person_id: int | None
    persons: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ProtectedRecordRead:
    """Alarm: what was read is the record of a person with protected identity."""

    NAME: ClassVar[str] = "ProtectedRecordRead.v1"
    at: datetime
    access: int
    person_id: int
    persons: tuple[int, ...]
    grade: str


@dataclass(frozen=True, slots=True)
class AccessesSampled(_By):
    """Accesses were drawn for review; written before they are shown."""

    NAME: ClassVar[str] = "AccessesSampled.v1"
    of_role: str
    since: datetime | None
    seed: str
    drawn_from: int
    accesses: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AccessesReviewed(_By):
    """Somebody went through a sample of accesses."""

    NAME: ClassVar[str] = "AccessesReviewed.v1"
    sample: int
    accesses: tuple[int, ...]
    finding: str


AccessFact = RecordRead | ProtectedRecordRead | AccessesSampled | AccessesReviewed
