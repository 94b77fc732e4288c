"""Moments as a person writes them, and a time of day in everybody's own zone. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from digest.errors import UsageError
from digest.schedule.cadence import parse_zone

_AHEAD = re.compile(r"\+(?:(?P<hours>\d{1,3})h)?(?:(?P<minutes>\d{1,4})m)?")
_DAY = timedelta(days=1)

#: what becomes of those whose time has passed: they get it now, or on the next day
Late = Literal["now", "next-day"]


def parse_moment(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The moment that `text` writes: "2026-11-30 08:00", "08:00", "+2h30m".

    Without an offset it is a wall time of the zone; a time alone is the next such.

    Raises:
        UsageError: it is none, or it is past.
    """
    moment = _ahead(text, now) or _next(text, zone, now) or _dated(text, zone)
    if moment is None:
        raise UsageError(
            f"{text!r} is no moment; write '2026-11-30 08:00', '08:00' or '+2h30m'"
        )
    if moment <= now:
        raise UsageError(f"{text!r} is past: {moment:%Y-%m-%d %H:%M} UTC")
    return moment.replace(microsecond=0)


def _ahead(text: str, now: datetime) -> datetime | None:
    match = _AHEAD.fullmatch(text.strip())
    if match is None or text.strip() == "+":
        return None
    hours, minutes = match["hours"] or 0, match["minutes"] or 0
    return now + timedelta(hours=int(hours), minutes=int(minutes))


def _next(text: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    at = _time(text)
    if at is None:
        return None
    today = now.astimezone(zone).date()
    days = (today + _DAY * ahead for ahead in range(3))
    return next(each for day in days if (each := moment_of(day, at, zone)) > now)


def _dated(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    local = found if found.tzinfo else found.replace(tzinfo=zone)
    return local.astimezone(UTC)


def _time(text: str) -> time | None:
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip())
    try:
        return time(int(match[1]), int(match[2])) if match else None
    except ValueError:
        return None


def moment_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment of a wall time: in a gap the same time later, in a fold the first.

    With fold=0 a time in a gap is read with the offset before it (PEP 495), which
    is the wall time moved on by the gap's length.
    """
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTime:
    """A time of day in everybody's own zone, on one date or on the next that it comes.

    Whoever's time is less than `ahead` away has missed it: they get it when `late`
    says.
    """

    at: time
    #: of people whose zone is not known
    zone: ZoneInfo
    now: datetime
    ahead: timedelta = timedelta(0)
    day: date | None = None
    late: Late = "next-day"

    def moment(self, zone: str) -> datetime:
        """When a person in a zone of that name gets it."""
        return _local_moment(self, zone)


@lru_cache(maxsize=1000)
def _local_moment(local: LocalTime, name: str) -> datetime:
    zone = _known(name) or local.zone
    day = local.day or local.now.astimezone(zone).date()
    moment = moment_of(day, local.at, zone)
    soonest = local.now + local.ahead
    if moment >= soonest:
        return moment
    if local.late == "now":
        return soonest.replace(microsecond=0)
    while moment < soonest:
        day += _DAY
        moment = moment_of(day, local.at, zone)
    return moment


def _known(name: str) -> ZoneInfo | None:
    try:
        return parse_zone(name) if name else None
    except UsageError:  # imported with what only another system knows
        return None


def parse_local_time(text: str) -> time:
    """A time of day, "08:00".

    Raises:
        UsageError: it is none.
    """
    found = _time(text)
    if found is None:
        raise UsageError(f"{text!r} is no time of day; write 08:00")
    return found
