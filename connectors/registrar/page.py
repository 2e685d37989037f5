"""The pages of the desk: forms that make the same reports as the API, and the pairs to review. They need no script."""

import secrets
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ValidationError

from connectors.channel import NotSent, SenderUnknown
from connectors.outgoing.dashboard import frame
from connectors.outgoing.identity_asked import NamesNobody
from connectors.outgoing.login_pages import logged_in
from connectors.outgoing.pages import words_for
from connectors.outgoing.readers import asks_on_page
from connectors.outgoing.words import Words
from connectors.registrar.candidates import candidates
from connectors.registrar.desk import Desk
from connectors.registrar.refusals import refusals
from connectors.registrar.words import Link, Registration
from register.access import Allowed, Denied, Reader
from register.areas import region_names
from register.codes import meanings
from register.identities.number import COORDINATION_ROOT, PERSONAL_ROOT
from register.identities.series import Series, series_by_root

ON_A_PAGE = 50  # candidates
OTHER = "other"  # a series whose OID is typed


class RegistrationForm(BaseModel):
    """What the form of a registration sends: every field a text, empty where nothing was written."""

    series: str = ""
    root: str = ""
    value: str = ""
    region: str = ""
    birth_date: str = ""
    birth_year: str = ""
    sex: str = ""
    evidence: str = ""
    reference: str = ""
    nullified: str = ""
    nullified_reason: str = ""

    def read(self, reader: Reader) -> Registration:
        """The registration; raises ValidationError."""
        said = {key: text.strip() for key, text in self.model_dump(exclude={"series", "root", "nullified"}).items()}
        return Registration.model_validate(
            {
                **{key: text or None if key.startswith("birth") else text for key, text in said.items()},
                "region": said["region"] or reader.region,
                "root": _root(self.series, self.root),
                "nullified": bool(self.nullified),
            }
        )


class LinkForm(BaseModel):
    """What the form of a link sends."""

    event: str = "linked"
    kept_series: str = PERSONAL_ROOT
    kept_root: str = ""
    kept_value: str = ""
    absorbed_series: str = ""
    absorbed_root: str = ""
    absorbed_value: str = ""
    reason: str = "same-person"
    evidence: str = ""

    def read(self, _: Reader) -> Link:
        """What is said of the two; raises ValidationError."""
        return Link.model_validate(
            {
                "event": self.event,
                "kept": {"root": _root(self.kept_series, self.kept_root), "value": self.kept_value.strip()},
                "absorbed": {
                    "root": _root(self.absorbed_series, self.absorbed_root),
                    "value": self.absorbed_value.strip(),
                },
                "reason": self.reason,
                "evidence": self.evidence.strip(),
            }
        )


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
        return _said(request, reader, form, desk.register)

    @pages.post("/links")
    def link(
        request: Request, reader: Annotated[Reader, Depends(asks_on_page("link"))], form: Annotated[LinkForm, Form()]
    ) -> HTMLResponse:
        return _said(request, reader, form, desk.link)

    # A pair goes into the form by way of a body: numbers stand in no address.
    @pages.post("/pair")
    def decide(
        request: Request, reader: Annotated[Reader, Depends(asks_on_page("link"))], form: Annotated[LinkForm, Form()]
    ) -> HTMLResponse:
        return _page(request, reader, link_form=form)

    # A form too: who follows a link of another site reads nothing, and has no reading written down in their name.
    @pages.post("/candidates")
    def review(
        request: Request,
        reader: Annotated[Reader, Depends(asks_on_page("candidates"))],
        after: Annotated[str, Form(max_length=200)] = "",
    ) -> HTMLResponse:
        return _page(request, reader, candidates=candidates(desk.pool, desk.settings, reader, ON_A_PAGE, after))

    return pages


def _said(request: Request, reader: Reader, form: RegistrationForm | LinkForm, say: Any) -> HTMLResponse:
    """The page with what became of a form: its receipt, or why it could not be sent, and the form as it was filled."""
    filled = {"registration_form" if isinstance(form, RegistrationForm) else "link_form": form}
    try:
        answer = say(form.read(reader), reader)
    except (ValidationError, NamesNobody, SenderUnknown, NotSent, Denied) as failure:
        status, errors = refusals(failure, words_for(request))
        return _page(request, reader, errors=errors, status=status, **filled)
    taken = answer.outcome not in ("refused", "quarantined")
    return _page(request, reader, answer=answer, status=200 if taken else 422, **({} if taken else filled))


def _page(request: Request, reader: Reader, *, status: int = 200, **values: Any) -> HTMLResponse:
    words = words_for(request)

    def link(**changed: object) -> str:
        return "/desk?" + urlencode(changed)

    forms = {"registration_form": RegistrationForm(region=reader.region), "link_form": LinkForm(), "answer": None}
    shown = {
        **forms,
        "errors": (),
        "candidates": None,
        "reader": reader,
        "logged_in": logged_in(request),
        "series": _series(words),
        "national": [(PERSONAL_ROOT, words("desk_personal")), (COORDINATION_ROOT, words("desk_coordination"))],
        "regions": {code: name for code, name in region_names().items() if _may_register_in(reader, code)},
        "meanings": meanings(),
        "other": OTHER,
        **values,
    }
    return HTMLResponse(frame("desk.html", words, link, **shown), status, {"Cache-Control": "no-store"})


def _series(words: Words) -> list[tuple[str, str]]:
    """Each OID of reserve numbers once, with whose it is: everybody's, a region's, or several's."""

    def named(rows: tuple[Series, ...]) -> str:
        if len(rows) > 1:
            return words("desk_series_several", issuers=", ".join(row.issuer for row in rows))
        return words("desk_series_regional" if rows[0].region else "desk_series_national", issuers=rows[0].issuer)

    return [(root, named(rows)) for root, rows in series_by_root().items() if rows[0].kind == "reserve"]


def _may_register_in(reader: Reader, region: str) -> bool:
    return isinstance(reader.may("register-number", region), Allowed)


def _root(series: str, root: str) -> str:
    return root.strip() if series in ("", OTHER) else series
