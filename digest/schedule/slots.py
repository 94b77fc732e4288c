"""The slots of a cadence: its due times, each with a key that never changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count, islice
from zoneinfo import ZoneInfo

from digest.schedule.cadence import Cadence, Cron
from digest.schedule.moments import moment_of

#: so far back the last slot is looked for, step by step: most come round in a week
BACK = tuple(map(timedelta, (2, 9, 65, 400)))
#: whole days in which the clocks of a zone have settled after a change
SETTLED = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A due time: `wall` as clocks show it, and `at` the moment.

    The key is its local date as text, of a cron line with its time. It is not the
    moment: new time-zone data may move that, but must not make a slot that has fired
    fire again.
    """

    key: str
    at: datetime
    wall: datetime

    @property
    def date(self) -> date:
        return self.wall.date()

    def is_moved(self, zone: ZoneInfo) -> bool:
        """Whether clocks skip its wall time on that day, so that it comes later."""
        return self.at.astimezone(zone).replace(tzinfo=None) != self.wall


#: when something is to be begun for a slot
Due = Callable[[Slot], datetime]


def upcoming(
    cadence: Cadence | Cron, zone: ZoneInfo, after: datetime, number: int
) -> list[Slot]:
    """The next so many slots after a moment."""
    return list(islice(_slots(cadence, zone, after), number))


def following(
    cadence: Cadence | Cron, zone: ZoneInfo, after: datetime, last: str | None
) -> Slot | None:
    """The first slot after a moment, and after the one of the key `last`."""
    if last is not None:
        begin = moment_of(date.fromisoformat(last[:10]), time(), zone)
        after = max(after, begin - timedelta(seconds=1))
    later = (slot for slot in _slots(cadence, zone, after) if slot.key > (last or ""))
    return next(later, None)


def latest(
    cadence: Cadence | Cron,
    zone: ZoneInfo,
    after: datetime,
    now: datetime,
    due: Due = lambda slot: slot.at,
) -> Slot | None:
    """The last slot after a moment that something is due for by now; None if none is.

    `due` must not lie behind the slot.
    """
    for back in BACK:
        start = max(after, now - back)
        found = None
        for slot in _slots(cadence, zone, start):
            if due(slot) > now:
                break
            found = slot
        if found or start == after:
            return found
    return None


def starts_after(last: str | None, zone: ZoneInfo, now: datetime) -> datetime:
    """From when an edited schedule has slots: not on a day that it has had one for.

    `last` is the key of its last slot, if it has had any.
    """
    if last is None:
        return now
    day = date.fromisoformat(last[:10]) + timedelta(days=1)
    # a second before midnight: a slot at midnight is the next day's
    return max(now, moment_of(day, time(), zone) - timedelta(seconds=1))


def _slots(cadence: Cadence | Cron, zone: ZoneInfo, start: datetime) -> Iterator[Slot]:
    """The slots after a moment, each later than the one before it.

    What clocks skip may come at the moment of another: the first of the two stands,
    wherever the count begins.
    """
    last = None
    begin = (start - SETTLED).astimezone(zone).replace(tzinfo=None)
    for key, wall in _walls(cadence, begin):
        at = moment_of(wall.date(), wall.time(), zone)
        if last is not None and at <= last:
            continue
        last = at
        if at > start:
            yield Slot(key=key, at=at, wall=wall)


def _walls(cadence: Cadence | Cron, begin: datetime) -> Iterator[tuple[str, datetime]]:
    """Keys and wall times after one; they end where a line of cron has no more."""
    if isinstance(cadence, Cron):
        for wall in cadence.after(begin):
            yield wall.isoformat(timespec="minutes"), wall
        return
    for days in count():
        day = begin.date() + timedelta(days=days)
        if cadence.includes(day):
            yield day.isoformat(), datetime.combine(day, cadence.at)
