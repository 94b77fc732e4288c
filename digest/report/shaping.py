"""Moments into bars, and names into ranks; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from digest.report.model import Row

#: bars in a plot: so many can be told apart on a phone
MOST = 36
#: the last people of a campaign come for months: they are named, not drawn
NEARLY_ALL = 0.99
#: names in a plot
NAMES = 12
#: a Monday, so that weeks begin as calendars do
MONDAY = datetime(1970, 1, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Unit:
    """A span of time that a bar can be of, and where the one of a moment begins."""

    name: str
    start: Callable[[datetime], datetime]
    #: long enough to be in the next one, from the start of any
    leap: timedelta

    def starts(self, first: datetime, last: datetime) -> Iterator[datetime]:
        """Of all spans from one moment to another."""
        at = self.start(first)
        while at <= last:
            yield at
            at = self.start(at + self.leap)

    def fits(self, first: datetime, last: datetime, most: int) -> bool:
        """Whether there are at most so many."""
        return len(list(islice(self.starts(first, last), most + 1))) <= most


def _fixed(name: str, width: timedelta) -> Unit:
    return Unit(name, lambda at: at - (at - MONDAY) % width, width)


def _month(at: datetime) -> datetime:
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _year(at: datetime) -> datetime:
    return _month(at).replace(month=1)


DAY = _fixed("day", timedelta(days=1))
UNITS = (
    _fixed("minute", timedelta(minutes=1)),
    _fixed("5 minutes", timedelta(minutes=5)),
    _fixed("15 minutes", timedelta(minutes=15)),
    _fixed("hour", timedelta(hours=1)),
    _fixed("3 hours", timedelta(hours=3)),
    _fixed("6 hours", timedelta(hours=6)),
    DAY,
    _fixed("week", timedelta(days=7)),
    Unit("month", _month, timedelta(days=31)),
    Unit("year", _year, timedelta(days=366)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Rows in the order of time without a gap, each of one `unit`."""

    unit: str = ""
    width: timedelta = timedelta()
    rows: tuple[Row, ...] = ()
    #: people of moments behind the last row
    later: int = 0


def bars(
    series: Sequence[Mapping[datetime, int]],
    *,
    least: Unit = UNITS[0],
    until: datetime | None = None,
    most: int = MOST,
) -> Bars:
    """The people of each series by time, in spans as short as fit into `most` rows.

    The rows end at `until`, by default where nearly all people have been.
    """
    everybody = Counter[datetime]()
    for one in series:
        everybody.update(one)
    if not everybody:
        return Bars()
    first, last = min(everybody), until or _reached(everybody)
    units = UNITS[UNITS.index(least) :]
    unit = next((u for u in units if u.fits(first, last, most)), units[-1])
    starts = list(unit.starts(first, last))
    end = unit.start(starts[-1] + unit.leap)
    sums = [Counter[datetime]() for _ in series]
    for one, summed in zip(series, sums, strict=True):
        for at, people in one.items():
            summed[unit.start(at)] += people
    rows = tuple(
        Row(label=_label(at, unit), at=at, numbers=tuple(each[at] for each in sums))
        for at in starts
    )
    later = sum(people for at, people in everybody.items() if at >= end)
    return Bars(unit=unit.name, width=unit.leap, rows=rows, later=later)


def _reached(everybody: Mapping[datetime, int]) -> datetime:
    """The moment at which nearly all people have been."""
    wanted, so_far = NEARLY_ALL * sum(everybody.values()), 0
    for at in sorted(everybody):
        so_far += everybody[at]
        if so_far >= wanted:
            return at
    return max(everybody)


def _label(at: datetime, unit: Unit) -> str:
    if unit.name == "month":
        return f"{at:%Y-%m}"
    if unit.name == "year":
        return f"{at:%Y}"
    return f"{at:%Y-%m-%d}" if unit.leap >= DAY.leap else f"{at:%Y-%m-%d %H:%M}"


def ranked(rows: Iterable[Row], rest: str, most: int = NAMES) -> tuple[Row, ...]:
    """The rows by their first number, then by the others; those behind `most` as one.

    `rest` is what that is called, with `{}` for how many they are.
    """
    ordered = sorted(
        rows, key=lambda row: ([-(n or 0) for n in row.numbers], row.label)
    )
    if len(ordered) <= most:
        return tuple(ordered)
    kept, others = ordered[: most - 1], ordered[most - 1 :]
    sums = tuple(
        sum(number or 0 for number in column)
        for column in zip(*(row.numbers for row in others), strict=True)
    )
    label = rest.format(f"{len(others):,}")
    return (*kept, Row(label=label, numbers=sums, rest=True))
