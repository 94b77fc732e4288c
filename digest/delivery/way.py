"""How a campaign is driven, beside what it is."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Connection

from digest.delivery.scheduling import Staging
from digest.delivery.transport import Transport
from digest.ledger import Clock, Times
from digest.model import Outcome

#: (people in the batch, what became of it)
Progress = Callable[[int, Outcome], None]


class Pacer:
    """Waits so that calls come at most so often a second, of all threads together."""

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / per_second
        self.clock = clock
        self.sleep = sleep
        self._next = clock()
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next call may begin."""
        with self._lock:
            now = self.clock()
            mine = max(now, self._next)
            self._next = mine + self._interval
        if mine > now:
            self.sleep(mine - now)

    def hold(self, seconds: float) -> None:
        """Let no call begin for some time."""
        with self._lock:
            self._next = max(self._next, self.clock() + seconds)


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a campaign is driven, beside what it is: paces, times, and who is asked."""

    pacer: Pacer
    progress: Progress = lambda people, outcome: None
    clock: Clock = field(default_factory=Clock)
    times: Times = field(default_factory=Times)
    staging: Staging | None = None
    #: people in a span of time
    limits: Mapping[timedelta, int] = field(default_factory=dict)
    #: somebody asked for it: it goes on also from where it was paused
    asked: bool = True
    #: how long after its time a batch may go out unasked
    lateness: timedelta | None = None
    #: why the campaign must stop, if what came back of it says so
    stopping: Callable[[Connection, int], str | None] = lambda connection, number: None
    #: transports for further threads beside the one that is given
    others: tuple[Transport, ...] = ()
    tell: Callable[[str], None] = lambda line: None
    token: Callable[[], str] = lambda: secrets.token_hex(4)
    #: set: what is under way is ended, and nothing begun
    halt: threading.Event = field(default_factory=threading.Event)
