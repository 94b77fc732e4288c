"""The end of an exchange with a server, by a clock that runs on while we sleep.

Rule 5 of design/delivery.md. A timeout of the socket begins anew with each byte; this
one does not.
"""

from __future__ import annotations

import math
import socket
import struct
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from digest.ledger.times import boot_seconds

#: closing throws away what has not left, and tells the other side (RST)
NO_LINGER = struct.pack("ii", 1, 0)
#: Seconds: so long the watchdog sleeps at most while it watches something. Its sleep
#: stands still while the machine sleeps, and the deadlines do not.
NAP = 1.0


class Deadline:
    """Ends an exchange at a moment of `boot_seconds`, whatever the other side does."""

    def __init__(self, at: float) -> None:
        self.at = at
        self._cut = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    @property
    def over(self) -> bool:
        return self._cut or boot_seconds() >= self.at

    @property
    def left(self) -> float:
        """Seconds until then, and more than none."""
        return max(0.001, self.at - boot_seconds())

    def check(self) -> None:
        """Raise TimeoutError once it is over."""
        if self.over:
            raise TimeoutError

    def watch(self, sock: socket.socket) -> None:
        """Whoever waits for this socket is woken at the end."""
        with self._lock:
            self._socket = sock

    def cut(self) -> None:
        """Wake the thread that reads or writes; it closes the connection itself."""
        with self._lock:
            self._cut = True
            if self._socket is None:
                return
            sock = self._socket
            with suppress(OSError):  # closed meanwhile, by us or by the other side
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
                # The plain socket's, for TLS would say goodbye first.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        _WATCHDOG.add(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _WATCHDOG.remove(self)
        with self._lock:
            self._socket = None


class _Watchdog:
    """One thread for the deadlines of all connections; it starts with the first."""

    def __init__(self) -> None:
        self._watched: set[Deadline] = set()
        self._next = math.inf
        self._changed = threading.Condition()
        self._thread = threading.Thread()

    def add(self, deadline: Deadline) -> None:
        with self._changed:
            self._watched.add(deadline)
            if not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, name="deadlines", daemon=True
                )
                self._thread.start()
            elif deadline.at < self._next:
                self._changed.notify()

    def remove(self, deadline: Deadline) -> None:
        with self._changed:
            self._watched.discard(deadline)

    def _run(self) -> None:
        while True:
            for deadline in self._due():
                deadline.cut()

    def _due(self) -> list[Deadline]:
        """Those that are over; none after a nap."""
        with self._changed:
            now = boot_seconds()
            due = [each for each in self._watched if each.at <= now]
            self._watched.difference_update(due)
            self._next = min((each.at for each in self._watched), default=math.inf)
            if not due:
                nap = None if self._next == math.inf else min(NAP, self._next - now)
                self._changed.wait(nap)
            return due


_WATCHDOG = _Watchdog()


def abort(sock: socket.socket | None) -> None:
    """Have closing a socket send nothing more (rule 5: an RST)."""
    if sock is not None and sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
