"""The rule of a schedule, as a person writes it: "monday 08:00"."""

from __future__ import annotations

import calendar
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from cronsim import CronSim, CronSimError

from digest.errors import UsageError

DAYS = [name.lower() for name in calendar.day_name]
_GROUPS = {
    "day": frozenset(range(7)),
    "daily": frozenset(range(7)),
    "weekday": frozenset(range(5)),
    "weekdays": frozenset(range(5)),
    "weekend": frozenset((5, 6)),
    "weekends": frozenset((5, 6)),
}
_ORDINALS = {
    **dict.fromkeys(("first", "1st"), 1),
    **dict.fromkeys(("second", "2nd"), 2),
    **dict.fromkeys(("third", "3rd"), 3),
    **dict.fromkeys(("fourth", "4th"), 4),
    "last": -1,
}
_RULE = re.compile(
    rf"(?:(?:on\s+)?(?:every|each|the)\s+)?(?:(?P<nth>{'|'.join(_ORDINALS)})\s+)?"
    r"(?P<days>[a-z]+(?:\s*(?:,|and)\s*[a-z]+)*)"
    r"(?:\s+of\s+(?:the|every|each)\s+month)?"
    r"\s+(?:at\s+)?(?P<hour>\d{1,2}):(?P<minute>\d{2})",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """Days at a local time: those of any of `kinds`, each some days of the week
    (Monday is 0); only the `nth` of its kind in the month, from its end if below 0.
    """

    kinds: tuple[frozenset[int], ...]
    at: time
    nth: int | None = None

    def includes(self, day: date) -> bool:
        kinds = (kind for kind in self.kinds if day.weekday() in kind)
        return any(self.nth in (None, *_places(day, kind)) for kind in kinds)


def _places(day: date, kind: frozenset[int]) -> tuple[int, int]:
    """Which of its kind in the month a day is, from the front and from the end."""
    begin, last = calendar.monthrange(day.year, day.month)
    place = _among(begin, day.day, kind)
    return place, place - _among(begin, last, kind) - 1


def _among(begin: int, days: int, kind: frozenset[int]) -> int:
    """How many of a kind there are in the first days of a month that begins so."""
    return sum((days - (weekday - begin) % 7 + 6) // 7 for weekday in kind)


#: any moment, to try a line with
EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001  (wall times have no zone)


@dataclass(frozen=True, slots=True)
class Cron:
    """A line of cron: minute, hour, day of the month, month, day of the week."""

    line: str

    def after(self, local: datetime) -> Iterator[datetime]:
        """The wall times after one; none where the line names no day that comes."""
        return CronSim(self.line, local)


@cache
def parse_cadence(text: str) -> Cadence | Cron:
    """The rule that `text` writes; a line of cron begins with `cron`.

    "first weekday" is the month's first working day, "last day" its last of all.

    Raises:
        UsageError: it is none; says how to write one.
    """
    if text.startswith("cron "):
        return _cron(text.removeprefix("cron ").strip())
    match = _RULE.fullmatch(" ".join(text.lower().split()))
    if match is None and _is_timeless(text):
        raise UsageError(f"{text!r} says no time of day; write '{text} 09:00'")
    if match is None:
        raise UsageError(
            f"{text!r} is no cadence; write 'monday 08:00', 'weekdays 07:30', "
            "'daily 06:00' or 'first tuesday of the month 09:00'"
        )
    try:
        at = time(int(match["hour"]), int(match["minute"]))
    except ValueError as error:
        raise UsageError(f"{text!r}: there is no such time of day") from error
    names = re.split(r"\s*(?:,|\band\b)\s*", match["days"])
    kinds = tuple(dict.fromkeys(_days(name, text) for name in names))
    nth = _ORDINALS[match["nth"]] if match["nth"] else None
    return Cadence(kinds=kinds, at=at, nth=nth)


def _is_timeless(text: str) -> bool:
    """Whether only the time is missing."""
    try:
        return ":" not in text and bool(parse_cadence(f"{text} 00:00"))
    except UsageError:
        return False


def _cron(line: str) -> Cron:
    fields = line.split()
    five = len(fields) == 5  # a sixth would be of seconds
    try:
        CronSim(line if five else "", EPOCH)
    except CronSimError as error:
        if five and _never(*fields):
            raise UsageError(f"{line!r} names no day that ever comes") from error
        reason = str(error).lower() if five else "it has five fields"
        raise UsageError(
            f"{line!r} is no cron line: {reason}; write '0 8 * * 1' for monday 08:00"
        ) from error
    return Cron(line)


def _never(minute: str, hour: str, day: str, month: str, weekday: str) -> bool:
    """Whether a line is refused only because no month of it has such a day."""
    try:
        CronSim(f"{minute} {hour} {day} * {weekday}", EPOCH)
        CronSim(f"{minute} {hour} 1 {month} {weekday}", EPOCH)
    except CronSimError:
        return False
    return True


def _days(name: str, text: str) -> frozenset[int]:
    if name in _GROUPS:
        return _GROUPS[name]
    for number, day in enumerate(DAYS):
        if name in (day, day + "s", day[:3]):
            return frozenset((number,))
    near = difflib.get_close_matches(name, [*DAYS, *_GROUPS], n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UsageError(f"{text!r}: {name} is no day of the week{hint}")


def parse_zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name.

    Raises:
        UsageError: there is none of that name; says which is near.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        near = difflib.get_close_matches(name, available_timezones(), n=1, cutoff=0.7)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UsageError(f"there is no time zone {name!r}{hint}") from error
