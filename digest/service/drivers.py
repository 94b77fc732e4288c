"""Campaigns that this process drives, each in a thread of its own.

Any number of processes may drive one campaign, for its batches are claimed by leases;
but one process does it once, for it has its connections and its pace.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from digest.driving import Tell
from digest.pipeline import Desk
from digest.service.campaigns import Driven, due_issues, go_on_with, tell_of
from digest.service.chores import survived

#: seconds until a campaign that could not be gone on with is tried again
REST = 60.0


@dataclass(kw_only=True)
class Drivers:
    """What is under way in this process."""

    desk: Desk
    told: Callable[[Driven], None]
    tell: Tell
    halt: threading.Event
    seconds: Callable[[], float] = time.monotonic
    _threads: dict[int, threading.Thread] = field(default_factory=dict)
    _rests: dict[int, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self) -> None:
        """Begin to drive what is due, and nobody here drives yet."""
        for issue in due_issues(self.desk):
            self.begin(issue)

    def begin(self, issue: int) -> None:
        """Drive an issue's campaign, if there is anything to do."""
        with self._lock:
            rests = self._rests.get(issue, 0) > self.seconds()
            if issue in self._threads or rests or self.halt.is_set():
                return
            thread = threading.Thread(target=self._drive, args=(issue,))
            self._threads[issue] = thread
            thread.start()

    def _drive(self, issue: int) -> None:
        try:
            with survived(f"issue {issue}", self.tell):
                driven = go_on_with(self.desk, issue, self.tell, self.halt)
                if driven.stands:
                    self._rests[issue] = self.seconds() + REST
                if driven.status or driven.failed:
                    self.told(driven)
                    tell_of(self.desk, driven)
        finally:
            with self._lock:
                del self._threads[issue]

    def end(self) -> None:
        """Wait until the requests that are under way have their answers."""
        with self._lock:
            threads = list(self._threads.values())
        for each in threads:
            each.join()
