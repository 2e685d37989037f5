"""The issuer of tokens, its keys and its other addresses: found by discovery, kept for a while, never asked in a storm.

OpenID Connect Discovery 1.0 (the document's `issuer` is the configured one, letter by letter) and RFC 7517. Fetched
over https, or http on this machine; no redirect is followed.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from http.client import HTTPException
from threading import Lock
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

log = logging.getLogger(__name__)

PATH = "/.well-known/openid-configuration"
RENEWED = 600.0  # seconds after which keys are fetched again
KEPT = 86_400.0  # and after which they no longer hold, if the issuer is silent
PAUSE = 30.0  # between two fetches, whatever tokens are sent and whether or not it answered
WAIT = 2.0  # for another thread's fetch
TIMEOUT = 5.0
LONGEST = 512 * 1024
MOST_KEYS = 100
# The public parts; an issuer that publishes the private ones by mistake does not have them spread.
PARTS = ("kty", "alg", "crv", "n", "e", "x", "y")

Jwk = Mapping[str, str]


class IssuerSilent(Exception):
    """The issuer's keys cannot be had, so that no token can be checked."""


class IssuerUnsafe(Exception):
    """An address of the issuer is neither https nor on this machine."""


class SigningKeys:
    """The keys that an issuer signs with now, by their ids."""

    def __init__(self, issuer: str, ticks: Callable[[], float] = time.monotonic) -> None:
        self._issuer, self._ticks = issuer, ticks
        self._keys: Mapping[str, Jwk] = {}
        self._described: Mapping[str, Any] = {}
        self._fetched = self._tried = float("-inf")
        self._lock = Lock()
        safe(issuer)

    def key(self, kid: str) -> Jwk | None:
        """The key of this id, None if the issuer has none; raises IssuerSilent."""
        self._keep_fresh(known=kid in self._keys)
        return self._keys.get(kid)

    def described(self) -> Mapping[str, Any]:
        """What the issuer says of itself: its addresses and what they take; raises IssuerSilent."""
        self._keep_fresh(known=bool(self._described))
        return self._described

    def _keep_fresh(self, known: bool) -> None:
        now = self._ticks()
        if (not known or now - self._fetched > RENEWED) and now - self._tried > PAUSE:
            # Whoever holds a key that is known goes on with it; the others wait for a fetch, but not for long.
            self._renew(now, wait=0 if known else WAIT)
        if self._ticks() - self._fetched > KEPT:
            raise IssuerSilent(IssuerSilent.__doc__)

    def _renew(self, now: float, wait: float) -> None:
        if not self._lock.acquire(timeout=wait):
            return
        if now - self._tried <= PAUSE:  # another thread has just asked
            self._lock.release()
            return
        try:
            self._described, self._keys = fetched(self._issuer)
            self._fetched = now
        except (OSError, ValueError, HTTPException, IssuerUnsafe) as failure:
            log.error("the issuer's keys could not be fetched: %s", type(failure).__name__)
        finally:
            # Only now: until here there is something to wait for.
            self._tried = self._ticks()
            self._lock.release()


def fetched(issuer: str) -> tuple[Mapping[str, Any], dict[str, Jwk]]:
    """What the issuer says of itself and its signing keys, as of now; raises what `document` raises."""
    described = document(issuer.rstrip("/") + PATH)
    if described.get("issuer") != issuer:
        raise ValueError("the document is another issuer's")
    keys = document(str(described.get("jwks_uri"))).get("keys")
    if not isinstance(keys, list) or len(keys) > MOST_KEYS:
        raise ValueError("no list of keys, or too long a one")
    return described, {jwk["kid"]: _public(jwk) for jwk in keys if _signs(jwk)}


def safe(url: str) -> str:
    """The address, if what comes from it can be trusted; raises IssuerUnsafe."""
    parts = urlsplit(url)
    here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and here)):
        raise IssuerUnsafe(IssuerUnsafe.__doc__)
    return url


def _signs(jwk: Any) -> bool:
    return isinstance(jwk, dict) and isinstance(jwk.get("kid"), str) and jwk.get("use", "sig") == "sig"


def _public(jwk: Mapping[str, Any]) -> Jwk:
    return {part: jwk[part] for part in PARTS if isinstance(jwk.get(part), str)}


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Elsewhere is not the issuer."""


def document(url: str, form: Mapping[str, str] | None = None, **headers: str) -> Mapping[str, Any]:
    """What stands at an address of the issuer, or what it answers to a form.

    Raises OSError, ValueError, HTTPException, IssuerUnsafe.
    """
    sent = None if form is None else urlencode(form).encode()
    request = Request(safe(url), sent, {"Accept": "application/json", **headers})
    with build_opener(_NoRedirect).open(request, timeout=TIMEOUT) as answer:
        text = answer.read(LONGEST + 1)
    if len(text) > LONGEST:
        raise ValueError("too long a document")
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("no document")
    return found
