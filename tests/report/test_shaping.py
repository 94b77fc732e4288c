"""Moments into bars, and names into ranks."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from digest.report import Row
from digest.report.shaping import MOST, bars, ranked

START = datetime(2026, 11, 23, 8, tzinfo=UTC)
moments = st.dictionaries(
    st.integers(0, 10**8).map(lambda seconds: START + timedelta(seconds=seconds)),
    st.integers(1, 1000),
    max_size=50,
).map(Counter)


#: three years and a month: 37 months, for they are shorter than 31 days
LONG = Counter({START: 1, START + timedelta(seconds=92764800): 1})


@given(moments, moments)
@example(LONG, Counter())
def test_nobody_is_lost_and_nothing_is_empty(
    one: Counter[datetime], other: Counter[datetime]
) -> None:
    """Everybody is in a bar or later; bars follow each other, and fit into a plot."""
    found = bars([one, other])
    drawn = sum(int(number or 0) for row in found.rows for number in row.numbers)
    assert drawn + found.later == one.total() + other.total()
    assert found.later <= (one.total() + other.total()) / 100
    assert len(found.rows) <= MOST
    starts = [row.at for row in found.rows if row.at]
    assert starts == sorted(set(starts))
    assert len(starts) == len(found.rows)


def test_the_unit_follows_the_span() -> None:
    """As short as fits."""
    spans = {
        timedelta(minutes=20): "minute",
        timedelta(hours=2): "5 minutes",
        timedelta(hours=30): "hour",
        timedelta(days=30): "day",
        timedelta(days=200): "week",
        timedelta(days=1000): "month",
        timedelta(days=4000): "year",
    }
    for span, unit in spans.items():
        assert bars([{START: 1, START + span: 1}]).unit == unit


def test_the_last_ones_are_named_not_drawn() -> None:
    """Somebody who opens it after a year does not make the first day one bar."""
    found = bars([{START + timedelta(minutes=n): 10 for n in range(30)} | {LATE: 1}])
    assert (found.unit, found.later) == ("minute", 1)


LATE = START + timedelta(days=365)


def test_until_now() -> None:
    """Also where nothing happens any more, there are rows."""
    found = bars([{START: 5}], until=START + timedelta(minutes=10))
    assert [row.numbers for row in found.rows] == [(5,)] + [(0,)] * 10


def test_the_smallest_are_one_row() -> None:
    """So many, and how many they are."""
    rows = [Row(label=str(n), numbers=(n, 1)) for n in range(20)]
    found = ranked(rows, "{} others", most=3)
    assert [(row.label, row.numbers, row.rest) for row in found] == [
        ("19", (19, 1), False),
        ("18", (18, 1), False),
        ("18 others", (153, 18), True),
    ]
