"""What a decision is given besides the history, and what it comes to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, Literal, NamedTuple, Protocol, TypeVar

from register.definitions import Disease, Product, Protection

Outcome = Literal["recorded", "already-known", "corrected", "withdrawn", "refused"]
Fact_co = TypeVar("Fact_co", covariant=True)

# Codes of a receipt that say how a report met what was known, beside the rules' own codes. Never renamed.
REINSTATED = "REINSTATED"
OLDER_THAN_KNOWN = "OLDER-THAN-KNOWN"
WITHDRAWAL_BEFORE_REPORT = "WITHDRAWAL-BEFORE-REPORT"
SUSPECTED_DUPLICATE = "SUSPECTED-DUPLICATE"


class Definitions(Protocol):
    """What the rules ask of the definitions; the module `register.definitions` answers it."""

    def product_named(self, text: str) -> Product | None:
        """The product that an NPL-id, an EU number, a name or a spelling means."""

    def disease_named(self, text: str) -> Disease | None:
        """The disease that a code, a name or a spelling means."""

    def protection_named(self, text: str) -> Protection | None:
        """The grade of protected identity that a name or a spelling means, or the word for none."""


class Context(NamedTuple):
    """What surrounds one report: the register's clock, who sends, which record, where new ids come from."""

    now: datetime  # the register's clock, UTC
    today: date  # the same as a day in Sweden
    sender: str
    receipt: str
    record: bytes  # 16 bytes, which record of which system
    new_id: Callable[[], int]
    definitions: Definitions

    def written_at(self, reported_at: datetime) -> datetime:
        """When a report was written, never later than it came: a fast clock must not make it the last word for ever."""
        return min(reported_at, self.now)


@dataclass(frozen=True, slots=True)
class Refused:
    """A report that cannot be understood, or is about nobody, or lies in the future: all broken rules."""

    codes: tuple[str, ...]
    outcome: Literal["refused"] = "refused"


class Decision(NamedTuple, Generic[Fact_co]):
    """What a report comes to: facts (none if everything was known), each naming its own history and version.

    A report that moves a record has facts of two histories. `home` is the person or stock whose history holds
    the report's record from now on; facts may also tell anew of other records, which stay where they are.
    """

    facts: tuple[Fact_co, ...]
    outcome: Outcome
    codes: tuple[str, ...]
    home: int
    dose_id: int | None = None
    # Of a link: records that went to another person's history, and who keeps the doses of each identity from now on.
    homes: tuple[tuple[bytes, int], ...] = ()
    roots: tuple[tuple[int, int], ...] = ()
