"""Forms that another site's page sends are not taken: a browser that is logged in would send its cookies along."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from connectors.outgoing.login_pages import shown
from connectors.outgoing.pages import words_for

_CHANGES = frozenset(("POST", "PUT", "PATCH", "DELETE"))


async def only_from_here(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """403 for a request that says that it comes from a page of another site (Origin, Fetch Metadata); others go on."""
    if request.method in _CHANGES and _comes_from_elsewhere(request):
        if not request.url.path.startswith("/api/"):
            return shown(request, 403, "not_allowed_heading", [words_for(request)("from_elsewhere")])
        return JSONResponse({"detail": "this comes from a page of another site"}, 403)
    return await call_next(request)


def _comes_from_elsewhere(request: Request) -> bool:
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")
