"""The times of the delivery protocol, and the clocks that it reads.

Whether a process may still be busy with something is told by a clock that nobody
sets: a wall clock put forward by an hour would end everybody's lease.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple, Self

from sqlalchemy import Connection, func, select

#: Linux: the name of this run of the machine (random(4))
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds; design/delivery.md, section 2. Tests run it scaled."""

    #: D: a POST ends so long after the check before it
    post: float = 60
    #: L: so long an attempt is its process's own; longer than D
    lease: float = 180
    #: U: the system waits so long for the other side to acknowledge bytes
    user_timeout: float = 30
    #: X: so long bytes that were written may be on their way
    wire: float = 120
    #: W: between the commit of `cancelling` and the cancel; longer than D + X
    wait: float = 300
    #: C: SendGrid takes back nothing in the last ten minutes
    cutoff: float = 600
    #: m: what its clock and its answers may be late by
    margin: float = 120
    #: B: kept free before that for finding a loss, waiting W, and the cancel
    recovery: float = 900
    #: a check before a POST is that old at most when the first byte leaves
    fresh: float = 5
    #: how far ahead a wave goes out that nothing else gives a moment for
    fuse: float = 35 * 60
    #: nothing is handed over longer before it goes out
    window: float = 60 * 60
    #: a cancellation is kept for so long after its wave would have gone out
    keep: float = 72 * 60 * 60

    @property
    def last_cancel(self) -> timedelta:
        """How long before it goes out a wave can be taken back for certain (rule 9)."""
        return timedelta(seconds=self.cutoff + self.margin)

    @property
    def last_recall(self) -> timedelta:
        """The same, for beginning to: the wait and the cancel come after it."""
        return self.last_cancel + timedelta(seconds=self.wait + self.wait / 10)

    @property
    def last_post(self) -> timedelta:
        """How long before it goes out anything is handed over (rule 13)."""
        return self.last_cancel + timedelta(seconds=self.recovery)


class Stamp(NamedTuple):
    """A moment of the steady clock; comparable within one epoch only."""

    epoch: str
    seconds: float

    def after(self, seconds: float) -> Self:
        return self._replace(seconds=self.seconds + seconds)

    def over(self, now: Stamp) -> bool:
        """Whether it is past; another epoch's is, for that machine's run has ended."""
        return self.epoch != now.epoch or self.seconds <= now.seconds


def boot_seconds() -> float:
    """Seconds of a clock that runs on while the machine sleeps, and is never set.

    Where there is no such clock (Linux has it), one that stops while it sleeps.
    """
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@cache
def _this_boot() -> str:
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return "boot"


def steady(connection: Connection) -> Stamp:
    """Now, by the clock that leases are counted by.

    SQLite's file is used on one machine: its time since it was started. PostgreSQL's
    users may be many machines: the server's own clock.
    """
    if connection.dialect.name == "sqlite":
        return Stamp(_this_boot(), boot_seconds())
    now = connection.scalar(select(func.extract("epoch", func.clock_timestamp())))
    return Stamp("server", float(now or 0))


def _wall() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """What time it is: the wall clock for show and plans, the steady one for leases."""

    now: Callable[[], datetime] = _wall
    steady: Callable[[Connection], Stamp] = steady
