"""A process that drives a campaign in the office's time, for tests that kill it.

python -m tests.delivery.worker DATABASE OFFICE CAMPAIGN [[stop:]POINT [N]]

It kills itself, as kill -9 does, when it comes to POINT for the Nth time; with `stop:`
it stops there, until somebody wakes it.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from sqlalchemy import Connection

from digest import ledger
from digest.delivery import (
    Handover,
    Pacer,
    Way,
    deadline,
    drive,
    send_campaign,
    wire,
)
from digest.delivery.account import Account
from digest.delivery.scheduling import Cancelled, ProviderClock, Scheduling
from digest.delivery.sendgrid import SendGrid
from digest.ledger import Clock, Stamp
from digest.model import Outcome
from digest.store import open_database
from subscribers.model import Recipient
from tests.delivery.samples import person, sendgrid_config

POINTS = (
    "before check",
    "in check",
    "after check",
    "half body",
    "after body",
    "after answer",
    "in outcome",
    "in recall",
    "before cancel",
    "after cancel",
    "in taking back",
)


class Time:
    """The office's: it stands still while this process works."""

    def __init__(self, office: str) -> None:
        parts = urlsplit(office)
        self._socket = socket.create_connection((parts.hostname, parts.port), 30)
        self._socket.settimeout(120)
        request = b"POST /control HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
        self._socket.sendall(request)
        self._lines = self._socket.makefile("rb")
        self._lock = threading.Lock()
        while self._lines.readline().strip():
            pass
        self.now = float(self._lines.readline())

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._socket.sendall(f"{seconds}\n".encode())
            self.now = float(self._lines.readline())

    def close(self) -> None:
        """Be at work no longer."""
        self._lines.close()
        self._socket.close()

    def read(self) -> float:
        """What time it is: more than was slept where this process was stopped."""
        self.sleep(0)
        return self.now


class Points:
    """The places where it may end."""

    def __init__(self, point: str, times: int) -> None:
        kind, _, self._point = point.rpartition(":")
        self._signal = signal.SIGSTOP if kind == "stop" else signal.SIGKILL
        self._left = times

    def __call__(self, point: str) -> None:
        if point == self._point:
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), self._signal)


def load(
    _: Connection, ids: Collection[int], lists: Sequence[str]
) -> tuple[Recipient, ...]:
    return tuple(map(person, ids))


def around(
    function: Callable[..., Any], point: Points, before: str, after: str
) -> Callable[..., Any]:
    """The function with a place before it, and one after it."""

    def wrapped(*given: Any, **named: Any) -> Any:
        point(before)
        result = function(*given, **named)
        point(after)
        return result

    return wrapped


class Carrier(SendGrid):
    point: Points

    def send(self, handover: Handover) -> Outcome:
        self.point("after check")
        outcome = super().send(handover)
        self.point("after answer")
        return outcome


class Scheduler(Scheduling):
    point: Points

    def cancel(self, provider_id: str) -> Cancelled:
        self.point("before cancel")
        answer = super().cancel(provider_id)
        self.point("after cancel")
        return answer


def in_pieces(point: Points) -> Callable[[Any], Iterator[bytes]]:
    """A body's pieces, with a place behind each of them."""
    real = wire._Pieces.__iter__

    def pieces(self: Any) -> Iterator[bytes]:
        for piece in real(self):
            yield piece
            point("after body" if self.gone else "half body")

    return pieces


def main(
    url: str, office: str, campaign: str, point: str = "never", n: str = "1"
) -> None:
    time = Time(office)
    points = Points(point, int(n))
    Carrier.point = Scheduler.point = points
    database = open_database(url)
    config = sendgrid_config(office)
    clock = Clock(
        now=lambda: datetime.fromtimestamp(time.now, UTC),
        steady=lambda _: Stamp("office", time.now),
    )
    way = Way(
        pacer=Pacer(1e6, lambda: time.now, time.sleep),
        clock=clock,
        staging=Scheduler(Account(config), ProviderClock(lambda: time.now)),
    )
    with (
        patch.object(wire._Pieces, "__iter__", in_pieces(points)),
        patch.object(wire, "boot_seconds", time.read),
        patch.object(deadline, "boot_seconds", time.read),
        patch.object(drive, "boot_seconds", time.read),
        patch.object(
            drive._Drive,
            "_claim",
            around(drive._Drive._claim, points, "before claim", ""),
        ),
        patch.object(
            ledger, "claim", around(ledger.claim, points, "before check", "in check")
        ),
        patch.object(ledger, "record", around(ledger.record, points, "", "in outcome")),
        patch.object(ledger, "recall", around(ledger.recall, points, "", "in recall")),
        patch.object(
            ledger,
            "taken_back",
            around(ledger.taken_back, points, "", "in taking back"),
        ),
    ):
        transport = Carrier(config)
        send_campaign(database, int(campaign), transport, load, way)
    transport.close()
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
