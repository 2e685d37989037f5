"""What can become true of a dose. Each class is the Avro schema of the same name, and is never renamed."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

Cause = Literal["reported", "corrected", "withdrawn", "reinstated", "linked", "unlinked"]


@dataclass(frozen=True, slots=True)
class _AboutARecord:
    person_id: int
    version: int
    recorded_at: datetime
    receipt: str
    dose_id: int
    cause: Cause
    record: bytes
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class _SaysADose(_AboutARecord):
    system_name: str
    sender: str
    given_on: date
    disease: str
    product: str
    batch: str
    dose_number: int | None
    care_provider: str
    care_unit: str
    care_unit_municipality: str
    setting: str
    campaign: str
    suspected_duplicate_of: int | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _TakesARecordBack(_AboutARecord):
    reason: str


@dataclass(frozen=True, slots=True)
class DoseRecorded(_SaysADose):
    """A dose that the register had not known."""

    NAME: ClassVar[str] = "DoseRecorded.v1"


@dataclass(frozen=True, slots=True)
class DoseCorrected(_SaysADose):
    """What is held true of a dose changed; the fact carries all of it, as it now is."""

    NAME: ClassVar[str] = "DoseCorrected.v1"


@dataclass(frozen=True, slots=True)
class DoseReinstated(_SaysADose):
    """A withdrawn dose is true again."""

    NAME: ClassVar[str] = "DoseReinstated.v1"


@dataclass(frozen=True, slots=True)
class DoseWithdrawn(_TakesARecordBack):
    """The last record that said a dose was given was taken back, or moved: the dose is not true."""

    NAME: ClassVar[str] = "DoseWithdrawn.v1"


@dataclass(frozen=True, slots=True)
class DoseSourceAdded(_SaysADose):
    """One more record says the same of a dose already known."""

    NAME: ClassVar[str] = "DoseSourceAdded.v1"


@dataclass(frozen=True, slots=True)
class DoseSourceChanged(_SaysADose):
    """A record says something else, or the same at a later time, and what is held true of the dose stays."""

    NAME: ClassVar[str] = "DoseSourceChanged.v1"


@dataclass(frozen=True, slots=True)
class DoseSourceWithdrawn(_TakesARecordBack):
    """A record was taken back and its dose stays as it was: on other records, withdrawn, or never recorded."""

    NAME: ClassVar[str] = "DoseSourceWithdrawn.v1"


@dataclass(frozen=True, slots=True)
class DoseReportedUnder:
    """A record was reported under another identity of the person than the one whose history this is."""

    NAME: ClassVar[str] = "DoseReportedUnder.v1"
    person_id: int
    version: int
    recorded_at: datetime
    receipt: str
    record: bytes
    identity: int  # that identity's person id


DoseFact = (
    DoseRecorded
    | DoseCorrected
    | DoseReinstated
    | DoseWithdrawn
    | DoseSourceAdded
    | DoseSourceChanged
    | DoseSourceWithdrawn
    | DoseReportedUnder
)
