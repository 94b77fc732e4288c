"""The slots of a cadence: its due times, each with a key that never changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from digest.schedule.cadence import Cadence, Cron
from digest.schedule.moments import moment_of

#: a rule that names no day in so long names none at all
HORIZON = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A due time: `key` is its local date as text, of a cron line with its time, `at`
    the moment.

    The key is not the moment: new time-zone data may move that, but must not
    make a slot that has fired fire again.
    """

    key: str
    at: datetime


def upcoming(
    cadence: Cadence | Cron, zone: ZoneInfo, after: datetime, count: int
) -> list[Slot]:
    """The next `count` slots after a moment."""
    later = (slot for slot in _slots(cadence, zone, after) if slot.at > after)
    return list(islice(later, count))


def latest(
    cadence: Cadence | Cron, zone: ZoneInfo, after: datetime, now: datetime
) -> Slot | None:
    """The last slot after a moment that is not in the future; None if none is."""
    found = None
    for slot in _slots(cadence, zone, max(after, now - HORIZON)):
        if slot.at > now:
            break
        found = slot if slot.at > after else found
    return found


def _slots(cadence: Cadence | Cron, zone: ZoneInfo, start: datetime) -> Iterator[Slot]:
    """The slots from a moment's local day on."""
    if isinstance(cadence, Cron):
        yield from _by_line(cadence, zone, start)
        return
    first = start.astimezone(zone).date()
    for days in range(HORIZON.days):
        day = first + timedelta(days=days)
        if cadence.includes(day):
            yield Slot(key=day.isoformat(), at=moment_of(day, cadence.at, zone))


def _by_line(cron: Cron, zone: ZoneInfo, start: datetime) -> Iterator[Slot]:
    """A cron line's, by the wall: what falls into a gap comes once, after it."""
    local = start.astimezone(zone).replace(tzinfo=None) - timedelta(minutes=1)
    before = None
    for wall in cron.after(local):
        if wall - local > HORIZON:
            return
        at = moment_of(wall.date(), wall.time(), zone)
        if at != before:
            yield Slot(key=wall.isoformat(timespec="minutes"), at=at)
        before = at
