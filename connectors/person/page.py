"""A person's page: the extract as people read it, on the screen and on paper, in Swedish and English."""

from datetime import UTC, datetime
from importlib.resources import files
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from connectors.outgoing.dashboard import frame
from connectors.outgoing.identity_asked import NamesNobody, named_in_form
from connectors.outgoing.login_pages import logged_in, shown, to_logout
from connectors.outgoing.navigation import navigation
from connectors.outgoing.pages import words_for
from connectors.outgoing.readers import asks_on_page
from connectors.outgoing.series_asked import OTHER, offered
from connectors.outgoing.words import Words
from connectors.person.api import People, own
from connectors.person.steps import steps
from register.access import Reader
from register.areas import municipalities, region_names
from register.clock import SWEDEN
from register.codes import meanings
from register.definitions import diseases, protections
from register.identities.identity import KINDS
from register.identities.number import PERSONAL_ROOT


def routes(people: People) -> APIRouter:
    """The pages about one person."""
    pages = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

    @pages.get("/person")
    def ask(request: Request, _: Annotated[Reader, Depends(asks_on_page("extract"))]) -> HTMLResponse:
        return _page(request, asks=True)

    @pages.post("/person")
    def extract(
        request: Request,
        reader: Annotated[Reader, Depends(asks_on_page("extract"))],
        root: Annotated[str, Form(max_length=128)] = PERSONAL_ROOT,
        typed_root: Annotated[str, Form(max_length=128)] = "",
        value: Annotated[str, Form(max_length=64)] = "",
    ) -> HTMLResponse:
        try:
            asked = named_in_form(root, typed_root, value)
            found = people.extract(people.identity(asked), reader, "extract")
        except NamesNobody as nobody:
            again: dict[str, Any] = {"root": root, "typed_root": typed_root, "value": value}
            return _page(request, nobody.status_code, asks=True, codes=nobody.codes, **again)
        return _page(request, found=found)

    @pages.get("/me")
    def own_extract(request: Request, reader: Annotated[Reader, Depends(asks_on_page("own-extract"))]) -> Response:
        if reader.identity is None:
            return _nothing(request, 403, "own_without_number")
        try:
            return _page(request, found=people.extract(own(reader), reader, "own-extract"))
        except NamesNobody as nobody:
            return _nothing(request, nobody.status_code, "own_not_known")

    return pages


def extract_page(words: Words, found: dict[str, Any], **values: Any) -> str:
    """An extract as a page of HTML."""

    def link(**changed: object) -> str:
        return "?" + urlencode(changed)

    values_shown = {
        "asks": False,
        "codes": (),
        "root": PERSONAL_ROOT,
        "typed_root": "",
        "value": "",
        "series": offered(words, KINDS),
        "other": OTHER,
        "meanings": meanings(),
        "places": region_names() | municipalities(),
        "made": _swedish(datetime.now(UTC).isoformat()),
        "swedish": _swedish,
        "steps": steps,
        "grades": {one.grade: one.name_sv if words.language == "sv" else one.name_en for one in protections()},
        "diseases": {each.code: each.name_sv if words.language == "sv" else each.name_en for each in diseases()},
    }
    return frame("extract.html", words, link, **values_shown | values, found=found)


def _swedish(instant: str) -> str:
    """An instant as clocks in Sweden show it."""
    return f"{datetime.fromisoformat(instant).astimezone(SWEDEN):%Y-%m-%d %H:%M}"


def printed(words: Words, found: dict[str, Any]) -> str:
    """An extract as a page that stands alone, with its style in it: to be kept, sent or printed."""
    static = files("connectors.outgoing") / "static"
    style = "\n".join((static / name).read_text(encoding="utf-8") for name in ("dashboard.css", "desk.css"))
    return extract_page(words, found, style=Markup(style))


def _nothing(request: Request, status: int, why: str) -> Response:
    """A page that says why there is no extract of one's own here, and who gives it."""
    words, way = words_for(request), to_logout(request) if logged_in(request) else None
    return shown(request, status, "extract", [words(why), words("own_from_registrar")], way)


def _page(request: Request, status: int = 200, found: dict[str, Any] | None = None, **values: Any) -> HTMLResponse:
    words = words_for(request)
    html = extract_page(words, found or {}, **navigation(request, words), **values)
    return HTMLResponse(html, status, {"Cache-Control": "no-store"})
