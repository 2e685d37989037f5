"""Who sends a request: a token of the configured issuer (OpenID Connect, JWT), checked and read.

Times of tokens are compared with the wall clock, also where the register replays a past day: a replay must not make
expired tokens valid. Without an issuer in the environment nobody may ask what is not public.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt

from connectors.outgoing.issuer import IssuerUnsafe, Jwk, SigningKeys
from connectors.outgoing.token_kind import is_for_access
from register.access import Reader, ReaderBroken
from register.clock import day_in_sweden
from register.identities.number import PERSONAL_ROOT, Identity, parse_identity
from register.masking import masked
from register.settings import SettingBroken

ISSUER, AUDIENCE = "VAXREG_OIDC_ISSUER", "VAXREG_OIDC_AUDIENCE"
CLIENT = "VAXREG_OIDC_CLIENT"
# Which claim says it, and what it is called unless the setting names another. To read one more word, add a row.
CLAIMS = {
    "who": ("VAXREG_OIDC_WHO_CLAIM", "sub"),
    "role": ("VAXREG_OIDC_ROLE_CLAIM", "role"),
    "region": ("VAXREG_OIDC_REGION_CLAIM", "region"),
    "unit": ("VAXREG_OIDC_UNIT_CLAIM", "unit"),
    "organisation": ("VAXREG_OIDC_ORGANISATION_CLAIM", "organisation"),
    "sender": ("VAXREG_OIDC_SENDER_CLAIM", "sender"),
    "identity": ("VAXREG_OIDC_IDENTITY_CLAIM", "https://id.oidc.se/claim/personalIdentityNumber"),
}
# Asymmetric ones only, each with the keys that it may be used with: a public key is never taken for a shared secret.
ALGORITHMS = {
    "RS256": ("RSA", None),
    "PS256": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
}
LEEWAY = 30  # seconds that clocks may differ
LONGEST = 8_192
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+", re.ASCII)
ONESELF = "person"  # the role of who asks about oneself, named by an identity number


class TokenRefused(Exception):
    """The token says nothing that can be believed. Messages never repeat what was sent."""


@dataclass(frozen=True)
class Tokens:
    """Tokens of one issuer for this register."""

    issuer: str
    audience: str
    claims: Mapping[str, str]
    keys: SigningKeys
    for_client: bool = False  # whether the audience is also the client's name, which ID tokens are meant for

    def reader(self, token: str, purpose: str) -> Reader:
        """Whom a token names, asking for this purpose; raises TokenRefused or IssuerSilent."""
        header, said = self._believed(token, self.audience)
        if not is_for_access(header, said, for_client=self.for_client):
            raise TokenRefused("this is no access token; an ID token opens nothing")
        words = {word: _text(said, claim, word) for word, claim in self.claims.items() if word != "identity"}
        # Whoever reads about others must be found again in the log, where a masked number stands for anybody.
        if words["role"] != ONESELF and masked(words["who"]) != words["who"]:
            raise TokenRefused("who is named by an identity number; name another claim, such as the HSA-id")
        try:
            return Reader(**words, purpose=purpose, channel="api", identity=_identity(said, self.claims["identity"]))
        except ReaderBroken as broken:
            raise TokenRefused(str(broken)) from None

    def claims_of(self, token: str, audience: str) -> Mapping[str, Any]:
        """What a token of the issuer for this audience says, of any kind; raises TokenRefused or IssuerSilent."""
        return self._believed(token, audience)[1]

    def _believed(self, token: str, audience: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        if len(token) > LONGEST or _TOKEN.fullmatch(token) is None:
            raise TokenRefused("this is no token")
        try:
            header = jwt.get_unverified_header(token)
            algorithm, jwk = str(header.get("alg")), self._key(header)
            key = jwt.get_algorithm_by_name(algorithm).from_jwk(dict(jwk))
            said: Mapping[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=audience,
                issuer=self.issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iat", "iss", "aud", "sub"], "enforce_minimum_key_length": True},
            )
        except jwt.ExpiredSignatureError:
            raise TokenRefused("the token has expired") from None
        except jwt.ImmatureSignatureError:
            raise TokenRefused("the token is not valid yet") from None
        except jwt.InvalidAudienceError:
            raise TokenRefused("the token is meant for another audience") from None
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
            raise TokenRefused("the token is not valid") from None
        return header, said

    def _key(self, header: Mapping[str, Any]) -> Jwk:
        algorithm, kid = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS or not isinstance(kid, str):
            raise TokenRefused("the token is signed in a way that is not accepted")
        jwk = self.keys.key(kid)
        if jwk is None or (jwk.get("kty"), jwk.get("crv")) != ALGORITHMS[algorithm]:
            raise TokenRefused("the token is signed with a key that is not the issuer's")
        if jwk.get("alg", algorithm) != algorithm:
            raise TokenRefused("the token is signed with a key that is meant for another algorithm")
        return jwk


def tokens_from(env: Mapping[str, str]) -> Tokens | None:
    """The issuer that this environment trusts, if it names one; raises SettingBroken."""
    issuer, audience = (env.get(name, "").strip() for name in (ISSUER, AUDIENCE))
    if not issuer:
        return None
    if not audience:
        raise SettingBroken(f"{AUDIENCE} must be set where {ISSUER} is: a token for another service is none for this")
    claims = {word: env.get(setting, "").strip() or usual for word, (setting, usual) in CLAIMS.items()}
    try:
        return Tokens(issuer, audience, claims, SigningKeys(issuer), env.get(CLIENT, "").strip() == audience)
    except (IssuerUnsafe, ValueError):
        raise SettingBroken(f"{ISSUER} must be an https address, or an http address on this machine") from None


def _text(said: Mapping[str, Any], claim: str, word: str) -> str:
    value = said.get(claim, "")
    if isinstance(value, list) and len(value) == 1:
        [value] = value
    if not isinstance(value, str):
        raise TokenRefused(f"the claim of {word} must be one text")
    return value


def _identity(said: Mapping[str, Any], claim: str) -> Identity | None:
    value = said.get(claim)
    if not isinstance(value, str):
        return None
    read = parse_identity(PERSONAL_ROOT, value, today=day_in_sweden(datetime.now(UTC)))
    return read if isinstance(read, Identity) else None
