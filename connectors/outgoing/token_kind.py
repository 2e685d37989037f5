"""Whether a token of the issuer is one for asking a service, or another kind that the same key signed.

RFC 9068 (section 4) names access tokens `at+jwt`; most issuers still write `JWT` for every kind, so what is surely of
another kind is refused. What of these is which: OpenID Connect Core (ID tokens: nonce, at_hash, c_hash), its
Back-Channel Logout (events), Keycloak (a claim typ; before version 24 its access tokens held the nonce as well).
"""

from collections.abc import Mapping
from typing import Any

# To know one more way in which an issuer names a kind, add it. `jwt` says nothing.
OF_ACCESS = ("at+jwt", "bearer", "dpop", "access")
OF_OTHERS = ("id", "refresh", "offline", "logout", "logout+jwt", "id_token")
# What only access tokens say, and what none of them does.
ONLY_OF_ACCESS = ("client_id", "scope", "scp")
NEVER_OF_ACCESS = ("nonce", "at_hash", "c_hash", "s_hash", "events")


def is_for_access(header: Mapping[str, Any], said: Mapping[str, Any], *, for_client: bool) -> bool:
    """Whether a token opens a service. `for_client`: an ID token would have the same audience, so it has to say so."""
    typ = _word(header.get("typ")).removeprefix("application/")
    if typ not in ("", "jwt"):
        return typ == "at+jwt"
    kinds = {_word(said.get(claim)) for claim in ("typ", "token_use")} - {""}
    if kinds & set(OF_OTHERS):
        return False
    if kinds & set(OF_ACCESS):
        return True
    if any(claim in said for claim in NEVER_OF_ACCESS):
        return False
    return not for_client or any(claim in said for claim in ONLY_OF_ACCESS)


def _word(value: Any) -> str:
    return value.strip().lower() if isinstance(value, str) else ""
