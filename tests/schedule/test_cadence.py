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
