"""What is sent to the server is small: a longer body is turned away before it is read into memory."""

from contextlib import suppress

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST = 64 * 1024  # bytes; no question and no form here comes near
_DIGITS = 9  # of a length; Python refuses to read thousands of them


class TooLong(Exception):
    """More was sent than a question or a form can be."""


class ShortBodies:
    """413 for a body above the limit, whether its length was said or not, and whoever sends it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI, see https://asgi.readthedocs.io/en/latest/specs/www.html."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = dict(scope["headers"]).get(b"content-length", b"0")
        if not said.isdigit() or len(said) > _DIGITS or int(said) > LONGEST:
            await _refused(scope, receive, send)
            return
        came, begun = 0, False

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > LONGEST:
                raise TooLong
            return message

        async def passed_on(message: Message) -> None:
            nonlocal begun
            # What the application makes of a body that was cut off is of no use to anybody.
            if begun or came <= LONGEST:
                begun = True
                await send(message)

        with suppress(TooLong):
            await self._app(scope, counted, passed_on)
        if came > LONGEST and not begun:
            await _refused(scope, receive, send)


async def _refused(scope: Scope, receive: Receive, send: Send) -> None:
    answer = JSONResponse({"detail": f"a body may have at most {LONGEST} bytes"}, 413, {"Connection": "close"})
    await answer(scope, receive, send)
