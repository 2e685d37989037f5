"""The web server's application: pages, read API and eligibility on one address, with nothing from anywhere else."""

import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from psycopg import Connection

from connectors.outgoing import accesses, api, eligibility, login, pages, reading
from connectors.outgoing.bodies import ShortBodies
from connectors.outgoing.code_flow import client_from
from connectors.outgoing.days import KnownDays
from connectors.outgoing.failures import FAILURES
from connectors.outgoing.health import Health
from connectors.outgoing.navigation import navigation
from connectors.outgoing.origin import only_from_here
from connectors.outgoing.reference import reference
from connectors.outgoing.tokens import tokens_from
from connectors.person import api as person_api
from connectors.person import page as person_page
from connectors.person.api import People
from connectors.registrar import api as registrar_api
from connectors.registrar import page as registrar_page
from connectors.registrar.desk import Desk
from connectors.registrar.reporting import Reporting
from register.settings import Settings

log = logging.getLogger(__name__)

# Charts set their own style attributes; everything else comes from this server's files.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:;"
    " style-src 'self'; style-src-attr 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: with it browsers say of the pages' own forms that they come from nowhere (Origin: null).
    "Referrer-Policy": "same-origin",
}

# Who sends one of these may be answered about persons, and nothing between here and there may keep that.
SAYS_WHO = frozenset(("authorization", "cookie"))


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
    web.add_middleware(ShortBodies)
    web.middleware("http")(only_from_here)
    web.middleware("http")(_with_headers)
    for kind, handler in FAILURES.items():
        web.add_exception_handler(kind, handler)

    @web.get("/api", include_in_schema=False)
    def described(request: Request) -> Response:
        words = pages.words_for(request)
        return HTMLResponse(reference(web.openapi(), words, **navigation(request, words)))

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
    if SAYS_WHO & set(request.headers.keys()) and not request.url.path.startswith("/static/"):
        answer.headers.setdefault("Cache-Control", "no-store")
    return answer
