"""Who may ask what is not for everyone: a bearer token from the environment. Not set, nobody may."""

from collections.abc import Callable, Mapping
from hmac import compare_digest
from typing import Annotated, Any

from fastapi import Header, HTTPException

CERTIFICATES = "VAXREG_CERTIFICATE_TOKEN"
UPLOADS = "VAXREG_UPLOADS_TOKEN"

DENIED: dict[int | str, dict[str, Any]] = {401: {"description": "No valid token, or none is configured."}}


def bearer_of(env: Mapping[str, str], name: str) -> Callable[[str], None]:
    """Lets a request through that carries `Authorization: Bearer TOKEN` with the token of this setting, else 401."""
    token = env.get(name, "").strip()

    def allowed(authorization: Annotated[str, Header(description="Bearer TOKEN")] = "") -> None:
        if not _is_right(authorization, token):
            raise HTTPException(401, "A valid token is needed", {"WWW-Authenticate": "Bearer"})

    return allowed


def _is_right(authorization: str, token: str) -> bool:
    kind, _, sent = authorization.partition(" ")
    # In the same time however much of it is right. No token configured: nobody is allowed.
    right = compare_digest(sent.strip().encode(), token.encode())
    return bool(token) and kind.lower() == "bearer" and right
