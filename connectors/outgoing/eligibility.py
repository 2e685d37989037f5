"""POST /api/eligibility: whether one person may have a vaccination certificate, for the certificate issuer alone.

The identity stands in the body, so that it is in no address and no log, and no answer repeats it. Every question is
written down before it is answered.
"""

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from connectors.outgoing.identity_asked import Named, identity_of
from connectors.outgoing.parameters import Day
from connectors.outgoing.readers import DENIED, asks
from connectors.outgoing.reading import Pool
from projections.certificate_eligibility.eligible import NOT_KNOWN
from projections.certificate_eligibility.query import certificate_eligibility
from register.access import Reader, reading_by
from register.links.person import person_with
from register.settings import Settings

QUESTION = "eligibility"


class Asked(Named):
    """About whom, and for which day."""

    on: Day = Field(description="Day of the question.")


class Answer(BaseModel):
    """Whether a certificate may be issued, and every reason why not."""

    eligible: bool
    reasons: list[str]
    doses_counted: int
    series_complete_on: date | None
    eligible_from: date | None
    waiting_days: int | None = Field(description="Days after the series that the rule of the day asks for.")


UNKNOWN = Answer(
    eligible=False,
    reasons=[NOT_KNOWN],
    doses_counted=0,
    series_complete_on=None,
    eligible_from=None,
    waiting_days=None,
)


def routes(pool: Pool, settings: Settings) -> APIRouter:
    """The one question about a person that the API answers."""
    api = APIRouter(prefix="/api", tags=["certificates"])

    @api.post("/eligibility", responses=DENIED)
    def may_have_a_certificate(asked: Asked, reader: Annotated[Reader, Depends(asks(QUESTION))]) -> Answer:
        """Whether this person may have a vaccination certificate on a day, and why."""
        identity = identity_of(asked, settings)
        with pool.connection() as conn:
            # By the wall clock: somebody reads now, whatever day the register plays.
            person_id = reading_by(conn, settings.keys, reader, QUESTION, identity, at=datetime.now(UTC))
        if person_id is None:
            return UNKNOWN
        with pool.connection() as conn:
            found = certificate_eligibility(person_with(conn, person_id), asked.on)
        return Answer(**vars(found) | {"reasons": list(found.reasons)})

    return api
