"""One POST, and what is certain about it: never sent twice, never without an end.

Rules 5 and 6 of design/delivery.md: no retry and no redirect, a deadline on the
whole, and a record of whether the last byte was handed to the system.
"""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

#: bytes of a body that are handed over at a time
PIECE = 1 << 18
#: bytes of an answer that are read; SendGrid's are far smaller
LONGEST_ANSWER = 1 << 20
#: milliseconds that the system waits for an acknowledgement (rule 5: U)
USER_TIMEOUT = 30_000
#: closing throws away what has not left, and tells the other side (RST)
NO_LINGER = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Seconds."""

    #: until the connection is open, and for each time that bytes are written
    connect: float = 10
    #: until the next byte of the answer
    read: float = 30
    #: for all of it (rule 5: D)
    total: float = 60


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

    def post(self, path: str, body: bytes) -> Answer:
        """The answer to one POST, sent at most once.

        Raises:
            Silence: there was none, and whether the request may have arrived.
        """
        with _Deadline(self._deadlines.total) as deadline:
            pieces = _Pieces(body, deadline)
            try:
                self._open(deadline)
                answer = self._exchange(self._prefix + path, pieces)
                deadline.check()  # cut off, an answer may look like a whole one
                return answer
            except (OSError, HTTPError, http.client.HTTPException) as error:
                self._abort()
                late = f"no answer within {self._deadlines.total:g} s"
                reason = late if deadline.over else _reason(error)
                raise Silence(reason, sent=pieces.gone) from error
            except BaseException:
                self._abort()
                raise

    def close(self) -> None:
        self._connection.close()

    def _open(self, deadline: _Deadline) -> None:
        connection = self._connection
        connection.timeout = self._deadlines.connect
        # Closed meanwhile by the other side: it must not cost a request.
        if not connection.is_connected:
            connection.close()
            connection.connect()
        deadline.watch(connection.sock)

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
        sock = self._connection.sock
        if sock is not None and sock.fileno() >= 0:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self._connection.close()


class _Pieces:
    """A body that knows whether its last byte may have left."""

    def __init__(self, body: bytes, deadline: _Deadline) -> None:
        self.body = body
        self.gone = False
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self.body), PIECE):
            self._deadline.check()
            self.gone = start + PIECE >= len(self.body)
            yield self.body[start : start + PIECE]


class _Deadline:
    """Ends an exchange after some seconds, whatever the other side does.

    A timeout of the socket begins anew with each byte; this one does not.
    """

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def watch(self, sock: socket.socket) -> None:
        with self._lock:
            self._socket = sock

    def check(self) -> None:
        """Raise TimeoutError once it is over."""
        if self.over:
            raise TimeoutError

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._socket = None

    def _cut(self) -> None:
        """Wake the thread that reads or writes; it closes the connection itself."""
        with self._lock:
            self.over = True
            if self._socket is not None:
                sock = self._socket
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
                # The plain socket's, for TLS would say goodbye first.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _socket_options() -> list[tuple[int, int, int | bytes]]:
    options = list(HTTPConnection.default_socket_options)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        level = socket.IPPROTO_TCP
        options.append((level, socket.TCP_USER_TIMEOUT, USER_TIMEOUT))
    return options


def _reason(error: BaseException) -> str:
    """What went wrong in a few words, without addresses of objects."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    if isinstance(error, TimeoutError):
        return "the connection timed out"
    if isinstance(error, OSError):
        return error.strerror or str(error) or type(error).__name__
    return "what came back is not HTTP"
