"""The pages of the desk: forms that make the same reports as the API, and the pairs to review. They need no script."""

import secrets
from collections.abc import Callable, Iterable
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from connectors.channel import NotSent, SenderUnknown
from connectors.outgoing.dashboard import frame
from connectors.outgoing.identity_asked import TWICE, NamesNobody
from connectors.outgoing.navigation import navigation
from connectors.outgoing.pages import words_for
from connectors.outgoing.readers import asks_on_page
from connectors.outgoing.series_asked import OTHER, offered, own_series
from connectors.registrar.candidates import candidates
from connectors.registrar.desk import Desk
from connectors.registrar.faults import Fault, NotTaken
from connectors.registrar.forms import LinkForm, RegistrationForm
from connectors.registrar.refusals import Refusal, of_faults, refusals
from connectors.registrar.words import Answer, Registration
from register.access import Allowed, Denied, Reader
from register.areas import region_names
from register.identities.classify import ROOT_UNKNOWN
from register.identities.number import PERSONAL_ROOT

ON_A_PAGE = 50  # candidates
Said = RegistrationForm | LinkForm


def routes(desk: Desk) -> APIRouter:
    """The pages of a register's desk."""
    pages = APIRouter(prefix="/desk", default_response_class=HTMLResponse, include_in_schema=False)

    @pages.get("")
    def forms(
        request: Request,
        reader: Annotated[Reader, Depends(asks_on_page("register-number"))],
    ) -> HTMLResponse:
        return _page(request, reader)

    @pages.post("/registrations")
    def register(
        request: Request,
        reader: Annotated[Reader, Depends(asks_on_page("register-number"))],
        form: Annotated[RegistrationForm, Form()],
    ) -> HTMLResponse:
        form.reference = form.reference.strip() or secrets.token_hex(8)
        return _said(request, reader, form, desk)

    @pages.post("/links")
    def link(
        request: Request, reader: Annotated[Reader, Depends(asks_on_page("link"))], form: Annotated[LinkForm, Form()]
    ) -> HTMLResponse:
        return _said(request, reader, form, desk)

    # A pair goes into the form by way of a body: numbers stand in no address.
    @pages.post("/pair")
    def decide(
        request: Request, reader: Annotated[Reader, Depends(asks_on_page("link"))], form: Annotated[LinkForm, Form()]
    ) -> HTMLResponse:
        return _page(request, reader, link_form=form.with_listed_series(), **_beside(form, reader, desk))

    # A form too: who follows a link of another site reads nothing, and has no reading written down in their name.
    @pages.post("/candidates")
    def review(
        request: Request,
        reader: Annotated[Reader, Depends(asks_on_page("candidates"))],
        after: Annotated[str, Form(max_length=200)] = "",
    ) -> HTMLResponse:
        return _page(request, reader, **_beside(LinkForm(listed="yes", after=after), reader, desk))

    return pages


def _faults_of(found: Iterable[Refusal]) -> Callable[[str], list[Refusal]]:
    return lambda field: [fault for fault in found if field in fault.fields]


def _said(request: Request, reader: Reader, form: Said, desk: Desk) -> HTMLResponse:
    """The page with what became of a form: its receipt, or every reason why not, and the form as it was filled."""
    words, name = words_for(request), "registration" if isinstance(form, RegistrationForm) else "link"
    filled = {f"{name}_form": form, "faulty": name}
    try:
        answer = _answer(form, reader, desk)
    except (ValidationError, NamesNobody, NotTaken, SenderUnknown, NotSent, Denied) as failure:
        status, errors = refusals(failure, words)
        if isinstance(failure, ValidationError):
            errors += of_faults(_of_numbers(form, desk), words)
        return _page(request, reader, errors=errors, status=status, **filled, **_beside(form, reader, desk))
    taken = answer.outcome not in ("refused", "quarantined")
    said = of_faults((Fault(code.code, tuple(code.fields)) for code in answer.codes), words)
    values = {"answer": answer, "said": said, **_beside(form, reader, desk)}
    return _page(request, reader, **values) if taken else _page(request, reader, status=422, **values, **filled)


def _answer(form: Said, reader: Reader, desk: Desk) -> Answer:
    """What the register answers; raises NotTaken with every reason where the form does not say whom it is about."""
    said = form.read(reader)
    unclear = [fault for fault in _of_numbers(form, desk) if fault.code in (TWICE, ROOT_UNKNOWN)]
    if isinstance(said, Registration):
        if unclear:
            raise NotTaken(_of_numbers(form, desk))
        return desk.register(said, reader)
    if unclear:
        others = (fault for fault in desk.faults_of_link(said, reader) if not _is_of_number(fault))
        raise NotTaken([*_of_numbers(form, desk), *others])
    return desk.link(said, reader)


def _of_numbers(form: Said, desk: Desk) -> list[Fault]:
    return [fault for number in form.numbers() for fault in number.faults(desk.settings)]


def _is_of_number(fault: Fault) -> bool:
    return any(field.endswith((".root", ".value")) for field in fault.fields)


def _beside(form: Said, reader: Reader, desk: Desk) -> dict[str, Any]:
    """The pairs that stood beside the form, from the same place on."""
    if not isinstance(form, LinkForm) or not form.listed or isinstance(reader.may_at_all("candidates"), Denied):
        return {}
    found = candidates(desk.pool, desk.settings, reader, ON_A_PAGE, form.after)
    return {"candidates": found, "after": form.after}


def _page(request: Request, reader: Reader, *, status: int = 200, **values: Any) -> HTMLResponse:
    words = words_for(request)

    def link(**changed: object) -> str:
        return "/desk?" + urlencode(changed)

    own = own_series(reader.region)
    shown: dict[str, Any] = {
        "registration_form": RegistrationForm(region=reader.region, series=own),
        "link_form": LinkForm(kept_series=PERSONAL_ROOT, absorbed_series=own),
        "answer": None,
        "said": (),
        "errors": (),
        "faulty": "",
        "candidates": None,
        "after": "",
        "reader": reader,
        **navigation(request, words),
        "series": offered(words, ("reserve",), reader.region),
        "national": offered(words, ("personal", "coordination")),
        "regions": {code: name for code, name in region_names().items() if _may_register_in(reader, code)},
        "other": OTHER,
        **values,
    }
    shown["faults_of"] = _faults_of([*shown["errors"], *shown["said"]])
    return HTMLResponse(frame("desk.html", words, link, **shown), status, {"Cache-Control": "no-store"})


def _may_register_in(reader: Reader, region: str) -> bool:
    return isinstance(reader.may("register-number", region), Allowed)
