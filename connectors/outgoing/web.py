"""The web server's application: pages, read API and eligibility on one address, with nothing from anywhere else."""

import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from psycopg import Connection, DataError, OperationalError
from psycopg.errors import UndefinedTable

from connectors.channel import NotSent, SenderUnknown
from connectors.outgoing import accesses, api, eligibility, login, login_pages, pages, reading
from connectors.outgoing.code_flow import client_from
from connectors.outgoing.days import KnownDays
from connectors.outgoing.health import Health
from connectors.outgoing.issuer import IssuerSilent, IssuerUnsafe
from connectors.outgoing.origin import only_from_here
from connectors.outgoing.parameters import sentence
from connectors.outgoing.readers import REALM
from connectors.outgoing.reference import reference
from connectors.outgoing.tokens import tokens_from
from connectors.outgoing.words import Words
from connectors.person import api as person_api
from connectors.person import page as person_page
from connectors.person.api import People
from connectors.registrar import api as registrar_api
from connectors.registrar import page as registrar_page
from connectors.registrar.desk import Desk
from connectors.registrar.reporting import Reporting
from projections.coverage.question import BadQuestion
from projections.live import NothingLive
from register.access import Denied
from register.settings import Settings
from register.vault import VaultError

log = logging.getLogger(__name__)

# Charts set their own style attributes; everything else comes from this server's files.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:;"
    " style-src 'self'; style-src-attr 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: with it browsers say of the pages' own forms that they come from nowhere (Origin: null).
    "Referrer-Policy": "same-origin",
}


def app(settings: Settings, env: Mapping[str, str] = os.environ) -> FastAPI:
    """The application for a register; uvicorn runs it."""
    pool = reading.pool_of(settings.database_url)
    beside = Health(settings.database_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        pages.warm_up()
        pool.open()
        beside.open()
        try:
            yield
        finally:
            desk.reporting.close()
            pool.close()
            beside.close()

    # No pages of documentation from FastAPI: theirs fetch their scripts from outside hosts.
    web = FastAPI(title="Vaccination register: read API", version="1", docs_url=None, redoc_url=None, lifespan=lifespan)

    def read() -> AbstractContextManager[Connection[Any]]:
        return reading.reading(pool)

    known_days = KnownDays()
    web.state.tokens = tokens_from(env)
    web.state.client = client_from(env, web.state.tokens)
    web.state.web_address = login.web_address_from(env)
    web.include_router(api.routes(read, settings.clock, known_days))
    web.include_router(pages.routes(read, settings.clock, known_days))
    web.include_router(eligibility.routes(pool, settings))
    web.include_router(accesses.routes(pool, settings))
    desk = Desk(Reporting(settings, pool), pool, settings)
    people = People(pool, settings)
    for each in (registrar_api.routes(desk), registrar_page.routes(desk), person_api.routes(people)):
        web.include_router(each)
    for each in (person_page.routes(people), login.routes()):
        web.include_router(each)
    web.mount("/static", StaticFiles(packages=[("connectors.outgoing", "static")]))
    web.add_middleware(GZipMiddleware)
    web.middleware("http")(only_from_here)
    web.middleware("http")(_with_headers)
    web.add_exception_handler(RequestValidationError, _broken_parameter)
    web.add_exception_handler(BadQuestion, _bad_question)
    web.add_exception_handler(DataError, _no_such_text)
    web.add_exception_handler(NothingLive, _nothing_yet)
    web.add_exception_handler(UndefinedTable, _nothing_yet)
    web.add_exception_handler(OperationalError, _no_database)
    web.add_exception_handler(VaultError, _no_vault)
    web.add_exception_handler(Denied, _denied)
    web.add_exception_handler(HTTPException, _refused)
    web.add_exception_handler(IssuerSilent, _no_issuer)
    web.add_exception_handler(IssuerUnsafe, _unsafe)
    web.add_exception_handler(SenderUnknown, _no_sender)
    web.add_exception_handler(NotSent, _not_sent)
    web.add_exception_handler(pages.NotUnderstood, _no_such_page)

    @web.get("/api", include_in_schema=False)
    def described(request: Request) -> Response:
        return HTMLResponse(reference(web.openapi(), pages.words_for(request)))

    @web.head("/health", include_in_schema=False)
    @web.get("/health", tags=["health"])
    async def health() -> dict[str, str]:
        """Whether the pages can reach the live tables; answered also while all connections of readers are in use."""
        await beside.look()
        return {"status": "ok"}

    return web


async def _with_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    answer = await call_next(request)
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    return answer


# One handler per kind of failure, each a plain sentence. What was sent is never repeated: it may hold a number.


async def _broken_parameter(_: Request, failure: Exception) -> Response:
    assert isinstance(failure, RequestValidationError)
    return JSONResponse({"detail": "; ".join(map(sentence, failure.errors()))}, 422)


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
