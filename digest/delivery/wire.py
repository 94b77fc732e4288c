"""One POST, and what is certain about it: never sent twice, never without an end.

Rules 4 to 6 of design/delivery.md: no retry and no redirect, nothing after the deadline
that the check before it set, and a record of whether the last byte was handed to the
system.
"""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util.wait import wait_for_write

from digest.delivery.deadline import NO_LINGER, Deadline, abort
from digest.ledger.times import Times, boot_seconds

#: bytes of a body that are handed over at a time
PIECE = 1 << 18
#: bytes of an answer that are read; SendGrid's are far smaller
LONGEST_ANSWER = 1 << 20
TIMES = Times()
#: milliseconds that the system waits for an acknowledgement
USER_TIMEOUT = int(TIMES.user_timeout * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Seconds."""

    #: until the connection is open, and for each time that bytes are written
    connect: float = 10
    #: until the next byte of the answer
    read: float = 30
    #: for all of it, from the check before it
    total: float = TIMES.post
    #: from the check before it to the first byte
    fresh: float = TIMES.fresh


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Silence(Exception):
    """There was no answer. `sent`: the request may have arrived nevertheless."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


class Wire:
    """One connection to a host, opened when needed and kept. For one thread."""

    def __init__(
        self, url: str, headers: Mapping[str, str], deadlines: Deadlines
    ) -> None:
        parts = urlsplit(url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = kind(
            parts.hostname or "", parts.port, socket_options=_socket_options()
        )
        self._prefix = parts.path.rstrip("/")
        self._headers = dict(headers)
        self._deadlines = deadlines

    def post(self, path: str, body: bytes, *, checked: float | None = None) -> Answer:
        """The answer to one POST, sent at most once.

        `checked` is when the check before it was committed, by `boot_seconds`: nothing
        leaves where that is too long ago, and its deadline counts from it.

        Raises:
            Silence: there was none, and whether the request may have arrived.
        """
        began = boot_seconds() if checked is None else checked
        with Deadline(began + self._deadlines.total) as deadline:
            pieces = _Pieces(body, deadline, self._room)
            try:
                self._open(deadline)
                if checked is not None:
                    self._check_freshness(checked)
                answer = self._exchange(self._prefix + path, pieces)
                deadline.check()  # cut off, an answer may look like a whole one
                return answer
            except Silence:  # the connection is good, and the next check finds it open
                raise
            except (OSError, HTTPError, http.client.HTTPException) as error:
                self._abort()
                late = f"no answer within {self._deadlines.total:g} s"
                reason = late if deadline.over else in_words(error)
                raise Silence(reason, sent=pieces.gone) from error
            except BaseException:
                self._abort()
                raise

    def close(self) -> None:
        self._connection.close()

    def _open(self, deadline: Deadline) -> None:
        connection = self._connection
        connection.timeout = min(self._deadlines.connect, deadline.left)
        # Closed meanwhile by the other side: it must not cost a request.
        if not connection.is_connected:
            connection.close()
            connection.connect()
        connection.sock.settimeout(self._deadlines.connect)
        deadline.watch(connection.sock)
        deadline.check()

    def _check_freshness(self, checked: float) -> None:
        if boot_seconds() - checked > self._deadlines.fresh:
            raise Silence("the check before it was too old", sent=False)

    def _room(self) -> bool:
        return wait_for_write(self._connection.sock, self._deadlines.connect)

    def _exchange(self, path: str, pieces: _Pieces) -> Answer:
        connection = self._connection
        headers = {**self._headers, "Content-Length": str(len(pieces.body))}
        try:
            connection.request(
                "POST", path, body=pieces, headers=headers, preload_content=False
            )
        except (BrokenPipeError, ConnectionResetError):
            # It may have answered before it had read everything (413); if it has
            # not, reading says so.
            if connection.sock is None:
                raise
        connection.timeout = self._deadlines.read
        response = connection.getresponse()
        content = response.read(LONGEST_ANSWER)
        if not response.closed:  # its rest must not be taken for the next answer
            response.close()
            self._abort()
        return Answer(status=response.status, headers=response.headers, body=content)

    def _abort(self) -> None:
        """Close so that nothing of the request leaves later."""
        abort(self._connection.sock)
        self._connection.close()


class _Pieces:
    """A body that knows whether its last byte may have left.

    A process may be stopped anywhere and go on hours later, with the write that it was
    in. Before each piece the deadline is looked at, so the last byte, which goes alone
    and only where there is room for it, leaves in time or not at all.
    """

    def __init__(
        self, body: bytes, deadline: Deadline, room: Callable[[], bool]
    ) -> None:
        self.body = body
        self.gone = False
        self._deadline = deadline
        self._room = room

    def __iter__(self) -> Iterator[bytes]:
        last = len(self.body) - 1
        for start in range(0, last, PIECE):
            self._deadline.check()
            yield self.body[start : min(start + PIECE, last)]
        if not self._room():
            raise TimeoutError
        self._deadline.check()
        self.gone = True
        yield self.body[last:]


def _socket_options() -> list[tuple[int, int, int | bytes]]:
    options = list(HTTPConnection.default_socket_options)
    # From the beginning: a process that is killed cannot ask for it any more, and the
    # system would deliver what it holds of the request.
    options.append((socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER))
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        level = socket.IPPROTO_TCP
        options.append((level, socket.TCP_USER_TIMEOUT, USER_TIMEOUT))
    return options


def in_words(error: BaseException) -> str:
    """What went wrong in a few words, without addresses of objects."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    if isinstance(error, TimeoutError):
        return "the connection timed out"
    if isinstance(error, OSError):
        return error.strerror or str(error) or type(error).__name__
    return "what came back is not HTTP"
