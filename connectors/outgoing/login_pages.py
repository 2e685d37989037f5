"""What is shown to who is not logged in, cannot log in, or may not see a page: sentences that say what to do."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from connectors.outgoing.dashboard import frame
from connectors.outgoing.navigation import navigation
from connectors.outgoing.pages import words_for
from connectors.outgoing.words import LANGUAGES, Words
from register.access import Denied
from register.codes import meanings

AFTER = "/desk"  # where somebody lands who asked for no page
# Only paths of this server that look like its pages': no other host, and no digits, so that no number comes into one.
_PAGE = re.compile(r"/(?!/)[a-z/-]*", re.ASCII)
_NO_HEADERS: Mapping[str, str] = {}


class Way(NamedTuple):
    """Where to go on from a page."""

    address: str
    text: str
    new_tab: bool = False


def a_page(request: Request) -> None:
    """Say of a request that it is answered with pages in the reader's language, whatever happens."""
    request.state.is_page = True


def is_page(request: Request) -> bool:
    """Whether a page was asked for."""
    return getattr(request.state, "is_page", False)


def logged_in(request: Request) -> str:
    """Who is logged in with this browser; empty if nobody is."""
    return getattr(request.state, "logged_in", "")


def page_after(to: str) -> str:
    """The page of this server that an address names, and its language; the desk if it names none."""
    try:
        parts = urlsplit(to)
    except ValueError:
        return AFTER
    if not to.startswith("/") or parts.netloc or not _PAGE.fullmatch(parts.path):
        return AFTER
    language = parse_qs(parts.query).get("lang", [""])[0]
    return parts.path + (f"?lang={language}" if language in LANGUAGES else "")


def needed(request: Request, failure: HTTPException) -> Response:
    """To login and back to the page; a page that says so where nobody can be led there."""
    page, headers, words = _page_of(request), failure.headers or {}, words_for(request)
    if request.app.state.client is None:
        return shown(request, 401, "login_heading", [words("login_no_client")], headers=headers)
    if "authorization" in request.headers:
        return shown(request, 401, "login_heading", [words("desk_login")], to_login(request, page), headers=headers)
    if request.method == "GET":
        return unkept(RedirectResponse(_login(page), 303))
    # A form that was filled in while the token ran out: reloading sends it again.
    again = Way(_login(page), words("login_new_window"), new_tab=True)
    return shown(
        request, 401, "login_heading", [words("desk_login"), words("login_then_reload")], again, headers=headers
    )


def denied(request: Request, why: Denied, headers: Mapping[str, str]) -> Response:
    """A page that says why somebody may not see a page, and what to do."""
    words, who, meaning = words_for(request), logged_in(request), meanings()[why.code]
    told = words("desk_not_allowed", why=meaning.sv if words.language == "sv" else meaning.en)
    if not who:
        return shown(request, 403, "not_allowed_heading", [told], headers=headers)
    sentences = [f"{told}.", words("not_allowed_who", who=who)]
    return shown(request, 403, "not_allowed_heading", sentences, to_logout(request), headers=headers)


def to_login(request: Request, page: str) -> Way:
    """The way to log in and come to a page."""
    return Way(_login(page), words_for(request)("login"))


def to_logout(request: Request) -> Way:
    """The way to log out."""
    words = words_for(request)
    return Way("/logout?" + urlencode({"lang": words.language}), words("logout"))


def shown(
    request: Request,
    status: int,
    heading: str,
    sentences: list[str],
    way: Way | None = None,
    *,
    headers: Mapping[str, str] = _NO_HEADERS,
) -> Response:
    """A page of a heading, sentences and a way to go on."""
    words, path = words_for(request), urlsplit(_page_of(request)).path

    def link(**changed: Any) -> str:
        return path + "?" + urlencode(changed)

    told = {"heading": words(heading), "sentences": sentences, "way": way}
    html = frame("login.html", words, link, **told, **_header(request, words))
    return unkept(HTMLResponse(html, status, dict(headers)))


def _header(request: Request, words: Words) -> dict[str, Any]:
    header = navigation(request, words)
    # Of login and logout the page itself says how to go on.
    return header if header["leads"] and request.url.path.count("log") == 0 else {}


def unkept(answer: Response) -> Response:
    """The answer, which neither browsers nor what lies between keep."""
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _login(page: str) -> str:
    return "/login?" + urlencode({"to": page})


def _page_of(request: Request) -> str:
    """The page that a request is about: a form's is the first part of its path."""
    path = request.url.path if request.method == "GET" else "/" + request.url.path.split("/")[1]
    return page_after(f"{path}?{request.url.query}")
