"""The report of everything: how lists grow, and how issues compare."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import accumulate

from sqlalchemy import Connection

import subscribers
from digest import ledger
from digest.report.model import Chart, Kind, Report, Row
from digest.report.shaping import DAY, bars
from digest.report.words import COUNTS
from digest.store import Database, issues
from subscribers.growth import Step, growth

#: issues that are compared: a weekly's year
ISSUES = 52
#: lists that have a line of their own
LINES = 6
EACH = "Each list by itself is in the report as text, CSV or JSON."
LATELY = timedelta(days=30)

Days = dict[tuple[str, Step], Counter[datetime]]


def of_everything(database: Database, now: datetime) -> Report:
    """The growth of lists, and the newest 52 issues that were sent."""
    with database.read() as connection:
        names = [each.name for each in subscribers.lists(connection)]
        days: Days = defaultdict(Counter)
        for each in growth(connection):
            days[each.list, each.step][each.day] += each.people
        compared = _issues(connection)
    sent = compared.rows
    return Report(
        title="Lists and issues",
        about=(
            f"{len(names):,} {'list' if len(names) == 1 else 'lists'}",
            f"{len(sent):,} {'issue' if len(sent) == 1 else 'issues'} sent",
        ),
        made_at=now,
        totals=(),
        charts=(
            *_growths(names, days, now),
            _sizes(names, days, now),
            _lists(names, days, now),
            compared,
        ),
        notes=() if names else ("There is no list yet: digest lists add NAME.",),
    )


def _growths(names: Sequence[str], days: Days, now: datetime) -> Iterator[Chart]:
    """All lists together; where there are several, the largest by themselves, too."""
    together = _growth("growth", "Growth of lists", names, days, now)
    yield replace(together, note=EACH if len(names) > 1 else "")
    if len(names) > 1:
        for name in _largest(names, days):
            alone = _growth(f"growth of {name}", f"Growth of {name}", [name], days, now)
            yield replace(alone, on_page=False)  # seven such would be most of a page


def _growth(
    key: str, title: str, names: Sequence[str], days: Days, now: datetime
) -> Chart:
    series: dict[Step, Counter[datetime]] = {step: Counter() for step in Step}
    for name in names:
        for step in Step:
            series[step].update(days.get((name, step), {}))
    found = bars(list(series.values()), least=DAY, until=now)
    return Chart(
        key=key,
        title=title,
        counts=COUNTS["growth"],
        kind=Kind.BALANCE,
        label="from (UTC)",
        series=tuple(series),
        rows=found.rows,
        unit=found.unit,
        width=found.width,
    )


def _largest(names: Sequence[str], days: Days) -> list[str]:
    """The lists with most people, the largest first."""
    sizes = {name: _moves(name, days).total() for name in names}
    return sorted(names, key=lambda name: (-sizes[name], name))[:LINES]


def _sizes(names: Sequence[str], days: Days, now: datetime) -> Chart:
    """The largest lists, one a line."""
    largest = _largest(names, days)
    found = bars([_moves(name, days) for name in largest], least=DAY, until=now)
    sums = [accumulate(column) for column in _columns(found.rows, len(largest))]
    rows = [
        Row(label=row.label, at=row.at, numbers=numbers)
        for row, numbers in zip(found.rows, zip(*sums, strict=True), strict=True)
    ]
    others = len(names) - len(largest)
    return Chart(
        key="size",
        title="Size of lists",
        counts=COUNTS["size"],
        kind=Kind.LINES,
        label="from (UTC)",
        series=tuple(largest),
        rows=rows,
        unit=found.unit,
        width=found.width,
        note=f"{others:,} smaller lists are not drawn." if others else "",
    )


def _columns(rows: Sequence[Row], width: int) -> list[list[int]]:
    return [[int(row.numbers[place] or 0) for row in rows] for place in range(width)]


def _moves(name: str, days: Days) -> Counter[datetime]:
    """By how many a list grew, day by day; fewer than none where it shrank."""
    moves = Counter[datetime](days.get((name, Step.JOINED), {}))
    moves.subtract(days.get((name, Step.LEFT), {}))
    moves.subtract(days.get((name, Step.SUPPRESSED), {}))
    return moves


def _lists(names: Sequence[str], days: Days, now: datetime) -> Chart:
    def lately(name: str, step: Step) -> int:
        counts: Mapping[datetime, int] = days.get((name, step), {})
        return sum(people for day, people in counts.items() if day > now - LATELY)

    return Chart(
        key="lists",
        title="Lists",
        counts=COUNTS["lists"],
        kind=Kind.STACK,
        label="list",
        series=("people", *(f"{step} in 30 days" for step in Step)),
        drawn=("people",),
        rows=[
            Row(
                label=name,
                numbers=(
                    _moves(name, days).total(),
                    *(lately(name, step) for step in Step),
                ),
            )
            for name in names
        ],
    )


def _issues(connection: Connection) -> Chart:
    sent = [each for each in issues.listed(connection) if each.state][:ISSUES]
    rows = []
    for each in reversed(sent):
        campaign = ledger.find_campaign(connection, each.id)
        assert campaign is not None  # noqa: S101  (it has a state)
        found = ledger.figures(connection, campaign)
        rows.append(
            Row(
                label=f"{each.id}: {each.subject}",
                at=ledger.begun_at(connection, campaign),
                numbers=(
                    _share(found.opened, found.delivered),
                    _share(found.clicked, found.delivered),
                    _share(found.bounced, found.handed_over),
                    found.delivered,
                ),
            )
        )
    return Chart(
        key="issues",
        title="Issues",
        counts=COUNTS["issues"],
        kind=Kind.LINES,
        label="issue",
        series=("opened", "clicked", "bounced", "delivered"),
        drawn=("opened", "clicked"),
        rows=rows,
        shares=("opened", "clicked", "bounced"),
    )


def _share(people: int, of: int) -> float | None:
    return people / of if of else None
