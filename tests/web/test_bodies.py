"""Nobody fills the server's memory: what is longer than any question is turned away before it is read."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from connectors.outgoing.bodies import LONGEST, ShortBodies


async def tells_length(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that reads the whole body, and makes the best of one that breaks off, as frameworks do."""
    answer: Response
    try:
        answer = PlainTextResponse(str(len(await Request(scope, receive).body())))
    except Exception:
        answer = PlainTextResponse("broken", 400)
    await answer(scope, receive, send)


def apart(sent: Callable[[], Coroutine[Any, Any, httpx.Response]]) -> httpx.Response:
    """In a thread of its own: a browser of another test may have a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(sent())).result()


async def in_parts(length: int) -> AsyncIterator[bytes]:
    for _ in range(length // 1024):
        yield b"x" * 1024
    yield b"x" * (length % 1024)


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize(("length", "status"), [(0, 200), (LONGEST, 200), (LONGEST + 1, 413), (LONGEST * 9, 413)])
def test_a_body_above_the_limit_is_turned_away_whether_its_length_was_told_or_not(
    length: int, status: int, told: bool
) -> None:
    async def sent() -> httpx.Response:
        transport = httpx.ASGITransport(ShortBodies(tells_length))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.post("/", content=b"x" * length if told else in_parts(length))

    answer = apart(sent)
    assert answer.status_code == status
    assert answer.text == str(length) if status == 200 else "at most" in answer.text


def test_a_length_that_is_no_number_is_turned_away() -> None:
    async def sent() -> httpx.Response:
        transport = httpx.ASGITransport(ShortBodies(tells_length))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.post("/", content=b"x", headers={"Content-Length": "-1"})

    assert apart(sent).status_code == 413
