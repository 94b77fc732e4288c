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
from digest.collecting import HOURLY
from digest.pipeline import Desk
from digest.service.campaigns import Driven, drive_due
from digest.service.slots import Run, SlotResult, due_slot, is_near
from digest.store import schedules
from digest.store.schedules import StoredSchedule
from digest.store.sources import source_states
from subscribers import retention

__all__ = [
    "Driven",
    "SlotResult",
    "drive_due",
    "due_schedules",
    "forget",
    "places_to_ask",
    "run_due",
    "run_schedule",
]


def run_due(
    desk: Desk, halt: threading.Event | None = None, *, leave: bool = False
) -> list[SlotResult]:
    """Collect, build, check and send for every schedule whose slot is due.

    With `leave` what is planned is left to whoever drives what is due.
    """
    halt = halt or threading.Event()
    return [
        result
        for stored in _due(desk)
        if not halt.is_set()
        if (result := _run(desk, stored, halt, leave=leave).due())
    ]


def due_schedules(desk: Desk) -> list[str]:
    """The schedules that have a slot to be done, or to be gone on with."""
    return [stored.schedule.name for stored in _due(desk)]


def places_to_ask(desk: Desk) -> list[str]:
    """The sources of the web to ask now, a little ahead of a slot that will be due."""
    now = desk.clock()
    with desk.database.read() as connection:
        stored = schedules.all_schedules(connection)
        if not any(is_near(each, now) for each in stored):
            return []
        states = source_states(connection)
    asked = {place: state.asked_at or now for place, state in states.items()}
    return [
        source.place
        for source in desk.config.source
        if not source.path
        if source.place not in asked or asked[source.place] <= now - HOURLY
    ]


def run_schedule(desk: Desk, name: str, halt: threading.Event) -> SlotResult | None:
    """What `run_due` does, for one schedule; what is planned is left to others."""
    with desk.database.read() as connection:
        stored = schedules.find_schedule(connection, name)
    return _run(desk, stored, halt, leave=True).due()


def _due(desk: Desk) -> list[StoredSchedule]:
    now = desk.clock()
    with desk.database.read() as connection:
        stored = schedules.all_schedules(connection)
    return [each for each in stored if due_slot(each, now)]


def _run(
    desk: Desk, stored: StoredSchedule, halt: threading.Event, *, leave: bool
) -> Run:
    return Run(desk, stored, halt, partial(secrets.token_urlsafe, 24), leave)


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
