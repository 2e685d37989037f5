"""Every route of the API and every command about a person asks the table of roles; a new one that does not fails."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount

from connectors.outgoing.readers import Asks, AsksOpenly
from connectors.outgoing.web import app
from register.access.roles import actions, table
from register.settings import Settings
from register.vault import Keys
from tests.access.conftest import NOW

# Pages for everyone, which hold figures or describe the program.
OPEN = {"/", "/api", "/health", "/openapi.json", "/static"}
# Where somebody becomes known to the pages, and leaves: nothing is told there.
OPEN |= {"/login", "/login/back", "/logout", "/logged-out"}


@pytest.fixture(scope="module")
def web() -> FastAPI:
    return app(Settings("postgresql://nowhere", (), Keys(b"v" * 32, b"l" * 32), lambda: NOW), {})


def routes(web: FastAPI) -> Iterator[BaseRoute]:
    waiting: list[Any] = list(web.routes)
    while waiting:
        route = waiting.pop()
        if isinstance(route, Mount) or hasattr(route, "path"):
            yield route
        else:  # routers that were included
            waiting += route.original_router.routes


def asked(dependant: Dependant) -> Iterator[Asks]:
    for each in dependant.dependencies:
        if isinstance(each.call, Asks):
            yield each.call
        yield from asked(each)


def test_every_route_that_is_not_for_everyone_asks_the_table(web: FastAPI) -> None:
    found = list(routes(web))
    assert {route.path for route in found} >= {*OPEN, "/api/eligibility", "/api/uploads", "/api/coverage"}  # type: ignore[attr-defined]
    for route in found:
        if route.path in OPEN:  # type: ignore[attr-defined]
            continue
        assert isinstance(route, APIRoute), route
        asks = list(asked(route.dependant))
        assert len(asks) == 1, f"{route.path} must depend on asks(ACTION), once"
        assert asks[0].action in {action for _, _, action in table()}, f"{route.path}: no role may ask {asks[0].action}"


def test_only_figures_are_told_without_a_token(web: FastAPI) -> None:
    openly = {
        route.path
        for route in routes(web)
        if isinstance(route, APIRoute)
        for asks in asked(route.dependant)
        if isinstance(asks, AsksOpenly)
    }
    assert openly == {"/api/coverage", "/api/supply", "/api/status"}


def calls(tree: ast.AST) -> set[str]:
    """The names of all functions that a module calls."""
    return {
        node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)
    }


def imported_from(tree: ast.AST, module: str) -> set[str]:
    found = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == module)
    return {alias.name for node in found for alias in node.names}


# What answers with one person's rows, and what asks about one person at all.
ANSWERS = {"person_of", "reveal", "certificate_eligibility", "doses_of", "accesses_of"}
ASKS = ANSWERS | {"identity_asked_about", "reading", "readings", "reading_by"}


# One folder there is one slice; in these two each file stands for itself.
FILES_FOR_THEMSELVES = {"cli", "outgoing"}


def slices() -> dict[str, ast.Module]:
    """Every part of the connectors that answers questions, as one tree."""
    found: dict[str, ast.Module] = {}
    for path in sorted(Path("connectors").rglob("*.py")):
        name = path.name if path.parent.name in FILES_FOR_THEMSELVES else path.parent.name
        found.setdefault(name, ast.Module([], [])).body += ast.parse(path.read_text(encoding="utf-8")).body
    return found


def test_whatever_answers_with_a_persons_record_writes_the_access_down() -> None:
    answering = {name: tree for name, tree in slices().items() if calls(tree) & ANSWERS}
    assert answering.keys() >= {"eligibility.py", "eligibility_asked.py", "access_asked.py"}
    for name, tree in answering.items():
        writes = imported_from(tree, "register.access") & {"reading", "readings", "reading_by"}
        assert writes, f"{name} answers with a person's record: it must call register.access.reading before"
        assert writes & calls(tree), name


def test_every_command_about_a_person_asks_the_table_before_anything_else() -> None:
    asking = {}
    for path in Path("connectors/cli").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        about_persons = ANSWERS | {"identity_asked_about"} | imported_from(tree, "register.access")
        if calls(tree) & ASKS & about_persons:
            asking[path.name] = calls(tree)
    assert asking.keys() >= {"eligibility_asked.py", "access_asked.py"}
    for name, called in asking.items():
        assert "allowed" in called or name == "asker_allowed.py", f"{name} must call asker_allowed.allowed"


@pytest.mark.parametrize("action", sorted(actions()))
def test_what_can_be_asked_is_put_in_words(action: str) -> None:
    assert actions()[action].en
    assert actions()[action].concerns in {"nobody", "sender", "region", "person", "own", "log"}
