"""Where the header of a page leads: to what the role of who is logged in may open, else to the login."""

from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import urlencode

from fastapi import Request

from connectors.outgoing.cookies import token_in
from connectors.outgoing.issuer import IssuerSilent
from connectors.outgoing.tokens import TokenRefused, Tokens
from connectors.outgoing.words import Words
from register.access import Allowed, Reader
from register.access.roles import implied_purpose

# To let the header lead to one more page, add a row: its path, the key of its name, and what may be asked there.
PAGES = (
    ("/", "nav_figures", "coverage"),
    ("/desk", "nav_desk", "register-number"),
    ("/person", "nav_person", "extract"),
    ("/me", "nav_me", "own-extract"),
)
_OPEN_TO_ALL = "coverage"


class Lead(NamedTuple):
    """One link of the header."""

    address: str
    text: str
    current: bool


def navigation(request: Request, words: Words, reader: Reader | None = None) -> dict[str, Any]:
    """What the frame of a page is told of who looks at it; `reader` where the page has asked already."""
    reader = reader or _logged_in(request)
    if reader is None:
        login = "/login?" + urlencode({"to": f"{_page(request)}?lang={words.language}"})
        can_log_in = request.app.state.client is not None and "authorization" not in request.headers
        return {"leads": (), "login": login if can_log_in else ""}
    return {"leads": leads(reader, _page(request), words), "login": "", "logged_in": reader.who}


def leads(reader: Reader, page: str, words: Words) -> list[Lead]:
    """The pages that the reader may open."""
    allowed = [(path, key) for path, key, action in PAGES if action == _OPEN_TO_ALL or _may(reader, action)]
    return [Lead(f"{path}?lang={words.language}", words(key), path == page) for path, key in allowed]


def _may(reader: Reader, action: str) -> bool:
    asking = replace(reader, purpose=reader.purpose or implied_purpose(reader.role, action))
    return isinstance(asking.may_at_all(action), Allowed)


def _logged_in(request: Request) -> Reader | None:
    """Who is logged in with this browser, if that can be found out: no page waits for it."""
    tokens: Tokens | None = request.app.state.tokens
    kept = token_in(request)
    if tokens is None or not kept or "authorization" in request.headers:
        return None
    try:
        return tokens.reader(kept, "")
    except (TokenRefused, IssuerSilent):
        return None


def _page(request: Request) -> str:
    """The page that a request is about: a form's is the first part of its path."""
    path = request.url.path
    return path if path == "/" else "/" + path.split("/")[1]
