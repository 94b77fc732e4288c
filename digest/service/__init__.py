"""What runs by itself: schedules whose slots are due, one after the other.

Each slot is done once, however many processes look (the primary key of `slot`). One
that a crash left running, or that failed for what can be mended, is taken up where it
stood: its issue, once frozen, is in the slot's row, and is never built twice.
"""

from __future__ import annotations

import secrets
import threading
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from sqlalchemy import Connection

from digest import events
from digest.pipeline import Desk
from digest.service.campaigns import Driven, drive_due
from digest.service.slots import Run, SlotResult
from digest.store import schedules
from subscribers import retention

__all__ = ["Driven", "SlotResult", "drive_due", "forget", "run_due", "run_schedule"]


def run_due(desk: Desk, halt: threading.Event | None = None) -> list[SlotResult]:
    """Collect, build, check and send for every schedule whose slot is due."""
    halt = halt or threading.Event()
    with desk.database.read() as connection:
        stored = schedules.all_schedules(connection)
    token = partial(secrets.token_urlsafe, 24)
    runs = (Run(desk, one, halt, token) for one in stored if not halt.is_set())
    return [result for run in runs if (result := run.due())]


def run_schedule(desk: Desk, name: str, halt: threading.Event) -> list[SlotResult]:
    """The same for one schedule."""
    with desk.database.read() as connection:
        stored = schedules.find_schedule(connection, name)
    token = partial(secrets.token_urlsafe, 24)
    result = Run(desk, stored, halt, token).due()
    return [result] if result else []


def forget(desk: Desk) -> None:
    """Forget what was noted of readers longer ago than the days of `[retention]`."""
    settings = desk.config.retention
    _forget(desk, retention.forget, settings.ips)
    _forget(desk, events.forget, settings.events)


class _Forgetting(Protocol):
    def __call__(self, connection: Connection, *, before: datetime) -> bool:
        """Forget some of it; whether there may be more."""


def _forget(desk: Desk, some: _Forgetting, days: int) -> None:
    """Some after the other, each a transaction; 0 days stand for ever."""
    before = desk.clock() - timedelta(days=days)
    more = days > 0
    while more:
        with desk.database.write() as connection:
            more = some(connection, before=before)
