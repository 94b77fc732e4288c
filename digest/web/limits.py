"""How much a request may bring, and for how long: more of it is not taken."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: seconds that a body may take
SLOWEST = 20.0
#: bytes beyond its limit that a body is still read, and not kept
DRAINED = 32_000_000


class BodyLimit:
    """Cuts off bodies that are too long, and answers 413, or too slow: 408.

    A body has `most` bytes, or as many as `longer` says for its path, and `seconds`.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        most: int,
        longer: Mapping[str, int] | None = None,
        seconds: float = SLOWEST,
    ) -> None:
        self._app = app
        self._most = most
        self._longer = longer or {}
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noticed(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        most = self._longer.get(scope["path"], self._most)
        body = _Body(receive, most, self._seconds)
        try:
            body.expect(Headers(scope=scope).get("content-length", ""))
            await self._app(scope, body, noticed)
        except _CutOff as cut:
            await body.drain()
            if not begun:
                answer = PlainTextResponse(f"{cut}\n", cut.status)
                answer.headers["Connection"] = "close"  # the rest is never read
                await answer(scope, receive, send)


class _Body:
    """Receives a request as far as it is let."""

    def __init__(self, receive: Receive, most: int, seconds: float) -> None:
        self._receive = receive
        self._left = most
        self._seconds = seconds
        self._until: float | None = None
        self._more = True

    def expect(self, length: str) -> None:
        """What is said to be too long is not kept at all."""
        if length.isdecimal() and int(length[:20]) > self._left:
            raise _TooLong

    async def __call__(self) -> Message:
        message = await self._next()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise _TooLong
        return message

    async def drain(self) -> None:
        """Let somewhat too much go by: who is still sending would not see an answer."""
        most = DRAINED
        with contextlib.suppress(_TooSlow):
            while self._more and most > 0:
                most -= len((await self._next()).get("body", b""))

    async def _next(self) -> Message:
        if not self._more:  # it waits for whoever asked to go away
            return await self._receive()
        now = asyncio.get_running_loop().time()
        self._until = self._until or now + self._seconds
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise _TooSlow from None
        self._more = bool(message.get("more_body"))
        return message


class _CutOff(Exception):
    """A request is not read to its end."""

    status = 400


class _TooLong(_CutOff):
    status = 413

    def __str__(self) -> str:
        return "too long"


class _TooSlow(_CutOff):
    status = 408

    def __str__(self) -> str:
        return "too slow"
