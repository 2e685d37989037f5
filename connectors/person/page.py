"""A person's page: the extract as people read it, on the screen and on paper, in Swedish and English."""

from datetime import UTC, datetime
from importlib.resources import files
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from connectors.outgoing.dashboard import frame
from connectors.outgoing.identity_asked import Named, NamesNobody
from connectors.outgoing.login_pages import logged_in
from connectors.outgoing.pages import words_for
from connectors.outgoing.readers import asks_on_page
from connectors.outgoing.words import Words
from connectors.person.api import People, own
from connectors.person.steps import steps
from register.access import Reader
from register.areas import municipalities, region_names
from register.clock import SWEDEN
from register.codes import meanings
from register.definitions import diseases
from register.identities.number import PERSONAL_ROOT
from register.identities.series import all_series

PERSONS = ("personal", "coordination", "reserve")


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
        asked = Named(root=typed_root.strip() or root.strip(), value=value.strip())
        try:
            found = people.extract(people.identity(asked), reader, "extract")
        except NamesNobody as nobody:
            again: dict[str, Any] = {"root": root, "typed_root": typed_root, "value": value}
            return _page(request, nobody.status_code, asks=True, codes=nobody.codes, **again)
        return _page(request, found=found)

    @pages.get("/me")
    def own_extract(request: Request, reader: Annotated[Reader, Depends(asks_on_page("own-extract"))]) -> HTMLResponse:
        return _page(request, found=people.extract(own(reader), reader, "own-extract"))

    return pages


def extract_page(words: Words, found: dict[str, Any], **values: Any) -> str:
    """An extract as a page of HTML."""

    def link(**changed: object) -> str:
        return "?" + urlencode(changed)

    shown = {
        "asks": False,
        "codes": (),
        "root": PERSONAL_ROOT,
        "typed_root": "",
        "value": "",
        "series": _series(),
        "meanings": meanings(),
        "places": region_names() | municipalities(),
        "made": _swedish(datetime.now(UTC).isoformat()),
        "swedish": _swedish,
        "steps": steps,
        "diseases": {each.code: each.name_sv if words.language == "sv" else each.name_en for each in diseases()},
    }
    return frame("extract.html", words, link, **shown | values, found=found)


def _series() -> list[tuple[str, str, str]]:
    """Each OID of a number of persons once, with its kind and who issues it, be they several."""
    issuers: dict[tuple[str, str], list[str]] = {}
    for row in all_series():
        if row.kind in PERSONS:
            issuers.setdefault((row.root, row.kind), []).append(row.issuer)
    return [(root, kind, " / ".join(names)) for (root, kind), names in issuers.items()]


def _swedish(instant: str) -> str:
    """An instant as clocks in Sweden show it."""
    return f"{datetime.fromisoformat(instant).astimezone(SWEDEN):%Y-%m-%d %H:%M}"


def printed(words: Words, found: dict[str, Any]) -> str:
    """An extract as a page that stands alone, with its style in it: to be kept, sent or printed."""
    static = files("connectors.outgoing") / "static"
    style = "\n".join((static / name).read_text(encoding="utf-8") for name in ("dashboard.css", "desk.css"))
    return extract_page(words, found, style=Markup(style))


def _page(request: Request, status: int = 200, found: dict[str, Any] | None = None, **values: Any) -> HTMLResponse:
    shown = extract_page(words_for(request), found or {}, logged_in=logged_in(request), **values)
    return HTMLResponse(shown, status, {"Cache-Control": "no-store"})
