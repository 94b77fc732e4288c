"""A cadence is written as people say it, and comes round in local time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from digest.errors import UsageError
from digest.schedule import (
    latest,
    parse_cadence,
    parse_zone,
    starts_after,
    upcoming,
)

AMSTERDAM = parse_zone("Europe/Amsterdam")
AUTUMN = datetime(2026, 10, 23, tzinfo=UTC)

RULES = {
    "monday 08:00": ["2026-10-26 07:00", "2026-11-02 07:00"],
    "every Monday at 08:00": ["2026-10-26 07:00", "2026-11-02 07:00"],
    "weekdays 7:30": ["2026-10-23 05:30", "2026-10-26 06:30"],
    "daily 06:00": ["2026-10-23 04:00", "2026-10-24 04:00"],
    "tue and fri 10:00": ["2026-10-23 08:00", "2026-10-27 09:00"],
    "first tuesday of the month 09:00": ["2026-11-03 08:00", "2026-12-01 08:00"],
    "last friday 17:00": ["2026-10-30 16:00", "2026-11-27 16:00"],
    "the 2nd thursday of each month 08:00": ["2026-11-12 07:00", "2026-12-10 07:00"],
    "first monday and thursday 08:00": ["2026-11-02 07:00", "2026-11-05 07:00"],
    "first day of the month 08:00": ["2026-11-01 07:00", "2026-12-01 07:00"],
    "first weekday of the month 08:00": ["2026-11-02 07:00", "2026-12-01 07:00"],
    "last weekday of the month 08:00": ["2026-10-30 07:00", "2026-11-30 07:00"],
    "last day of the month 08:00": ["2026-10-31 07:00", "2026-11-30 07:00"],
    "weekends 10:00": ["2026-10-24 08:00", "2026-10-25 09:00"],
    "every day at 23:59": ["2026-10-23 21:59", "2026-10-24 21:59"],
    "cron 0 8 * * 1": ["2026-10-26 07:00", "2026-11-02 07:00"],
    "cron 30 7,17 * * 1-5": ["2026-10-23 05:30", "2026-10-23 15:30"],
    "cron 0 9 1 * *": ["2026-11-01 08:00", "2026-12-01 08:00"],
}


@pytest.mark.parametrize(("rule", "expected"), RULES.items())
def test_rules(rule: str, expected: list[str]) -> None:
    """Each way of writing a rule gives the moments it means."""
    slots = upcoming(parse_cadence(rule), AMSTERDAM, AUTUMN, 2)
    assert [f"{slot.at:%Y-%m-%d %H:%M}" for slot in slots] == expected


@pytest.mark.parametrize(
    ("rule", "hint"),
    [
        ("mondy 08:00", "did you mean monday"),
        ("monday 25:00", "no such time"),
        ("now and then", "write 'monday 08:00'"),
        ("", "write 'monday 08:00'"),
        ("cron 0 8 * *", "is no cron line"),
        ("cron 0 8 * * * *", "is no cron line"),
        ("cron 99 8 * * *", "is no cron line"),
        ("cron @weekly", "is no cron line"),
        ("cron 0 8 30 2 *", "no day that ever comes"),
        ("cron 0 8 31 4,6 *", "no day that ever comes"),
        ("fifth monday 08:00", "write 'monday 08:00'"),
    ],
)
def test_what_is_no_rule(rule: str, hint: str) -> None:
    """A rule that is none is refused with the way to write one."""
    with pytest.raises(UsageError, match=hint):
        parse_cadence(rule)


@pytest.mark.parametrize("name", ["Europe/Amsterdm", "", "../etc/passwd", "a\0b"])
def test_what_is_no_zone(name: str) -> None:
    """A zone that does not exist is refused."""
    with pytest.raises(UsageError, match="no time zone"):
        parse_zone(name)


@dataclass(frozen=True, kw_only=True)
class Change:
    """Clocks of a zone change on a day; when a time of that day comes."""

    zone: str
    day: str
    time: str
    #: as the zone's clocks show it, with its offset
    comes: str
    moved: bool = False


#: gaps are read with the offset before them, folds with the first of the two:
#: what is skipped comes as long after the change as it would have before it
CHANGES = (
    Change(
        zone="Europe/Amsterdam",
        day="2026-03-29",
        time="01:59",
        comes="01:59 +0100",
    ),
    Change(
        zone="Europe/Amsterdam",
        day="2026-03-29",
        time="02:30",
        comes="03:30 +0200",
        moved=True,
    ),
    Change(
        zone="Europe/Amsterdam",
        day="2026-03-29",
        time="03:00",
        comes="03:00 +0200",
    ),
    Change(
        zone="Europe/Amsterdam",
        day="2026-10-25",
        time="02:30",
        comes="02:30 +0200",
    ),
    Change(
        zone="Europe/Amsterdam",
        day="2026-10-25",
        time="03:00",
        comes="03:00 +0100",
    ),
    Change(
        zone="America/New_York",
        day="2026-03-08",
        time="02:00",
        comes="03:00 -0400",
        moved=True,
    ),
    Change(
        zone="America/New_York",
        day="2026-11-01",
        time="01:30",
        comes="01:30 -0400",
    ),
    # in winter, and by half an hour
    Change(
        zone="Australia/Lord_Howe",
        day="2026-10-04",
        time="02:15",
        comes="02:45 +1100",
        moved=True,
    ),
    Change(
        zone="Australia/Lord_Howe",
        day="2026-04-05",
        time="01:45",
        comes="01:45 +1100",
    ),
    # at midnight: the day begins at one
    Change(
        zone="America/Santiago",
        day="2026-09-06",
        time="00:00",
        comes="01:00 -0300",
        moved=True,
    ),
    Change(
        zone="Africa/Cairo",
        day="2026-04-24",
        time="00:30",
        comes="01:30 +0300",
        moved=True,
    ),
    # by two hours
    Change(
        zone="Antarctica/Troll",
        day="2026-03-29",
        time="01:30",
        comes="03:30 +0200",
        moved=True,
    ),
    # Ireland's summer is its standard time
    Change(
        zone="Europe/Dublin",
        day="2026-03-29",
        time="01:30",
        comes="02:30 +0100",
        moved=True,
    ),
    # a quarter of an hour off, and 45 minutes past
    Change(
        zone="Pacific/Chatham",
        day="2026-09-27",
        time="03:00",
        comes="04:00 +1345",
        moved=True,
    ),
    # a day that there was not: https://en.wikipedia.org/wiki/Time_in_Samoa
    Change(
        zone="Pacific/Apia",
        day="2011-12-30",
        time="08:00",
        comes="08:00 +1400",
        moved=True,
    ),
)


@pytest.mark.parametrize("kind", ["daily", "cron"])
@pytest.mark.parametrize(
    "change", CHANGES, ids=[f"{each.zone} {each.day} {each.time}" for each in CHANGES]
)
def test_clocks_change(change: Change, kind: str) -> None:
    """A time comes once that day: one that is skipped later, one that is there twice
    the first time. Its key is what the wall would show."""
    hour, minute = change.time.split(":")
    rule = f"daily {change.time}" if kind == "daily" else f"cron {minute} {hour} * * *"
    zone = parse_zone(change.zone)
    noon_before = datetime.fromisoformat(f"{change.day}T12:00")
    start = noon_before.replace(tzinfo=zone) - timedelta(days=1)
    slots = upcoming(parse_cadence(rule), zone, start, 3)
    of_day = [slot for slot in slots if slot.key.startswith(change.day)]
    assert [f"{slot.at.astimezone(zone):%H:%M %z}" for slot in of_day] == [change.comes]
    assert of_day[0].is_moved(zone) is change.moved
    for slot in slots:
        assert latest(parse_cadence(rule), zone, start, slot.at) == slot


def test_several_times_in_a_gap_and_a_fold() -> None:
    """Every quarter of an hour: each moment once, in order, by the same key wherever
    the count begins."""
    quarters = parse_cadence("cron */15 * * * *")
    for day in ("2026-03-29", "2026-10-25"):
        midnight = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=AMSTERDAM)
        slots = upcoming(quarters, AMSTERDAM, midnight, 40)
        assert all(one.at < other.at for one, other in pairwise(slots))
        assert len({slot.key for slot in slots}) == 40
        for slot, after in pairwise(slots):
            assert latest(quarters, AMSTERDAM, midnight, slot.at) == slot
            assert upcoming(quarters, AMSTERDAM, slot.at, 1) == [after]


#: zones of every kind of rule: none, both hemispheres, half hours, a quarter of one, a
#: change at midnight, on another day of the week, Ramadan, the date line
ZONES = """UTC Europe/Amsterdam Europe/Dublin America/New_York America/St_Johns
America/Santiago America/Asuncion America/Havana Australia/Lord_Howe Australia/Sydney
Pacific/Auckland Pacific/Chatham Pacific/Apia Asia/Kolkata Asia/Kathmandu Asia/Tehran
Africa/Cairo Africa/Casablanca Asia/Gaza Antarctica/Troll""".split()


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("rule", ["daily 02:30", "daily 00:00", "cron 30 2 * * *"])
def test_a_year_of_days(name: str, rule: str) -> None:
    """Each day once, in order, with a key of its own, whatever clocks do."""
    zone = parse_zone(name)
    start = datetime(2026, 1, 1, 12, tzinfo=UTC)
    slots = upcoming(parse_cadence(rule), zone, start, 365)
    assert len({slot.key for slot in slots}) == 365
    for one, other in pairwise(slots):
        hours = (other.at - one.at) / timedelta(hours=1)
        assert 21 <= hours <= 27


def test_key_is_the_local_date() -> None:
    """A slot's key is its date where the schedule lives, not in UTC."""
    zone = parse_zone("Pacific/Auckland")
    (slot,) = upcoming(parse_cadence("monday 08:00"), zone, AUTUMN, 1)
    assert (slot.key, slot.at.date().isoformat()) == ("2026-10-26", "2026-10-25")


