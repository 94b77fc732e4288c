"""A cadence is written as people say it, and comes round in local time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from digest.errors import UsageError
from digest.schedule import latest, parse_cadence, parse_zone, upcoming

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
        ("cron 0 8 30 2 *", "is no cron line"),
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


def test_time_in_a_gap_moves_on() -> None:
    """Where clocks skip 02:30, the slot comes as the same wait after midnight."""
    day = datetime(2026, 3, 28, 12, tzinfo=UTC)
    (slot,) = upcoming(parse_cadence("sunday 02:30"), AMSTERDAM, day, 1)
    assert slot.at.astimezone(AMSTERDAM).strftime("%H:%M %Z") == "03:30 CEST"


def test_time_in_a_fold_comes_once() -> None:
    """Where clocks show 02:30 twice, the slot is the first of the two."""
    day = datetime(2026, 10, 24, 12, tzinfo=UTC)
    slots = upcoming(parse_cadence("sunday 02:30"), AMSTERDAM, day, 2)
    assert slots[0].at.astimezone(AMSTERDAM).strftime("%H:%M %Z") == "02:30 CEST"
    assert slots[1].at - slots[0].at > timedelta(days=7)


def test_a_line_in_a_gap_and_a_fold() -> None:
    """Half past two comes once a day, whatever clocks do; its key is the wall's."""
    nightly = parse_cadence("cron 30 2 * * *")
    spring = datetime(2026, 3, 28, 12, tzinfo=UTC)
    (gap, after) = upcoming(nightly, AMSTERDAM, spring, 2)
    assert (gap.key, gap.at.hour, gap.at.minute) == ("2026-03-29T02:30", 1, 30)
    assert after.key == "2026-03-30T02:30"
    (fold, after) = upcoming(
        nightly, AMSTERDAM, datetime(2026, 10, 24, 12, tzinfo=UTC), 2
    )
    assert (fold.at.hour, after.key) == (0, "2026-10-26T02:30")


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


def test_every_slot_of_a_year_is_later_and_other_than_the_last() -> None:
    """Over a year of both clock changes, slots come in order and keys are unique."""
    slots = upcoming(parse_cadence("daily 02:30"), AMSTERDAM, AUTUMN, 365)
    assert len({slot.key for slot in slots}) == 365
    gaps = [b.at - a.at for a, b in pairwise(slots)]
    assert min(gaps) >= timedelta(hours=22)
