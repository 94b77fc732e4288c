"""So many requests of a kind from one place; more have to wait.

It is held in memory, of a bounded number of places: it keeps the machine from being
used up, and a restart forgets it. What keeps people from being mailed again and again
is counted by their address, in the database.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from digest.web.places import place_of

#: places that are remembered; those that were not heard of longest are forgotten first
PLACES = 10_000


class Throttle:
    """A bucket of `burst` requests for each place, which gets one more every `every`
    seconds.
    """

    def __init__(
        self,
        burst: int,
        every: float,
        *,
        places: int = PLACES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._burst = burst
        self._every = every
        self._places = places
        self._clock = clock
        #: when each place's bucket is full again
        self._full_at: OrderedDict[str, float] = OrderedDict()
        self._lock = Lock()

    def wait(self, address: str) -> float:
        """Take one; 0, or how many seconds are to wait until there is one to take."""
        place, now = place_of(address), self._clock()
        with self._lock:
            full_at = max(self._full_at.get(place, now), now) + self._every
            wait = full_at - now - self._burst * self._every
            if wait > 0:
                return wait
            self._full_at[place] = full_at
            self._full_at.move_to_end(place)
            if len(self._full_at) > self._places:
                self._full_at.popitem(last=False)
            return 0.0

    def __len__(self) -> int:
        return len(self._full_at)
