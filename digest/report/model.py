"""What a report is made of: totals, and charts that are shown as plots, tables, rows.

Everything that is shown of a chart, in whatever form, is in its rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: in the place of a figure that nobody could know
UNKNOWN = "–"


class Kind(StrEnum):
    """How a chart is drawn."""

    #: upright bars over time, the series upon each other
    TIME = "time"
    #: upright bars over time: the first series above the line, the others below it
    BALANCE = "balance"
    #: lines over time, one a series
    LINES = "lines"
    #: bars lying by name, the series behind each other, the first at its end
    STACK = "stack"
    #: bars lying by name, the later series within the earlier ones
    WITHIN = "within"


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """One figure: people, of how many, and what is counted, in one sentence."""

    key: str
    name: str
    #: None where nobody could know
    people: int | None
    counts: str
    #: whom `people` are a part of; None where they are of nothing
    of: int | None = None
    of_name: str = ""

    @property
    def share(self) -> float | None:
        """`people` of `of`; None where it is not known, or `of` is nobody."""
        return self.people / self.of if self.of and self.people is not None else None

    @property
    def shown(self) -> str:
        """The people as they are read."""
        return UNKNOWN if self.people is None else f"{self.people:,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Numbers under one name or moment: one a series, None where there is none."""

    label: str
    numbers: tuple[float | None, ...]
    #: the beginning of the time that is counted
    at: datetime | None = None
    #: what the label stands for, where that is a link
    href: str = ""
    #: all that has no row of its own: it is not drawn, for it would dwarf the others
    rest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Numbers by time or by name, and what they count, in one sentence."""

    key: str
    title: str
    counts: str
    kind: Kind
    #: what stands in front of a row: "from (UTC)", "domain"
    label: str
    series: tuple[str, ...]
    rows: Sequence[Row]
    #: what a row is of, in time: "hour", "day", and how long that is at most; empty
    #: where it is of a name
    unit: str = ""
    width: timedelta = timedelta()
    #: what is not shown
    note: str = ""
    #: of the series, those that are shares, and not people
    shares: tuple[str, ...] = ()
    #: of the series, those that are drawn; all of them where it is empty
    drawn: tuple[str, ...] = ()
    #: whether a page shows it; its numbers are in CSV and JSON in any case
    on_page: bool = True

    @property
    def of_time(self) -> bool:
        """Whether rows are spans of time, and not names."""
        return bool(self.unit)

    @property
    def counted(self) -> bool:
        """Whether there is anything to draw: a number that is not nought."""
        at = [self.series.index(name) for name in self.drawn or self.series]
        return any(row.numbers[place] for row in self.rows for place in at)

    def shown(self, name: str, number: float | None) -> str:
        """A number of a series as people read it."""
        if number is None:
            return UNKNOWN
        return f"{number:.1%}" if name in self.shares else f"{number:,.0f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Of an issue, or where `issue` is None of everything."""

    title: str
    #: what it is of, in a few words each
    about: tuple[str, ...]
    made_at: datetime
    totals: tuple[Total, ...]
    charts: tuple[Chart, ...]
    issue: int | None = None
    state: str | None = None
    #: what a reader should know before any figure
    notes: tuple[str, ...] = ()
