"""One request to one checked address, ended at the deadline whatever happens."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection


class Deadline:
    """The moment at which a fetch must have ended, by the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return self._end - time.monotonic()

    @property
    def passed(self) -> bool:
        return self.left <= 0

    def check(self) -> None:
        """Raises TimeoutError once the moment has passed."""
        if self.passed:
            raise TimeoutError


class _Pinned:
    """A connection that goes to the addresses that were checked.

    Host header, SNI and the certificate's name stay those of the URL. A
    timeout of the socket counts from each byte; a peer that sends one now and
    then would hold us for ever, so a timer shuts the socket at the deadline
    (on a duplicate: TLS takes the socket away from us).
    """

    def pin(self, addresses: Sequence[str], deadline: Deadline) -> None:
        self._addresses, self._deadline = addresses, deadline
        self._raw: socket.socket | None = None
        self._guard: socket.socket | None = None
        self._timer: threading.Timer | None = None

    def _new_conn(self) -> socket.socket:
        connected = self._raw = self._first()
        self._guard = connected.dup()
        self._timer = threading.Timer(max(0.0, self._deadline.left), self._shut)
        self._timer.daemon = True
        self._timer.start()
        return connected

    def _first(self) -> socket.socket:
        """A socket to the first address that answers; a host may lack IPv6."""
        port: int = self.port  # type: ignore[attr-defined]
        failure = OSError("no address")
        for address in self._addresses:
            left = max(0.001, self._deadline.left)
            try:
                return socket.create_connection((address, port), timeout=left)
            except OSError as error:
                failure = error
        raise failure

    def _shut(self) -> None:
        if self._guard is not None:
            with contextlib.suppress(OSError):
                self._guard.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Ends the connection and its timer."""
        if self._timer is not None:
            self._timer.cancel()
        self._shut()
        self.close()  # type: ignore[attr-defined]
        for held in (self._guard, self._raw):
            if held is not None:
                held.close()


class _Http(_Pinned, HTTPConnection):
    pass


class _Https(_Pinned, HTTPSConnection):
    pass


@contextlib.contextmanager
def connection(
    scheme: str, host: str, port: int, addresses: Sequence[str], deadline: Deadline
) -> Iterator[HTTPConnection]:
    """A connection to `addresses` in the name of `host`, closed at the end."""
    pinned: Any
    if scheme == "https":
        pinned = _Https(host, port, ssl_context=_trust())
    else:
        pinned = _Http(host, port)
    pinned.pin(addresses, deadline)
    try:
        yield pinned
    finally:
        pinned.release()


@cache
def _trust() -> ssl.SSLContext:
    """The system's authorities and certifi's: some systems come without any."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
