"""What has changed meanwhile: files looked at, and a browser told.

A template, a setting and a draft are few small files, so their times are asked for
anew every tenth of a second while somebody looks: that takes less than a thousandth
of one, needs no library, and works on every disk.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path

from starlette.requests import Request
from starlette.responses import StreamingResponse

#: seconds between two looks
EVERY = 0.1
#: seconds after which a quiet connection says that it is there
QUIET = 15.0

#: a short text that is another one when something has changed
Stamp = Callable[[], str]


def stamp(places: Iterable[Path]) -> str:
    """A text that changes with the files of these places, folders with all in them.

    What is not there is as good as anything: when it comes, the text is another.
    """
    seen = sorted(line for place in places for line in _states(place))
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()[:16]


def _states(place: Path) -> Iterator[str]:
    files = place.rglob("*") if place.is_dir() else [place]
    for file in files:
        try:
            state = file.stat()
        except OSError:
            continue
        yield f"{file}\t{state.st_mtime_ns}\t{state.st_size}\t{state.st_ino}"


class Changes:
    """The stream of server-sent events in which a page hears that it is old.

    Waits for no request: `close` ends what is open, so that the server can end.
    """

    def __init__(self, now: Stamp) -> None:
        self._now = now
        self._closed = False

    def close(self) -> None:
        self._closed = True

    def stream(self, request: Request) -> StreamingResponse:
        """Says `changed` whenever the stamp is not that of the query any more."""
        seen = request.query_params.get("since", "")
        return StreamingResponse(self._events(seen), media_type="text/event-stream")

    async def _events(self, seen: str) -> AsyncIterator[str]:
        yield "retry: 1000\n\n"
        quiet = 0.0
        while not self._closed:
            now = await asyncio.to_thread(self._now)
            if now != seen:
                seen, quiet = now, 0.0
                yield f"event: changed\ndata: {now}\n\n"
            elif quiet >= QUIET:
                quiet = 0.0
                yield ": nothing new\n\n"
            await asyncio.sleep(EVERY)
            quiet += EVERY
