"""What a browser keeps of a login: the token as long as it lives, and for minutes what a login under way needs.

Nothing of it is kept on the server. On https the names begin with __Host-: no other host can set such a cookie.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response

TOKEN, BEGUN = "vaxreg", "vaxreg-login-"
# Browsers throw away what is longer than 4096 characters together with its name, and say nothing.
LONGEST = 3_900
MINUTES_TO_LOG_IN = 10
# Of a browser that opens many pages at once while nobody is logged in; a long header would be refused.
MOST_BEGUN = 5
_STATE = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Begun:
    """A login under way: what the issuer has to send back, how the code is redeemed, and which page comes after."""

    state: str
    nonce: str
    verifier: str
    page: str


def address_of(request: Request) -> str:
    """This server as the browser sees it: the configured address, else the one that the request was sent to."""
    configured: str = request.app.state.web_address
    return configured or f"{request.url.scheme}://{request.url.netloc}"


def token_in(request: Request) -> str:
    """The token of a login; empty if there is none."""
    return request.cookies.get(_name(request, TOKEN), "")


def keep_token(request: Request, answer: Response, token: str, seconds: int) -> None:
    """Have the browser show this token from now on, as long as it lives."""
    _keep(request, answer, TOKEN, token, seconds)


def forget_token(request: Request, answer: Response) -> None:
    """Have the browser forget the token."""
    _forget(request, answer, TOKEN)


def keep_begun(request: Request, answer: Response, begun: Begun) -> None:
    """Have the browser keep a login under way; each has a cookie of its own, so that two windows can log in."""
    start = _name(request, BEGUN)
    others = [name.removeprefix(start) for name in request.cookies if name.startswith(start)]
    for state in filter(_STATE.fullmatch, others if len(others) >= MOST_BEGUN else ()):
        forget_begun(request, answer, state)
    kept = ".".join((begun.nonce, begun.verifier, urlsafe_b64encode(begun.page.encode()).decode().rstrip("=")))
    _keep(request, answer, BEGUN + begun.state, kept, 60 * MINUTES_TO_LOG_IN)


def begun_in(request: Request, state: str) -> Begun | None:
    """The login under way that this browser began with this state; None if it began none."""
    if not _STATE.fullmatch(state):
        return None
    parts = request.cookies.get(_name(request, BEGUN + state), "").split(".")
    try:
        nonce, verifier, page = parts
        return Begun(state, nonce, verifier, urlsafe_b64decode(page + "=" * (-len(page) % 4)).decode())
    except ValueError:
        return None


def forget_begun(request: Request, answer: Response, state: str) -> None:
    """Have the browser forget a login under way: no answer of the issuer is taken twice."""
    _forget(request, answer, BEGUN + state)


def _https(request: Request) -> bool:
    return address_of(request).startswith("https:")


def _name(request: Request, name: str) -> str:
    return f"__Host-{name}" if _https(request) else name


# Lax and not Strict: a browser that comes back from the issuer comes from another site, and would not show the token.
def _keep(request: Request, answer: Response, name: str, text: str, seconds: int) -> None:
    name = _name(request, name)
    answer.set_cookie(name, text, max_age=seconds, secure=_https(request), httponly=True, samesite="lax")


def _forget(request: Request, answer: Response, name: str) -> None:
    answer.delete_cookie(_name(request, name), secure=_https(request), httponly=True, samesite="lax")
