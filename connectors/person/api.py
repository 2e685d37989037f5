"""One person over HTTP: all doses for who gives care, a region's own, the extract for who may and for oneself.

The identity stands in the body, so that it is in no address and no log. Every question is written down first.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from connectors.outgoing.identity_asked import Named, NamesNobody, identity_of
from connectors.outgoing.readers import DENIED, asks
from connectors.outgoing.reading import Pool
from connectors.person.doses import GivenDose, doses_of
from connectors.person.ours import is_own, reported_by
from connectors.person.whole import whole
from register.access import Denied, Reader, reading_by
from register.access.roles import OTHER_PERSON
from register.codes import for_sender
from register.identities.number import Identity
from register.ids import show_id
from register.links.person import person_with
from register.settings import Settings

NOT_KNOWN = "PERSON-NOT-KNOWN"


class Doses(BaseModel):
    """The doses of a person that are true, by the day given."""

    doses: list[dict[str, Any]] = Field(
        description="`dose`, `given_on`, `product`, `batch`, `dose_number`, `care_provider`, `care_unit`,"
        " `care_unit_municipality` (null where the identity is protected), `suspected_duplicate_of`, `flags`"
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
        """All doses, or those of the reader's own region; raises Denied, or 404."""
        person_id = self._read(identity, reader, action, region)
        with self._pool.connection() as conn:
            person = person_with(conn, person_id)
        found = doses_of(person)
        if region:
            reported = reported_by(person.root, reader.sender)
            # What others reported is for who gives care.
            found = [dose._replace(flags=for_sender(dose.flags)) for dose in found if is_own(dose, reported, reader)]
        return Doses(doses=[_shown(dose) for dose in found])

    def identity(self, asked: Named) -> Identity:
        """The identity asked about; raises NamesNobody."""
        return identity_of(asked, self._settings)

    def _read(self, identity: Identity, reader: Reader, action: str, region: str) -> int:
        with self._pool.connection() as conn:
            person_id = reading_by(
                conn, self._settings.keys, reader, action, identity, at=datetime.now(UTC), region=region
            )
        if person_id is None:
            raise NamesNobody((NOT_KNOWN,), 404)
        return person_id


def routes(people: People) -> APIRouter:
    """What can be asked about one person."""
    api = APIRouter(prefix="/api", tags=["persons"], responses=DENIED)

    @api.post("/doses")
    def all_doses_of_a_person(asked: Named, reader: Annotated[Reader, Depends(asks("doses"))]) -> Doses:
        """All doses of a person, whoever reported them: for care."""
        return people.doses(people.identity(asked), reader, "doses")

    @api.post("/region/doses")
    def doses_of_a_person_in_the_region(
        asked: Named, reader: Annotated[Reader, Depends(asks("doses-of-region"))]
    ) -> Doses:
        """The doses of a person that the reader's own region reported or gave."""
        return people.doses(people.identity(asked), reader, "doses-of-region", reader.region)

    @api.post("/extract")
    def everything_about_a_person(asked: Named, reader: Annotated[Reader, Depends(asks("extract"))]) -> dict[str, Any]:
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


def _shown(dose: GivenDose) -> dict[str, Any]:
    repeats = dose.suspected_duplicate_of
    return {
        "dose": show_id(dose.dose_id),
        "given_on": dose.given_on.isoformat(),
        "product": dose.product,
        "batch": dose.batch,
        "dose_number": dose.dose_number,
        "care_provider": dose.care_provider,
        "care_unit": dose.care_unit,
        "care_unit_municipality": dose.care_unit_municipality,
        "suspected_duplicate_of": None if repeats is None else show_id(repeats),
        "flags": list(dose.flags),
    }
