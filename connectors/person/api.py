"""One person over HTTP: all doses for who gives care, a region's own, the extract for who may and for oneself.

The identity stands in the body, so that it is in no address and no log. Every question is written down first.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field

from connectors.outgoing.readers import DENIED, asks
from connectors.outgoing.reading import Pool, reading
from connectors.person.whole import whole
from projections.people.query import PersonDose, doses_of
from register.access import Denied, Reader, reading_by
from register.access.roles import OTHER_PERSON
from register.clock import day_in_sweden
from register.codes import in_words
from register.definitions import products
from register.identities.number import PERSONAL_ROOT, BrokenIdentity, Identity, parse_identity
from register.ids import show_id
from register.links.store import root_of
from register.settings import Settings

NOT_KNOWN = "PERSON-NOT-KNOWN"


class NoSuchPerson(HTTPException):
    """Nobody is named by what was sent, or nobody whom the register knows; the codes say why."""

    def __init__(self, status: int, detail: str, *codes: str) -> None:
        super().__init__(status, detail)
        self.codes = codes


class Asked(BaseModel):
    """About whom."""

    root: str = Field(PERSONAL_ROOT, max_length=128, description="OID of the kind of identity.")
    value: str = Field(max_length=64, description="The identity number.", repr=False)


class Doses(BaseModel):
    """The doses of a person that are true, by the day given."""

    doses: list[dict[str, Any]] = Field(
        description="`dose`, `given_on`, `product`, `batch`, `dose_number`, `care_provider`, `care_unit`,"
        " `care_unit_municipality` (null where the identity is protected), `suspected_duplicate_of`"
    )


class People:
    """What is told about one person, each time after it was allowed and written down."""

    def __init__(self, pool: Pool, settings: Settings) -> None:
        self._pool, self._settings = pool, settings

    def extract(self, identity: Identity, reader: Reader, action: str) -> dict[str, Any]:
        """Everything about the person; raises Denied, or 404 where nobody is known by the identity."""
        person_id = self._read(identity, reader, action, "")
        with self._pool.connection() as conn:
            return whole(conn, self._settings, person_id)

    def doses(self, identity: Identity, reader: Reader, action: str, region: str = "") -> Doses:
        """All doses, or those given in one region; raises Denied, or 404."""
        person_id = self._read(identity, reader, action, region)
        with self._pool.connection() as conn:
            root = root_of(conn, person_id)
        with reading(self._pool) as conn:
            found = doses_of(conn, root)
        return Doses(doses=[_shown(dose) for dose in found if not region or _given_in(dose, region)])

    def identity(self, asked: Asked) -> Identity:
        """The identity asked about; raises 422."""
        read = parse_identity(asked.root, asked.value, today=day_in_sweden(self._settings.clock()))
        if isinstance(read, BrokenIdentity):
            raise NoSuchPerson(422, f"value names no person: {', '.join(map(in_words, read.codes))}", *read.codes)
        return read

    def _read(self, identity: Identity, reader: Reader, action: str, region: str) -> int:
        with self._pool.connection() as conn:
            person_id = reading_by(
                conn, self._settings.keys, reader, action, identity, at=datetime.now(UTC), region=region
            )
        if person_id is None:
            raise NoSuchPerson(404, in_words(NOT_KNOWN), NOT_KNOWN)
        return person_id


def routes(people: People) -> APIRouter:
    """What can be asked about one person."""
    api = APIRouter(prefix="/api", tags=["persons"], responses=DENIED)

    @api.post("/doses")
    def all_doses_of_a_person(asked: Asked, reader: Annotated[Reader, Depends(asks("doses"))]) -> Doses:
        """All doses of a person, whoever reported them: for care."""
        return people.doses(people.identity(asked), reader, "doses")

    @api.post("/region/doses")
    def doses_of_a_person_in_the_region(
        asked: Asked, reader: Annotated[Reader, Depends(asks("doses-of-region"))]
    ) -> Doses:
        """The doses of a person that were given in the reader's own region."""
        return people.doses(people.identity(asked), reader, "doses-of-region", reader.region)

    @api.post("/extract")
    def everything_about_a_person(asked: Asked, reader: Annotated[Reader, Depends(asks("extract"))]) -> dict[str, Any]:
        """Everything that the register holds about a person: doses with their sources and changes, and who has read."""
        return people.extract(people.identity(asked), reader, "extract")

    @api.get("/own-extract")
    def everything_about_oneself(reader: Annotated[Reader, Depends(asks("own-extract"))]) -> dict[str, Any]:
        """Everything that the register holds about whom the token names."""
        return people.extract(own(reader), reader, "own-extract")

    return api


def own(reader: Reader) -> Identity:
    """The reader's own identity; raises Denied where the token vouches for none."""
    if reader.identity is None:
        raise Denied(OTHER_PERSON)
    return reader.identity


def _given_in(dose: PersonDose, region: str) -> bool:
    return (dose.care_unit_municipality or "").startswith(region)


def _shown(dose: PersonDose) -> dict[str, Any]:
    names = {product.number: product.name for product in products()}
    repeats = dose.suspected_duplicate_of
    return {
        "dose": show_id(dose.dose_id),
        "given_on": dose.given_on.isoformat(),
        "product": names.get(dose.product) or dose.product_as_written,
        "batch": dose.batch,
        "dose_number": dose.dose_number,
        "care_provider": dose.care_provider,
        "care_unit": dose.care_unit,
        "care_unit_municipality": dose.care_unit_municipality,
        "suspected_duplicate_of": None if repeats is None else show_id(repeats),
    }
