"""The registrar's questions and words over HTTP: registrations, links, receipts, candidates.

A report is answered with its receipt, or with 202 and the place where the receipt will be.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from fastapi.responses import JSONResponse

from connectors.outgoing.readers import DENIED, asks
from connectors.registrar.candidates import Page, candidates
from connectors.registrar.desk import Desk, answer_of, may
from connectors.registrar.words import WAITING, Answer, Link, Registration
from register.access import Reader

NOT_DECIDED: dict[int | str, dict[str, Any]] = {202: {"description": "Not decided yet; see Location."}}


def routes(desk: Desk) -> APIRouter:
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
        may(reader, "receipts", receipt.rsplit("-", 2)[0])
        found = desk.reporting.receipt(receipt, patience=0)
        if found is None:
            raise HTTPException(404, "there is no receipt of this number yet")
        return answer_of(found, "", {})

    @api.get("/candidates")
    def who_may_be_one_person(
        reader: Annotated[Reader, Depends(asks("candidates"))],
        limit: Annotated[int, Query(ge=1, le=500, description="About so many pairs on a page.")] = 50,
        after: Annotated[str, Query(max_length=200, description="Where the page before ended: its `next`.")] = "",
    ) -> Page:
        """Pairs of identities with the same birth date, sex, product, batch and day of a dose. Nothing links them.

        The last day first; of pairs of which only the birth year is known, those that share two doses.
        """
        return candidates(desk.pool, desk.settings, reader, limit, after)

    return api


def _located(answer: Answer) -> Any:
    """An answer, or 202 and where it will be."""
    if answer.outcome != WAITING:
        return answer
    return JSONResponse(answer.model_dump(), 202, {"Location": f"/api/receipts/{answer.receipt}"})