def test_latest_is_one_however_many_were_missed() -> None:
    """After three weeks off, one slot is due: the last."""
    cadence = parse_cadence("monday 08:00")
    slot = latest(cadence, AMSTERDAM, AUTUMN, AUTUMN + timedelta(days=21))
    assert slot is not None
    assert slot.key == "2026-11-09"


def test_nothing_is_due_before_the_first_slot() -> None:
    """A new schedule does not make up for the past."""
    cadence = parse_cadence("monday 08:00")
    assert latest(cadence, AMSTERDAM, AUTUMN, AUTUMN + timedelta(days=1)) is None


@pytest.mark.parametrize(
    "rule", ["last day of the month 08:00", "cron 0 8 29 2 *", "cron 0 8 1 7 *"]
)
def test_the_latest_of_what_comes_seldom(rule: str) -> None:
    """However long ago it was, to a year."""
    cadence = parse_cadence(rule)
    (slot, after) = upcoming(cadence, AMSTERDAM, AUTUMN, 2)
    for days in (0, 20, 364):
        now = slot.at + timedelta(days=days)
        last = after if after.at <= now else slot
        if days < 30 or last is slot:  # else there are later ones
            assert latest(cadence, AMSTERDAM, AUTUMN, now) == last


def test_something_may_be_due_before() -> None:
    """Whoever begins three hours ahead finds a slot three hours ahead."""
    cadence = parse_cadence("monday 08:00")
    early = timedelta(hours=3)
    (slot,) = upcoming(cadence, AMSTERDAM, AUTUMN, 1)
    found = latest(
        cadence, AMSTERDAM, AUTUMN, slot.at - early, due=lambda each: each.at - early
    )
    assert found == slot
    sooner = slot.at - early - timedelta(seconds=1)
    assert not latest(
        cadence, AMSTERDAM, AUTUMN, sooner, due=lambda each: each.at - early
    )


@pytest.mark.parametrize("rule", ["monday 00:00", "cron 0 0 * * 1"])
def test_an_edited_schedule_starts_with_the_next_day(rule: str) -> None:
    """Not again on the day that it has had a slot for, in the zone that it has now."""
    zone = parse_zone("Pacific/Auckland")
    now = datetime(2026, 10, 26, 9, tzinfo=zone)
    assert starts_after(None, zone, now) == now
    for last in ("2026-10-26", "2026-10-26T08:00"):
        since = starts_after(last, zone, now)
        (slot,) = upcoming(parse_cadence("daily 00:00"), zone, since, 1)
        assert slot.key == "2026-10-27"
    since = starts_after("2026-10-25", zone, now)
    (slot,) = upcoming(parse_cadence(rule), zone, since, 1)
    assert slot.key[:10] == "2026-11-02"
