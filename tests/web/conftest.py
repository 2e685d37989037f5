"""A web server on a filled register, and a browser that can reach nothing else."""

import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import psycopg
import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page
from psycopg import sql
from psycopg.conninfo import make_conninfo

from connectors.outgoing.web import app
from projections import live
from projections.links import Links
from projections.municipality_uploads import MunicipalityUploads
from projections.people.project import People
from projections.population import load
from projections.projection import Projection
from projections.supply import Supply
from register.settings import Settings
from register.vault import Keys
from tests.coverage.histories import batch
from tests.web.vaccinated import facts, population

PROJECTIONS: tuple[Projection, ...] = (People(), Links(), Supply(), MunicipalityUploads())
NOW = datetime(2021, 4, 18, 18, tzinfo=UTC)


@pytest.fixture(scope="session")
def filled_database(database_url: str) -> Iterator[str]:
    """A database with the projections of the small country."""
    name = f"web_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    address = make_conninfo(database_url, dbname=name)
    with psycopg.connect(address, autocommit=True) as conn:
        live.start(conn, PROJECTIONS)
        with live.writing(conn):
            People().project(conn, batch(facts()))
            load(conn, population())
    yield address
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def settings(filled_database: str) -> Settings:
    """The settings of the small country, whose clock stands still."""
    return Settings(filled_database, (), Keys(b"v" * 32, b"l" * 32), lambda: NOW)


@pytest.fixture(scope="session")
def address(settings: Settings) -> Iterator[str]:
    """A web server of the register."""
    with serving(app(settings, {})) as address:
        yield address


@contextmanager
def serving(application: FastAPI) -> Iterator[str]:
    """A server of this application on a free port; its address."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        server = uvicorn.Server(uvicorn.Config(application, log_level="warning"))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        until = time.monotonic() + 30
        while not server.started and thread.is_alive() and time.monotonic() < until:
            time.sleep(0.02)
        assert server.started
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(15)


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator["Visit"]:
    """Open a page of the register; anything it asks of another host, or complains of, fails the test."""
    visits = Visit(browser, address)
    yield visits
    visits.close()


class Visit:
    """`visit("/?area=24", width=360)` is a page at that width; looked at as strictly as possible."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser, self._address = browser, address
        self._complaints: list[str] = []
        self._contexts: list[BrowserContext] = []

    def __call__(self, path: str, *, width: int = 1280, locale: str = "sv-SE", scripts: bool = True) -> Page:
        context = self._browser.new_context(
            viewport={"width": width, "height": 800}, locale=locale, java_script_enabled=scripts
        )
        self._contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: self._note(request.url))
        page.on("console", lambda said: self._complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda failure: self._complaints.append(str(failure)))
        page.goto(self._address + path)
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()
        assert self._complaints == []

    def _note(self, url: str) -> None:
        if not url.startswith((self._address, "data:")):
            self._complaints.append(f"asked elsewhere: {url}")
