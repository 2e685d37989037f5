"""The registrar's questions and words over HTTP: registrations, links, receipts, candidates.

The sender, the region and who decided come from the token, never from the body. A report is answered with its receipt,
or with 202 and the place where the receipt will be.
"""

import secrets
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema

from connectors.channel import SenderUnknown
from connectors.outgoing.parameters import Day
from connectors.outgoing.readers import DENIED, asks
from connectors.outgoing.reading import Pool
from connectors.registrar.candidates import Candidate, candidates
from connectors.registrar.reporting import Desk, Receipt
from register.access import Denied, Reader, reading_by
from register.clock import day_in_sweden
from register.codes import in_words
from register.identities.number import PERSONAL_ROOT, BrokenIdentity, Identity, parse_identity
from register.settings import Settings

WAITING = "waiting"
NOT_DECIDED: dict[int | str, dict[str, Any]] = {202: {"description": "Not decided yet; see Location."}}
Reason = Literal["same-person", "coordination-to-personal", "new-number", "sex-change"]
# What a word on two identities is called where roles are decided.
ACTIONS = {"linked": "link", "unlinked": "unlink", "different": "tell-apart"}


class Named(BaseModel):
    """An identity: always the OID of its series and the number."""

    root: str = Field(PERSONAL_ROOT, max_length=128, description="OID of the kind of identity.")
    value: str = Field(max_length=64, description="The identity number.", repr=False)


class Registration(BaseModel):
    """A reserve number and what is known of whom it stands for."""

    root: str = Field(max_length=128, description="OID of the series of reserve numbers.")
    value: str = Field(max_length=64, description="The reserve number.", repr=False)
    region: str = Field(pattern="^[0-9]{2}$", description="Region that issued it, 2 digits.")
    birth_date: Day | SkipJsonSchema[None] = Field(None, description="Birth date, if known.")
    birth_year: int | SkipJsonSchema[None] = Field(None, ge=1800, le=2200, description="Birth year, if known.")
    sex: Literal["F", "M", ""] = Field("", description="F, M or empty: unknown.")
    evidence: str = Field("", max_length=1000, description="What it rests on, such as: passport seen.")
    registered_on: Day | SkipJsonSchema[None] = Field(None, description="Day of registration.")
    reference: str = Field("", max_length=100, description="Of an earlier registration, to correct it or take it back.")
    nullified: bool = Field(False, description="True takes the registration of this reference back.")
    nullified_reason: str = Field("", max_length=1000, description="Why it is taken back.")


class Link(BaseModel):
    """What was found out of two identities."""

    event: Literal["linked", "unlinked", "different"] = Field(description="One person, two again, or two for good.")
    kept: Named = Field(description="The identity that keeps the doses.")
    absorbed: Named = Field(description="The identity that goes into it.")
    reason: Reason = Field("same-person", description="Why they are one person.")
    evidence: str = Field("", max_length=1000, description="What it rests on.")


class Meaning(BaseModel):
    """A code of a receipt, and what it says."""

    code: str
    meaning: str


class Answer(BaseModel):
    """What became of a report."""

    receipt: str
    reference: str = Field("", description="Names the registration from now on.")
    outcome: str
    codes: list[Meaning]


class Candidates(BaseModel):
    """Pairs that may be one person, for somebody to look at."""

    candidates: list[Candidate]


class RegistrarsDesk:
    """What a registrar can say: each word is allowed, written down, sent as a report and answered by its receipt."""

    def __init__(self, desk: Desk, pool: Pool, settings: Settings) -> None:
        self.desk, self.pool, self.settings = desk, pool, settings

    def register(self, said: Registration, reader: Reader) -> Answer:
        """Register, correct or take back a reserve number; raises Denied, SenderUnknown or NotSent."""
        _allowed(reader, "register-number", said.region)
        reference = said.reference or secrets.token_hex(8)
        fields = registration_fields(said, reference, reader)
        return self._answered(self.desk.send(_sender(reader), "ReserveNumberReport.v1", fields), reference)

    def link(self, said: Link, reader: Reader) -> Answer:
        """Say what two identities are; raises Denied, SenderUnknown, NotSent or, for what is no identity, 422."""
        action = ACTIONS[said.event]
        _allowed(reader, action)
        sender = _sender(reader)
        for named in (said.kept, said.absorbed):
            identity = _identity(named, self.settings)
            with self.pool.connection() as conn:
                reading_by(conn, self.settings.keys, reader, action, identity, at=datetime.now(UTC))
        return self._answered(self.desk.send(sender, "IdentityLinkReport.v1", link_fields(said, reader)), "")

    def _answered(self, number: str, reference: str) -> Answer:
        found = self.desk.receipt(number)
        if found is None:
            return Answer(receipt=number, reference=reference, outcome=WAITING, codes=[])
        return answer_of(found, reference)


