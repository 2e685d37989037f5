"""What can become true of a person. Each class is the Avro schema of the same name, and is never renamed."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

from register.identities.number import Kind, Sex

Cause = Literal["linked", "unlinked", "corrected", "moved", "died", "protected"]


@dataclass(frozen=True, slots=True)
class _OfAPerson:
    person_id: int
    version: int
    recorded_at: datetime
    receipt: str


@dataclass(frozen=True, slots=True)
class PersonIdentified(_OfAPerson):
    """The register met an identity for the first time: the first fact of every person's history."""

    NAME: ClassVar[str] = "PersonIdentified.v1"
    identity_kind: Kind
    birth_year: int | None
    sex: Sex


@dataclass(frozen=True, slots=True)
class _OfThePopulation(_OfAPerson):
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class PersonRegistered(_OfThePopulation):
    """The population register holds the person, resident from a day."""

    NAME: ClassVar[str] = "PersonRegistered.v1"
    on: date
    municipality: str
    deso: str
    stated_birth_year: int | None
    stated_sex: Sex
    birth_year: int | None
    sex: Sex


@dataclass(frozen=True, slots=True)
class PersonMoved(_OfThePopulation):
    """The person's residence changed on a day, or what was known of it was corrected."""

    NAME: ClassVar[str] = "PersonMoved.v1"
    on: date
    municipality: str
    deso: str


@dataclass(frozen=True, slots=True)
class PersonDied(_OfThePopulation):
    """The person died on a day."""

    NAME: ClassVar[str] = "PersonDied.v1"
    on: date


@dataclass(frozen=True, slots=True)
class PersonProtected(_OfThePopulation):
    """The person's protection changed on a day; an empty grade ends it."""

    NAME: ClassVar[str] = "PersonProtected.v1"
    on: date
    grade: str


@dataclass(frozen=True, slots=True)
class _OfARegistration(_OfAPerson):
    record: bytes
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class _StatesARegistration(_OfARegistration):
    region: str
    issuer: str
    evidence: str
    registered_by: str
    registered_on: date | None
    stated_birth_year: int | None
    stated_sex: Sex
    birth_year: int | None
    sex: Sex
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReserveNumberRegistered(_StatesARegistration):
    """A region registered a reserve number for the person."""

    NAME: ClassVar[str] = "ReserveNumberRegistered.v1"


@dataclass(frozen=True, slots=True)
class ReserveNumberCorrected(_StatesARegistration):
    """A registration was corrected, sent again after a withdrawal, or confirmed at a later time."""

    NAME: ClassVar[str] = "ReserveNumberCorrected.v1"


@dataclass(frozen=True, slots=True)
class ReserveNumberWithdrawn(_OfARegistration):
    """A registration of a reserve number was withdrawn, or moved to another person."""

    NAME: ClassVar[str] = "ReserveNumberWithdrawn.v1"
    reason: str
    birth_year: int | None
    sex: Sex


@dataclass(frozen=True, slots=True)
class PersonRestated(_OfAPerson):
    """Who a person of several identities is held to be, all of it: it replaces what was held."""

    NAME: ClassVar[str] = "PersonRestated.v1"
    cause: Cause
    birth_year: int | None
    sex: Sex
    died_on: date | None
    protected_on: date | None
    protection: str
    residence_days: tuple[date, ...]
    residence_municipalities: tuple[str, ...]
    residence_desos: tuple[str, ...]


IdentityFact = (
    PersonIdentified
    | PersonRegistered
    | PersonMoved
    | PersonDied
    | PersonProtected
    | ReserveNumberRegistered
    | ReserveNumberCorrected
    | ReserveNumberWithdrawn
    | PersonRestated
)
