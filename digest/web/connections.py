"""Connections that do not come to an end, or of which there are too many.

uvicorn bounds requests, and how long a connection may stay idle between two of them;
but a client that never ends its first line, or does not read the answer, could stay
for ever, and a thousand of those keep everybody out. So nobody has time without end,
and no place has all the room.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.h11_impl import H11Protocol

from digest.web.places import place_of

#: connections at a time; more are closed at once. A process may usually open 1,024
#: files, and the database needs some
MOST = 800
#: of those, at a time from one place: a browser opens six, an office many more. The
#: servers in front of ours bring those of everybody, and may have all
MOST_OF_ONE = 100
#: connections beyond which a request is told to come later
BUSY = 700
#: seconds for the head of a request, and for reading on where an answer waits
PATIENCE = 10.0


class Bounded(H11Protocol):
    """A connection of HTTP/1.1 that is dropped where its client is too slow."""

    #: where it comes from; empty where that is a server in front of ours
    place = ""
    _deadline: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.place = self._counted_place()
        if len(self.connections) > MOST or self._are_many():
            transport.abort()
            return
        self._expect_head()

    def _counted_place(self) -> str:
        host, app = self.client[0] if self.client else "", self.app
        if isinstance(app, ProxyHeadersMiddleware) and host in app.trusted_hosts:
            return ""
        return place_of(host)

    def _are_many(self) -> bool:
        """Whether there are too many from its place, with this one."""
        if not self.place:
            return False
        places = [each.place for each in self.connections if isinstance(each, Bounded)]
        return places.count(self.place) > MOST_OF_ONE

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_there()
        self._resumed()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._head_is_there()
        elif not self.transport.is_closing():
            self._expect_head()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle is not None and not self.cycle.response_complete:
            self._head_is_there()  # of a request that was sent behind the first

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(PATIENCE, self.transport.abort)

    def resume_writing(self) -> None:
        self._resumed()
        super().resume_writing()

    def _expect_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(PATIENCE, self.transport.abort)

    def _head_is_there(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _resumed(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
