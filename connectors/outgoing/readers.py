"""Who may ask what over HTTP: every route of the API depends on `asks(ACTION)`, which the table of roles answers.

The token says who asks and in which role; why is said with each request, in the header X-Purpose, which may be left
out where the role has only one purpose for it. 401: who asks is not known. 403: it is, and may not (RFC 6750).
"""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import Header, HTTPException, Request

from connectors.outgoing.cookies import token_in
from connectors.outgoing.login_pages import a_page
from connectors.outgoing.tokens import TokenRefused, Tokens
from register.access import NOBODY_IN_PARTICULAR, Allowed, Denied, Reader
from register.access.reader import LONGEST
from register.access.roles import actions, implied_purpose

REALM = 'Bearer realm="vaxreg"'
DENIED: dict[int | str, dict[str, Any]] = {
    401: {"description": "No valid token of the configured issuer, or none is configured."},
    403: {"description": "The role may not ask this for this purpose, or not about this region or sender."},
}
Authorization = Annotated[str, Header(alias="Authorization", description="Bearer and a token of the issuer.")]
Purpose = Annotated[
    str,
    Header(
        alias="X-Purpose",
        description="For which purpose, such as care; may be left out where the role has one only for this question.",
    ),
]


def reader_of(request: Request, kept: str = "") -> Reader:
    """Who sends a request, by its token; the purpose as stated. Raises 400, 401 (HTTPException) or IssuerSilent.

    The token that the browser keeps of a login is looked at only where no other is sent.
    """
    tokens: Tokens | None = request.app.state.tokens
    headers = request.headers.getlist("authorization") or ([f"Bearer {kept}"] if kept else [])
    sent = [header.strip().partition(" ") for header in headers if header.strip()]
    if tokens is None or not any(kind.lower() == "bearer" for kind, _, _ in sent):
        raise HTTPException(401, "A token of the configured issuer is needed", {"WWW-Authenticate": REALM})
    token = sent[0][2]
    if len(sent) > 1 or not token.strip():
        raise _refused(400, "invalid_request", "one header Authorization: Bearer TOKEN is needed")
    try:
        return tokens.reader(token.strip(), _purpose(request))
    except TokenRefused as refused:
        raise _refused(401, "invalid_token", str(refused)) from None


class Asks:
    """Lets a request through whose sender may ask this at all; the Reader. Raises Denied, or as `reader_of` does.

    About whom or which region is decided where that is known, by `reading` or `Reader.may`.
    """

    def __init__(self, action: str) -> None:
        self.action = action

    # The headers are parameters so that the API's description names them.
    def __call__(self, request: Request, _authorization: Authorization = "", _purpose: Purpose = "") -> Reader:
        reader = self._reader(request)
        if not reader.purpose:
            reader = replace(reader, purpose=implied_purpose(reader.role, self.action))
        answer = reader.may_at_all(self.action)
        if isinstance(answer, Denied):
            raise answer
        return reader

    def _reader(self, request: Request) -> Reader:
        return reader_of(request)


class AsksOpenly(Asks):
    """What the table lets anyone ask: no token is looked at."""

    def __call__(self) -> Reader:  # type: ignore[override]
        answer = NOBODY_IN_PARTICULAR.may(self.action)
        if isinstance(answer, Denied):
            raise answer
        return NOBODY_IN_PARTICULAR


class AsksOnPage(Asks):
    """The same for a page, which a login opens too; it is written into the log of accesses as such."""

    def __call__(self, request: Request, _authorization: Authorization = "", _purpose: Purpose = "") -> Reader:
        a_page(request)
        return replace(super().__call__(request), channel="page")

    def _reader(self, request: Request) -> Reader:
        # A form is taken from a login only where the browser says from where it was sent; origin.py looks at that.
        told = request.method == "GET" or {"origin", "sec-fetch-site"} & set(request.headers)
        reader = reader_of(request, token_in(request) if told else "")
        if "authorization" not in request.headers:
            request.state.logged_in = reader.who
        return reader


def asks_on_page(action: str) -> Asks:
    """What a page depends on that answers this; KeyError if it stands in no row of actions.csv."""
    return AsksOnPage(actions()[action].action)


def asks(action: str) -> Asks:
    """What a route depends on that answers this; KeyError if it stands in no row of actions.csv."""
    open_to_all = isinstance(NOBODY_IN_PARTICULAR.may(actions()[action].action), Allowed)
    return AsksOpenly(action) if open_to_all else Asks(action)


def _purpose(request: Request) -> str:
    """The purpose as stated; what cannot be one is said to be unknown, which no role may ask for."""
    stated = ", ".join(request.headers.getlist("x-purpose")).strip()
    return stated if len(stated) <= LONGEST and stated.isprintable() else "unknown"


def _refused(status: int, error: str, why: str) -> HTTPException:
    challenge = f'{REALM}, error="{error}", error_description="{why}"'
    return HTTPException(status, f"{why[0].upper()}{why[1:]}", {"WWW-Authenticate": challenge})
