"""`digest worker` in the office's time, for tests that kill it.

python -m tests.service.stormy OFFICE, in a folder with a digest.toml

It is the worker itself, but for the clocks: time stands still while anybody hands
something over, and moves on when all sleep. So hours pass in seconds, and nothing is
late that would not be.
"""

from __future__ import annotations

import http.client
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from sqlalchemy import Connection

from digest import delivery, driving, ledger
from digest.cli import main
from digest.cli.workspace import Workspace
from digest.delivery import Pacer, deadline, drive, scheduling, wire
from digest.ledger import Clock, Stamp
from digest.service import drivers, queue
from tests.delivery.worker import Time

#: people of a batch: the fewer, the more there is to kill
BATCH = 100


class OfficeTime:
    """What time it is at the office; whoever is at work there sleeps by it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._place = urlsplit(url).netloc
        self._own = threading.local()

    def now(self) -> float:
        """Asked anew: whoever asks need not be at work."""
        for last in (False, True):
            try:
                connection = self._connection()
                connection.request("GET", "/v3/now")
                return float(connection.getresponse().read())
            except (OSError, http.client.HTTPException):
                self._own.connection = None
                if last:
                    raise
        raise AssertionError

    def _connection(self) -> http.client.HTTPConnection:
        if getattr(self._own, "connection", None) is None:
            self._own.connection = http.client.HTTPConnection(self._place, timeout=60)
        connection: http.client.HTTPConnection = self._own.connection
        return connection

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)

    def at_work(self, work: Callable[..., None]) -> Callable[..., None]:
        """The function, for whose length its thread is at work."""

        def working(*given: Any) -> None:
            self._own.time = Time(self._url)
            try:
                work(*given)
            finally:
                self._own.time.close()
                self._own.time = None

        return working

    def sleep(self, seconds: float) -> None:
        self._own.time.sleep(seconds)

    def stamp(self, connection: Connection) -> Stamp:
        return Stamp("office", self.now())


def storm(url: str) -> int:
    time = OfficeTime(url)
    with ExitStack() as patches:
        for place, name, value in (
            (Workspace, "now", staticmethod(time.moment)),
            (driving, "Pacer", lambda *_, **__: Pacer(1e6, time.now, time.sleep)),
            (ledger, "Clock", lambda now: Clock(now=now, steady=time.stamp)),
            (drive._Drive, "_work", time.at_work(drive._Drive._work)),
            (wire, "boot_seconds", time.now),
            (deadline, "boot_seconds", time.now),
            (drive, "boot_seconds", time.now),
            (scheduling, "boot_seconds", time.now),
            (delivery, "BATCH_SIZE", BATCH),
            (queue, "MINUTE", 0.5),
            (queue, "TICK", 0.2),
            (queue, "AWAY", 0.3),
            (drivers, "REST", 0.5),
        ):
            patches.enter_context(patch.object(place, name, value))
        return main(["worker", "--concurrency", "2"])


if __name__ == "__main__":
    sys.exit(storm(sys.argv[1]))
