"""What can become true by an order of erasure. The class is the Avro schema of the same name, and is never renamed."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class PersonErased:
    """By order of law nothing leads from this person to an identity any more; the last fact of a history."""

    NAME: ClassVar[str] = "PersonErased.v1"
    person_id: int
    version: int
    recorded_at: datetime
    receipt: str  # always empty: every fact about a person has one, and no report led to this
    order_reference: str
    by: str
    role: str
