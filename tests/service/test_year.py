"""A year of schedules in twenty zones, with a clock that goes as clocks do."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from digest.model import Schedule
from digest.service import slots
from digest.service.slots import due_slot
from digest.store.schedules import SlotState, StoredSchedule
from tests.schedule.test_cadence import ZONES

BEGIN = datetime(2026, 1, 1, 12, tzinfo=UTC)
END = datetime(2027, 1, 1, 12, tzinfo=UTC)
#: within hours that some zone skips or has twice
RULES = ("daily 02:30", "daily 00:00", "cron 30 2 * * *", "cron 15 0 * * *")


def moments(chance: random.Random) -> Iterator[datetime]:
    """Looks at odd times; now and then a clock is set back, or ahead and back."""
    now = BEGIN
    while now < END:
        now += timedelta(minutes=chance.randint(1, 150))
        yield now
        if chance.random() < 0.05:
            yield now - timedelta(minutes=chance.randint(1, 3000))


def days() -> list[str]:
    """Every day of the year that is whole in each zone, as calendars show it."""
    first = date(2026, 1, 3)
    return [f"{first + timedelta(days=number)}" for number in range(362)]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("every", RULES)
def test_a_year(zone: str, every: str) -> None:
    """Each day's slot is done once, in order, at its time, however often one looks."""
    schedule = Schedule(name="daily", every=every, zone=zone, lists=("weekly",))
    stored = StoredSchedule(id=1, since=BEGIN, schedule=schedule)
    chance = random.Random(f"{zone} {every}")
    done: list[str] = []
    latest = BEGIN
    for now in moments(chance):
        if slot := due_slot(stored, now):
            stored = replace(stored, last=slot.key, state=SlotState.SENT)
            done.append(slot.key[:10])
            assert timedelta(hours=-2) <= now - slot.at <= timedelta(minutes=150)
            assert now > latest, "a clock that was set back makes nothing due"
        latest = max(latest, now)
        if chance.random() < 0.01:  # another process
            slots._following.cache_clear()
    assert done == sorted(set(done)), "twice, or out of order"
    assert set(days()) <= set(done), sorted(set(days()) - set(done))
