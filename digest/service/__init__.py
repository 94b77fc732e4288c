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
from digest.service.slots import Run, SlotResult, due_slot
from digest.store import schedules
from digest.store.schedules import StoredSchedule
from subscribers import retention

__all__ = [
    "Driven",
    "SlotResult",
    "drive_due",
    "due_schedules",
    "forget",
    "run_due",
    "run_schedule",
]


def run_due(desk: Desk, halt: threading.Event | None = None) -> list[SlotResult]:
    """Collect, build, check and send for every schedule whose slot is due."""
    halt = halt or threading.Event()
    return [
        result
        for stored in _due(desk)
        if not halt.is_set()
        if (result := _run(desk, stored, halt).due())
    ]


def due_schedules(desk: Desk) -> list[str]:
    """The schedules that have a slot to be done, or to be gone on with."""
    return [stored.schedule.name for stored in _due(desk)]


def run_schedule(desk: Desk, name: str, halt: threading.Event) -> list[SlotResult]:
    """The same as `run_due` for one schedule."""
    with desk.database.read() as connection:
        stored = schedules.find_schedule(connection, name)
    result = _run(desk, stored, halt).due()
    return [result] if result else []


def _due(desk: Desk) -> list[StoredSchedule]:
    now = desk.clock()
    with desk.database.read() as connection:
        stored = schedules.all_schedules(connection)
    return [each for each in stored if due_slot(each, now)]


def _run(desk: Desk, stored: StoredSchedule, halt: threading.Event) -> Run:
    return Run(desk, stored, halt, partial(secrets.token_urlsafe, 24))


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
