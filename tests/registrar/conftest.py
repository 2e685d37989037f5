"""A whole register at work: intake, relay and projections on real servers, a web server, and an issuer of tokens."""

import os
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg
import pytest
from kafka import KafkaProducer
from psycopg import sql
from psycopg.conninfo import make_conninfo

from connectors.cli.questions import every_projection
from connectors.outgoing.tokens import AUDIENCE as AUDIENCE_SETTING
from connectors.outgoing.tokens import ISSUER
from connectors.outgoing.web import app
from projections.runner import run
from register import senders, store, topics
from register.intake import run_intake
from register.relay import run_relay
from register.settings import Settings
from register.vault import Keys
from tests.access.issuer import AUDIENCE, Issuer, issuing
from tests.web.conftest import serving
from tests.write_side.conftest import delete_topics

REGISTRAR = {"role": "registrar", "region": "24", "unit": "Desk 3", "sender": "region-24"}


class Desk:
    """Somebody with a token, in front of the API and the pages."""

    def __init__(self, address: str, issuer: Issuer, settings: Settings) -> None:
        self.address, self.issuer, self.settings = address, issuer, settings

    def headers(self, who: str = "ros-lund", **claims: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.issuer.token(who, **(REGISTRAR | claims))}"}

    def post(self, path: str, body: dict[str, Any], **claims: Any) -> httpx.Response:
        return httpx.post(self.address + path, json=body, headers=self.headers(**claims), timeout=30)

    def form(self, path: str, fields: dict[str, str], **claims: Any) -> httpx.Response:
        return httpx.post(self.address + path, data=fields, headers=self.headers(**claims), timeout=30)

    def get(self, path: str, **claims: Any) -> httpx.Response:
        return httpx.get(self.address + path, headers=self.headers(**claims), timeout=30)

    def says(self, report: bytes) -> None:
        """A report on the region's topic, as its journal system puts it there."""
        producer = KafkaProducer(**self.settings.kafka("test"), acks="all", metrics_enabled=False)
        producer.send(topics.reports("region-24"), key=b"somebody", value=report).get(timeout=30)
        producer.close()


@contextmanager
def _at_work(work: Callable[[threading.Event], None]) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)


@pytest.fixture(scope="module")
def module_database(database_url: str) -> Iterator[str]:
    """An empty database for the tests of one module."""
    name = f"desk_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield make_conninfo(database_url, dbname=name)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def desk(module_database: str, kafka_address: str) -> Iterator[Desk]:
    """The register of region 24's registrar."""
    delete_topics(kafka_address)
    settings = Settings(
        module_database, (kafka_address,), Keys(os.urandom(32), os.urandom(32)), lambda: datetime.now(UTC), partitions=2
    )
    store.create_tables(settings.database_url)
    topics.create(settings, topics.events())
    senders.add(settings, "region-24", may=["identity-link"])
    projections = every_projection()
    with ExitStack() as running:
        running.enter_context(_at_work(lambda stop: run_intake(settings, stop)))
        running.enter_context(_at_work(lambda stop: run_relay(settings, stop)))
        project = running.enter_context
        project(
            _at_work(
                lambda stop: run(settings.database_url, settings.kafka("vaxreg-project"), projections, stop=stop.is_set)
            )
        )
        issuer = running.enter_context(issuing())
        env = {ISSUER: issuer.address, AUDIENCE_SETTING: AUDIENCE}
        address = running.enter_context(serving(app(settings, env)))
        yield Desk(address, issuer, settings)
