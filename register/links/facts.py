"""What can become true between two identities. Each class is the Avro schema of the same name, and is never renamed.

The same fact stands in the history of every person whom it concerns, so that whoever decides about one of them knows.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

Reason = Literal["same-person", "coordination-to-personal", "new-number", "sex-change"]


@dataclass(frozen=True, slots=True)
class _OfAPair:
    person_id: int
    version: int
    recorded_at: datetime
    receipt: str
    reported_at: datetime
    kept: int
    absorbed: int


@dataclass(frozen=True, slots=True)
class IdentitiesLinked(_OfAPair):
    """Two identities are one human being."""

    NAME: ClassVar[str] = "IdentitiesLinked.v1"
    number: int
    reason: Reason
    evidence: str
    by: str
    sender: str


@dataclass(frozen=True, slots=True)
class _PartsAPair(_OfAPair):
    evidence: str
    by: str
    sender: str


@dataclass(frozen=True, slots=True)
class IdentitiesUnlinked(_PartsAPair):
    """Two identities are not, or no longer, held to be one human being."""

    NAME: ClassVar[str] = "IdentitiesUnlinked.v1"


@dataclass(frozen=True, slots=True)
class IdentitiesToldApart(_PartsAPair):
    """Somebody looked and found that two identities are two people."""

    NAME: ClassVar[str] = "IdentitiesToldApart.v1"


LinkFact = IdentitiesLinked | IdentitiesUnlinked | IdentitiesToldApart