def routes(desk: RegistrarsDesk) -> APIRouter:
    """What a registrar can say and ask."""
    api = APIRouter(prefix="/api", tags=["registrar"], responses=DENIED)

    @api.post("/registrations", response_model=Answer, responses=NOT_DECIDED)
    def register_a_reserve_number(
        said: Registration, reader: Annotated[Reader, Depends(asks("register-number"))]
    ) -> Any:
        """Register, correct or take back a reserve number of the reader's own region."""
        return _located(desk.register(said, reader))

    @api.post("/links", response_model=Answer, responses=NOT_DECIDED)
    def say_what_two_identities_are(said: Link, reader: Annotated[Reader, Depends(asks("link"))]) -> Any:
        """Say that two identities are one person, or are not; who decided is whom the token names."""
        return _located(desk.link(said, reader))

    @api.get("/receipts/{receipt}")
    def what_became_of_a_report(
        receipt: Annotated[str, Path(max_length=100, description="The receipt's number.")],
        reader: Annotated[Reader, Depends(asks("receipts"))],
    ) -> Answer:
        """The receipt of one of the reader's own reports; 404 until it is there."""
        _allowed(reader, "receipts", receipt.rsplit("-", 2)[0])
        found = desk.desk.receipt(receipt, patience=0)
        if found is None:
            raise HTTPException(404, "there is no receipt of this number yet")
        return answer_of(found, "")

    @api.get("/candidates")
    def who_may_be_one_person(
        reader: Annotated[Reader, Depends(asks("candidates"))],
        limit: Annotated[int, Query(ge=1, le=500, description="At most so many pairs.")] = 50,
    ) -> Candidates:
        """Pairs of identities with the same birth date, sex, product, batch and day of a dose. Nothing links them."""
        return Candidates(candidates=candidates(desk.pool, desk.settings, reader, limit))

    return api


def _allowed(reader: Reader, action: str, asked: str = "") -> None:
    allowed = reader.may(action, asked)
    if isinstance(allowed, Denied):
        raise allowed


def _located(answer: Answer) -> Any:
    """An answer, or 202 and where it will be."""
    if answer.outcome != WAITING:
        return answer
    return JSONResponse(answer.model_dump(), 202, {"Location": f"/api/receipts/{answer.receipt}"})


def registration_fields(said: Registration, reference: str, reader: Reader) -> dict[str, Any]:
    """The report that a registration at the desk makes."""
    return {
        "system_name": system_of(reader),
        "unique_reference": reference,
        "reported_at": datetime.now(UTC),
        "identity_root": said.root,
        "identity_value": said.value,
        "region": said.region,
        "birth_date": str(said.birth_date or ""),
        "birth_year": str(said.birth_year or ""),
        "sex": said.sex,
        "evidence": said.evidence,
        "registered_by": by(reader),
        "registered_on": str(said.registered_on or ""),
        "nullified": said.nullified,
        "nullified_reason": said.nullified_reason,
    }


def link_fields(said: Link, reader: Reader) -> dict[str, Any]:
    """The report that a word on two identities makes."""
    return {
        "system_name": system_of(reader),
        "unique_reference": "",
        "reported_at": datetime.now(UTC),
        "event": said.event,
        "identity_root": said.kept.root,
        "identity_value": said.kept.value,
        "absorbed_root": said.absorbed.root,
        "absorbed_value": said.absorbed.value,
        "reason": said.reason if said.event == "linked" else "",
        "evidence": said.evidence,
        "decided_by": by(reader),
    }


def system_of(reader: Reader) -> str:
    """The name of the desk as a system: every sender has its own."""
    return f"Register desk {reader.sender}"


def by(reader: Reader) -> str:
    """Who says it, as it is kept."""
    return ", ".join(filter(None, (reader.who, reader.role, reader.unit)))


def _sender(reader: Reader) -> str:
    if not reader.sender:
        raise SenderUnknown("the token names no sender")
    return reader.sender


def _identity(named: Named, settings: Settings) -> Identity:
    read = parse_identity(named.root, named.value, today=day_in_sweden(settings.clock()))
    if isinstance(read, BrokenIdentity):
        raise HTTPException(422, f"value names no person: {', '.join(read.codes)}")
    return read


def answer_of(found: Receipt, reference: str) -> Answer:
    """A receipt as it is shown."""
    shown = [Meaning(code=code, meaning=in_words(code)) for code in found.codes]
    return Answer(receipt=found.receipt, reference=reference, outcome=found.outcome, codes=shown)
