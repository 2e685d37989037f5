"""POST /api/eligibility: whether one person may have a vaccination certificate, for the certificate issuer alone.

Closed until VAXREG_CERTIFICATE_TOKEN is set; then open to who sends it as `Authorization: Bearer TOKEN`. The identity
stands in the body, so that it is in no address and no log, and no answer repeats it. Every question is written down
before it is answered.
"""

from collections.abc import Mapping
from datetime import date

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field

from connectors.access_log import Access, write_down
from connectors.outgoing.parameters import Day
from connectors.outgoing.reading import Pool, reading
from connectors.outgoing.tokens import CERTIFICATES, DENIED, bearer_of
from projections.certificate_eligibility.eligible import NOT_KNOWN
from projections.certificate_eligibility.query import ISSUER, certificate_eligibility
from register import vault
from register.clock import day_in_sweden
from register.identities.number import PERSONAL_ROOT, BrokenIdentity, Identity, parse_identity
from register.settings import Settings

WHO, PURPOSE = "read API", "certificate"


class Asked(BaseModel):
    """About whom, and for which day."""

    root: str = Field(PERSONAL_ROOT, max_length=64, description="OID of the kind of identity.")
    value: str = Field(max_length=64, description="The identity number.", repr=False)
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


def routes(pool: Pool, settings: Settings, env: Mapping[str, str]) -> APIRouter:
    """The one question about a person that the API answers."""
    api = APIRouter(prefix="/api", tags=["certificates"])
    # Asked for before the body is looked at: who may not ask learns nothing about how to.
    allowed = Depends(bearer_of(env, CERTIFICATES))

    @api.post("/eligibility", dependencies=[allowed], responses=DENIED)
    def may_have_a_certificate(asked: Asked) -> Answer:
        """Whether this person may have a vaccination certificate on a day, and why."""
        identity = _identity(asked, settings)
        with pool.connection() as conn:
            person_id = vault.person_of(conn, settings.keys, identity)
            write_down(conn, Access(WHO, ISSUER, PURPOSE, settings.clock(), person_id))
        if person_id is None:
            return UNKNOWN
        with reading(pool) as conn:
            found = certificate_eligibility(conn, person_id, asked.on, role=ISSUER)
        return Answer(**vars(found) | {"reasons": list(found.reasons)})

    return api


def _identity(asked: Asked, settings: Settings) -> Identity:
    read = parse_identity(asked.root, asked.value, today=day_in_sweden(settings.clock()))
    if isinstance(read, BrokenIdentity):
        raise HTTPException(422, f"value names no person: {', '.join(read.codes)}")
    return read
