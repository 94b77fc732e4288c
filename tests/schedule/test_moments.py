"""Moments as people write them, and a time of day in everybody's own zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from digest.errors import UsageError
from digest.schedule import LocalTime, parse_local_time, parse_moment
from digest.schedule.moments import Late

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-30 08:00", datetime(2026, 11, 30, 7, tzinfo=UTC)),
        ("2026-07-01T08:00", None),
        ("2027-07-01T08:00", datetime(2027, 7, 1, 6, tzinfo=UTC)),
        ("2026-11-30T08:00+05:30", datetime(2026, 11, 30, 2, 30, tzinfo=UTC)),
        ("14:00", datetime(2026, 11, 23, 13, tzinfo=UTC)),
        ("08:00", datetime(2026, 11, 24, 7, tzinfo=UTC)),
        ("+2h30m", datetime(2026, 11, 23, 14, 30, 30, tzinfo=UTC)),
        ("+45m", datetime(2026, 11, 23, 12, 45, 30, tzinfo=UTC)),
        ("+", None),
        ("25:00", None),
        ("soon", None),
        ("2026-02-30 08:00", None),
    ],
)
def test_moments(text: str, moment: datetime | None) -> None:
    """A date with a time, a time alone, so long from now; all else is refused."""
    if moment:
        assert parse_moment(text, AMSTERDAM, NOW) == moment
        return
    with pytest.raises(UsageError, match=r"is no moment|is past"):
        parse_moment(text, AMSTERDAM, NOW)


@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        # the first place on earth, and the last
        ("Pacific/Kiritimati", datetime(2026, 11, 29, 18, tzinfo=UTC)),
        ("Pacific/Niue", datetime(2026, 11, 30, 19, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2026, 11, 30, 2, 30, tzinfo=UTC)),
        ("", datetime(2026, 11, 30, 7, tzinfo=UTC)),
        ("Mars/Olympus", datetime(2026, 11, 30, 7, tzinfo=UTC)),
    ],
)
def test_everybodys_own_morning(zone: str, moment: datetime) -> None:
    """Eight on the same date wherever they are; who is nowhere gets ours."""
    local = LocalTime(at=time(8), zone=AMSTERDAM, now=NOW, day=date(2026, 11, 30))
    assert local.moment(zone) == moment


@pytest.mark.parametrize(
    ("day", "at", "moment"),
    [
        # clocks go from 02:00 to 03:00: half past two comes at half past three
        (date(2027, 3, 28), time(2, 30), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        # and back from 03:00 to 02:00: the first of the two
        (date(2027, 10, 31), time(2, 30), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
        (date(2027, 3, 28), time(8), datetime(2027, 3, 28, 6, tzinfo=UTC)),
    ],
)
def test_when_clocks_change(day: date, at: time, moment: datetime) -> None:
    local = LocalTime(at=at, zone=ZoneInfo("UTC"), now=NOW, day=day)
    assert local.moment("Europe/Amsterdam") == moment


@pytest.mark.parametrize(
    ("late", "moment"),
    [
        ("next-day", datetime(2026, 11, 24, 12, 30, tzinfo=UTC)),
        ("now", datetime(2026, 11, 23, 12, 35, 30, tzinfo=UTC)),
    ],
)
def test_who_is_late(late: Late, moment: datetime) -> None:
    """Whose time is nearer than it takes gets it as told."""
    local = LocalTime(
        at=time(12, 30),
        zone=ZoneInfo("UTC"),
        now=NOW,
        ahead=timedelta(minutes=35),
        late=late,
    )
    assert local.moment("UTC") == moment


def test_a_time_of_day() -> None:
    assert parse_local_time("08:00") == time(8)
    with pytest.raises(UsageError, match="write 08:00"):
        parse_local_time("8 o'clock")
