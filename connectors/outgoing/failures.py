"""What a reader is told when a question fails: one handler per kind of failure, each a plain sentence.

What was sent is never repeated: it may hold a number.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping

from fastapi import HTTPException, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from psycopg import DataError, OperationalError
from psycopg.errors import UndefinedTable

from connectors.channel import NotSent, SenderUnknown
from connectors.outgoing import login_pages, pages
from connectors.outgoing.issuer import IssuerSilent, IssuerUnsafe
from connectors.outgoing.parameters import sentences
from connectors.outgoing.readers import REALM
from connectors.outgoing.words import Words
from projections.coverage.question import BadQuestion
from projections.live import NothingLive
from register.access import Denied
from register.vault import VaultError

log = logging.getLogger(__name__)


async def _broken_parameter(_: Request, failure: Exception) -> Response:
    assert isinstance(failure, RequestValidationError)
    return JSONResponse({"detail": "; ".join(sentences(failure.errors()))}, 422)


async def _bad_question(_: Request, failure: Exception) -> Response:
    return JSONResponse({"detail": str(failure)}, 422)


async def _no_such_text(_: Request, __: Exception) -> Response:
    return JSONResponse({"detail": "a parameter holds a character that no text here can have"}, 422)


async def _nothing_yet(request: Request, _: Exception) -> Response:
    return _cannot_answer(request, "nothing_yet")


async def _no_database(request: Request, failure: Exception) -> Response:
    log.error("no database: %s", type(failure).__name__)
    return _cannot_answer(request, "no_database")


async def _no_vault(_: Request, failure: Exception) -> Response:
    log.error("no look-up in the vault: %s", failure)
    return JSONResponse({"detail": str(failure)}, 503)


async def _refused(request: Request, failure: Exception) -> Response:
    assert isinstance(failure, HTTPException)
    if failure.status_code == 401 and login_pages.is_page(request):
        return login_pages.needed(request, failure)
    return await http_exception_handler(request, failure)


async def _denied(request: Request, failure: Exception) -> Response:
    assert isinstance(failure, Denied)
    log.warning("denied: %s", failure.code)
    challenge = {"WWW-Authenticate": f'{REALM}, error="insufficient_scope"'}
    if login_pages.is_page(request):
        return login_pages.denied(request, failure, challenge)
    return JSONResponse({"detail": str(failure)}, 403, challenge)


async def _no_issuer(request: Request, failure: Exception) -> Response:
    later = {"Retry-After": "30"}
    if login_pages.is_page(request):
        sentences = [pages.words_for(request)("login_silent")]
        return login_pages.shown(request, 503, "login_heading", sentences, headers=later)
    return JSONResponse({"detail": str(failure)}, 503, later)


async def _unsafe(request: Request, _: Exception) -> Response:
    return login_pages.shown(request, 503, "login_heading", [pages.words_for(request)("login_unsafe")])


async def _no_sender(_: Request, failure: Exception) -> Response:
    return JSONResponse({"detail": str(failure)}, 403)


async def _not_sent(_: Request, failure: Exception) -> Response:
    log.error("a report could not be sent: %s", failure)
    return JSONResponse({"detail": str(failure)}, 503)


def _cannot_answer(request: Request, key: str) -> Response:
    """503 in the form that was asked for: a page, or JSON in English."""
    if request.url.path == "/":
        return pages.problem(request, pages.NotUnderstood(key, 503))
    return JSONResponse({"detail": Words("en")(key)}, 503)


async def _no_such_page(request: Request, said: Exception) -> Response:
    assert isinstance(said, pages.NotUnderstood)
    return pages.problem(request, said)


FAILURES: Mapping[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
    RequestValidationError: _broken_parameter,
    BadQuestion: _bad_question,
    DataError: _no_such_text,
    NothingLive: _nothing_yet,
    UndefinedTable: _nothing_yet,
    OperationalError: _no_database,
    VaultError: _no_vault,
    Denied: _denied,
    HTTPException: _refused,
    IssuerSilent: _no_issuer,
    IssuerUnsafe: _unsafe,
    SenderUnknown: _no_sender,
    NotSent: _not_sent,
    pages.NotUnderstood: _no_such_page,
}
