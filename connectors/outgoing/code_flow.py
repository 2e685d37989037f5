"""The register as a client of its issuer: OpenID Connect's authorization code flow with PKCE (RFC 7636), state, nonce.

Fetched, sent and checked by what checks tokens anyway: one place where certificates and limits are set.
"""

import json
import logging
import re
import secrets
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote_plus, urlencode

from connectors.outgoing.cookies import LONGEST, Begun
from connectors.outgoing.issuer import IssuerSilent, IssuerUnsafe, document, safe
from connectors.outgoing.tokens import CLIENT, ISSUER, TokenRefused, Tokens
from register.settings import SettingBroken

log = logging.getLogger(__name__)

SECRET, SCOPE = "VAXREG_OIDC_CLIENT_SECRET", "VAXREG_OIDC_SCOPE"
FAILED, NOT_FOR_US, TOO_LONG = "login_failed", "login_not_for_us", "login_too_long"
_ERROR = re.compile(r"[a-z_]{1,40}", re.ASCII)


class LoginRefused(Exception):
    """What the issuer sent is no login here; `key` is the sentence that says what to do."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class Client:
    """The register as its issuer knows it."""

    tokens: Tokens
    client_id: str
    secret: str = field(repr=False)
    scope: str

    def asks(self, begun: Begun, back_at: str, language: str) -> str:
        """The address at the issuer where somebody logs in; raises IssuerSilent."""
        challenge = urlsafe_b64encode(sha256(begun.verifier.encode()).digest()).rstrip(b"=").decode()
        said = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": back_at,
            "scope": self.scope,
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "ui_locales": language,
        }
        return _with(self._endpoint("authorization_endpoint"), said)

    def leaves(self, to: str, language: str) -> str | None:
        """The address at the issuer where somebody logs out there too; None if it has none."""
        try:
            endpoint = self._endpoint("end_session_endpoint")
        except IssuerSilent:
            return None
        said = {"client_id": self.client_id, "post_logout_redirect_uri": to, "ui_locales": language}
        return _with(endpoint, said)

    def redeems(self, code: str, begun: Begun, back_at: str) -> tuple[str, int]:
        """The token that a code is good for, and how many seconds it lives; raises LoginRefused or IssuerSilent."""
        given = self._given(code, begun, back_at)
        token, who = given.get("access_token"), given.get("id_token")
        if not isinstance(token, str) or not isinstance(who, str) or str(given.get("token_type")).lower() != "bearer":
            log.error("the issuer gave no access token and ID token; is openid in %s?", SCOPE)
            raise LoginRefused(FAILED)
        self._check(who, begun)
        try:
            self.tokens.reader(token, "")
            until = float(self.tokens.claims_of(token, self.tokens.audience)["exp"])
        except TokenRefused as refused:
            log.error("the issuer's token for a login is not for this register: %s", refused)
            raise LoginRefused(NOT_FOR_US) from None
        if len(token) > LONGEST:
            log.error("the issuer's token is longer than the %d characters that browsers keep in a cookie", LONGEST)
            raise LoginRefused(TOO_LONG)
        return token, max(1, int(until - time.time()))

    def _check(self, id_token: str, begun: Begun) -> None:
        try:
            said = self.tokens.claims_of(id_token, self.client_id)
        except TokenRefused as refused:
            log.error("the issuer's ID token cannot be believed: %s", refused)
            raise LoginRefused(FAILED) from None
        if said.get("nonce") != begun.nonce or said.get("azp", self.client_id) != self.client_id:
            log.error("the issuer's ID token is of another login")
            raise LoginRefused(FAILED)

    def _given(self, code: str, begun: Begun, back_at: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back_at,
            "client_id": self.client_id,
            "code_verifier": begun.verifier,
        }
        endpoint, headers = self._endpoint("token_endpoint"), {}
        if self.secret and self._sends_secret_in_form():
            form["client_secret"] = self.secret
        elif self.secret:
            known = f"{quote_plus(self.client_id)}:{quote_plus(self.secret)}"
            headers["Authorization"] = f"Basic {b64encode(known.encode()).decode()}"
        try:
            return document(endpoint, form, **headers)
        except HTTPError as failure:
            with failure:
                log.error("the issuer took no code: %d %s", failure.code, _error(failure))
            if failure.code < 500:
                raise LoginRefused(FAILED) from None
            raise IssuerSilent(IssuerSilent.__doc__) from None
        except (OSError, ValueError, HTTPException, IssuerUnsafe) as failure:
            log.error("the issuer took no code: %s", type(failure).__name__)
            raise IssuerSilent(IssuerSilent.__doc__) from None

    def _sends_secret_in_form(self) -> bool:
        ways = self.tokens.keys.described().get("token_endpoint_auth_methods_supported")
        return isinstance(ways, list) and "client_secret_basic" not in ways and "client_secret_post" in ways

    def _endpoint(self, name: str) -> str:
        try:
            return safe(str(self.tokens.keys.described().get(name)))
        except (IssuerUnsafe, ValueError):
            raise IssuerSilent(f"the issuer names no usable {name}") from None


def client_from(env: Mapping[str, str], tokens: Tokens | None) -> Client | None:
    """The client that this environment names, if it does; raises SettingBroken."""
    client_id, secret, scope = (env.get(name, "").strip() for name in (CLIENT, SECRET, SCOPE))
    if not client_id:
        if secret:
            raise SettingBroken(f"{SECRET} is set, but {CLIENT} is not")
        return None
    if tokens is None:
        raise SettingBroken(f"{ISSUER} must be set where {CLIENT} is: it is where people log in")
    return Client(tokens, client_id, secret, scope or "openid")


def begin(page: str) -> Begun:
    """A login under way that leads to a page."""
    return Begun(secrets.token_urlsafe(16), secrets.token_urlsafe(16), secrets.token_urlsafe(48), page)


def _with(endpoint: str, said: Mapping[str, str]) -> str:
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(said)}"


def _error(failure: HTTPError) -> str:
    """The code of an error as OAuth names them, such as invalid_grant; never what else was answered."""
    try:
        code = json.loads(failure.read(4096)).get("error")
    except (OSError, ValueError, AttributeError, HTTPException):
        return ""
    return code if isinstance(code, str) and _ERROR.fullmatch(code) else ""
