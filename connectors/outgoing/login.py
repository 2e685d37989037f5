"""Logging in to the pages with a browser, at the issuer whose tokens the API believes, and out again."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from connectors.outgoing.code_flow import FAILED, Client, LoginRefused, begin
from connectors.outgoing.cookies import address_of, begun_in, forget_begun, forget_token, keep_begun, keep_token
from connectors.outgoing.issuer import IssuerUnsafe, safe
from connectors.outgoing.login_pages import AFTER, a_page, page_after, shown, to_login, to_logout, unkept
from connectors.outgoing.pages import words_for
from register.settings import SettingBroken

ADDRESS = "VAXREG_WEB_ADDRESS"
BACK, LOGGED_OUT = "/login/back", "/logged-out"


def routes() -> APIRouter:
    """Login and logout."""
    pages = APIRouter(dependencies=[Depends(a_page)], include_in_schema=False)

    @pages.get("/login")
    def login(request: Request, to: str = "") -> Response:
        client, words = _client(request), words_for(request)
        if client is None:
            return shown(request, 401, "login_heading", [words("login_no_client")])
        begun = begin(page_after(to))
        language = begun.page.partition("?lang=")[2] or words.language
        answer = unkept(RedirectResponse(client.asks(begun, _back_at(request), language), 303))
        keep_begun(request, answer, begun)
        return answer

    @pages.get(BACK)
    def back(request: Request, state: str = "", code: str = "", error: str = "", iss: str = "") -> Response:
        client, begun = _client(request), begun_in(request, state)
        if client is None or begun is None:
            return _failed(request, LoginRefused(FAILED), AFTER)
        page = page_after(begun.page)  # looked at again: somebody else may have put it into the browser
        try:
            if error or not code or iss not in ("", client.tokens.issuer):
                raise LoginRefused(FAILED)
            token, seconds = client.redeems(code, begun, _back_at(request))
        except LoginRefused as refused:
            answer = _failed(request, refused, page)
        else:
            answer = unkept(RedirectResponse(page, 303))
            keep_token(request, answer, token, seconds)
        forget_begun(request, answer, begun.state)
        return answer

    @pages.get("/logout")
    def logout(request: Request) -> Response:
        words, client = words_for(request), _client(request)
        # Another site's page logs nobody out.
        if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return shown(request, 200, "logout_heading", [words("logout_sure")], to_logout(request))
        there = client and client.leaves(address_of(request) + LOGGED_OUT, words.language)
        here = LOGGED_OUT + "?" + urlencode({"lang": words.language})
        answer = unkept(RedirectResponse(there or here, 303))
        forget_token(request, answer)
        return answer

    @pages.get(LOGGED_OUT)
    def logged_out(request: Request) -> Response:
        words = words_for(request)
        return shown(request, 200, "logged_out_heading", [words("logged_out")], to_login(request, AFTER))

    return pages


def web_address_from(env: Mapping[str, str]) -> str:
    """This server's address as seen from outside, empty if it is the one that is asked; raises SettingBroken."""
    address = env.get(ADDRESS, "").strip().rstrip("/")
    try:
        parts = urlsplit(safe(address) if address else "")
    except (IssuerUnsafe, ValueError):
        raise SettingBroken(f"{ADDRESS} must be an https address, or an http address on this machine") from None
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise SettingBroken(f"{ADDRESS} must be an address without a path, such as https://register.example")
    return address


def _client(request: Request) -> Client | None:
    client: Client | None = request.app.state.client
    return client


def _back_at(request: Request) -> str:
    """Where the issuer sends people back to; raises IssuerUnsafe where others could listen."""
    return safe(address_of(request)) + BACK


def _failed(request: Request, refused: LoginRefused, page: str) -> Response:
    return shown(request, 400, "login_heading", [words_for(request)(refused.key)], to_login(request, page))
