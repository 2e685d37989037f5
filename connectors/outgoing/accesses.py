"""Who has read a person's record, over HTTP: for the person, and for who reports or reviews it. Itself written down."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from connectors.outgoing.identity_asked import Named, identity_of
from connectors.outgoing.readers import DENIED, asks
from connectors.outgoing.reading import Pool
from register.access import Denied, Reader, reading_by
from register.access.log import accesses_of
from register.access.roles import OTHER_PERSON
from register.identities.number import Identity
from register.settings import Settings


class AccessRow(BaseModel):
    """One reading."""

    number: int = Field(description="Place in the log of accesses.")
    at: datetime
    who: str
    role: str
    purpose: str
    unit: str
    channel: str
    action: str


class AccessReport(BaseModel):
    """Every reading about a person, by whichever identity, this one included; oldest first."""

    accesses: list[AccessRow]


def routes(pool: Pool, settings: Settings) -> APIRouter:
    """Who has read."""
    api = APIRouter(prefix="/api", tags=["accesses"], responses=DENIED)

    @api.post("/access-report")
    def who_has_read(asked: Named, reader: Annotated[Reader, Depends(asks("access-report"))]) -> AccessReport:
        """Who has read a person's record, in which role, for which purpose and when."""
        return _report(reader, "access-report", identity_of(asked, settings))

    @api.get("/own-access-report")
    def who_has_read_about_oneself(reader: Annotated[Reader, Depends(asks("own-access-report"))]) -> AccessReport:
        """Who has read the record of whom the token names."""
        if reader.identity is None:
            raise Denied(OTHER_PERSON)
        return _report(reader, "own-access-report", reader.identity)

    def _report(reader: Reader, action: str, identity: Identity) -> AccessReport:
        with pool.connection() as conn:
            person_id = reading_by(conn, settings.keys, reader, action, identity, at=datetime.now(UTC))
            found = [] if person_id is None else accesses_of(conn, person_id)
        return AccessReport(accesses=[AccessRow(**access._asdict()) for access in found])

    return api
