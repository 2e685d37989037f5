"""Many who ask at once are all answered, and whether the register is well is answered whatever they ask."""

import ast
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from connectors.outgoing.reading import MOST
from connectors.outgoing.web import app
from connectors.registrar import candidates
from register import vault
from register.settings import Settings
from register.store import create_tables
from tests.access.issuer import Issuer, environment, issuing
from tests.web.conftest import serving

MANY = 4 * MOST
REGISTRAR = {"role": "registrar", "region": "24", "sender": "region-24"}


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing() as issuer:
        yield issuer


@pytest.fixture
def address(settings: Settings, issuer: Issuer) -> Iterator[str]:
    """A server of its own, so that a pool used up here is not used up for other tests."""
    create_tables(settings.database_url)
    with psycopg.connect(settings.database_url) as conn:
        vault.check_keys(conn, settings.keys)
    with serving(app(settings, environment(issuer))) as address:
        yield address


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who looks for pairs waits half a second in the database."""
    walk = candidates.walk

    def slowed(conn: psycopg.Connection[Any], *asked: Any, **also: Any) -> Iterator[Any]:
        conn.execute("SELECT pg_sleep(0.5)")
        return walk(conn, *asked, **also)

    monkeypatch.setattr(candidates, "walk", slowed)


@pytest.mark.usefixtures("slow")
def test_more_who_look_for_pairs_than_there_are_connections_are_all_answered_and_health_at_once(
    address: str, issuer: Issuer
) -> None:
    token = {"Authorization": f"Bearer {issuer.token('ros-lund', **REGISTRAR)}"}
    ask = partial(httpx.get, f"{address}/api/candidates", headers=token, timeout=30)
    with ThreadPoolExecutor(MANY) as people:
        asked = [people.submit(ask) for _ in range(MANY)]
        time.sleep(0.3)
        health = httpx.get(f"{address}/health", timeout=30).status_code
        waiting = sum(not each.done() for each in asked)
        answers = [each.result().status_code for each in asked]
    assert (health, answers) == (200, [200] * MANY)
    assert waiting > MOST, "health was told only when it was its turn among the others"


def takes_connections(block: ast.With) -> int:
    """How many connections of a pool a block takes where it begins."""
    called = [item.context_expr.func for item in block.items if isinstance(item.context_expr, ast.Call)]
    names = [func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "") for func in called]
    return sum(name in ("connection", "reading", "read") for name in names)


def test_nobody_holds_a_connection_while_taking_another() -> None:
    blocks = [
        (path, block)
        for path in Path("connectors").rglob("*.py")
        for block in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(block, ast.With) and takes_connections(block)
    ]
    assert len(blocks) > 10
    for path, block in blocks:
        taken = sum(takes_connections(each) for each in ast.walk(block) if isinstance(each, ast.With))
        assert taken == 1, f"{path}:{block.lineno} takes {taken}"
