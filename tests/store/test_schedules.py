"""Schedules and their slots: each slot begins once, however many look after it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from digest.errors import TryAgain, UnknownName, UsageError
from digest.model import Issue, Schedule
from digest.store import Database
from digest.store.issues import add_issue
from digest.store.schedules import (
    Begun,
    SlotState,
    add_schedule,
    all_schedules,
    begin_slot,
    end_slot,
    find_schedule,
    remove_schedule,
    set_issue,
)

WEEKLY = Schedule(
    name="weekly",
    every="monday 08:00",
    zone="Europe/Amsterdam",
    lists=("readers", 'the "others", too'),
)
DAILY = Schedule(name="daily", every="day 07:00", zone="UTC", lists=())
SLOT = "2026-11-23T08:00"


def add_weekly(database: Database, now: datetime) -> int:
    with database.write() as connection:
        add_schedule(connection, WEEKLY, now)
        return find_schedule(connection, "weekly").id


def test_kept_as_given(database: Database, now: datetime) -> None:
    """A schedule comes back as it was given, with when it began; all by name."""
    add_weekly(database, now)
    with database.write() as connection:
        add_schedule(connection, DAILY, now + timedelta(days=1))
        daily, weekly = all_schedules(connection)
        assert (weekly.schedule, weekly.created_at) == (WEEKLY, now)
        assert (daily.schedule, daily.created_at) == (DAILY, now + timedelta(days=1))
        assert find_schedule(connection, "weekly") == weekly


def test_one_of_a_name(database: Database, now: datetime) -> None:
    """A second schedule of a name is refused with the way out."""
    add_weekly(database, now)
    with pytest.raises(UsageError, match="digest schedule remove weekly takes it away"):
        with database.write() as connection:
            add_schedule(connection, WEEKLY, now)


def test_unknown(database: Database, now: datetime) -> None:
    """A schedule that is not there says which there are."""
    with database.write() as connection:
        with pytest.raises(UnknownName, match="no schedule weekly; there is none yet"):
            find_schedule(connection, "weekly")
        add_schedule(connection, DAILY, now)
        with pytest.raises(UnknownName, match="no schedule weekly; there is daily"):
            remove_schedule(connection, "weekly")


def test_slot_begins_once(database: Database, now: datetime) -> None:
    """A slot that was begun is not begun again, but says how far it is."""
    schedule_id = add_weekly(database, now)
    running = Begun(state=SlotState.RUNNING, issue=None)
    with database.write() as connection:
        assert begin_slot(connection, schedule_id, SLOT, now) == running
    with database.write() as connection:
        assert begin_slot(connection, schedule_id, SLOT, now) == running
        end_slot(
            connection,
            schedule_id,
            SLOT,
            state=SlotState.SKIPPED,
            reason="nothing new",
            now=now,
        )
        skipped = Begun(state=SlotState.SKIPPED, issue=None)
        assert begin_slot(connection, schedule_id, SLOT, now) == skipped
        other = begin_slot(connection, schedule_id, "2026-11-30T08:00", now)
        assert other == running


def test_slot_has_one_issue(database: Database, now: datetime) -> None:
    """Of two processes that build a slot's issue, the second's is not kept."""
    schedule_id = add_weekly(database, now)
    issue = Issue(
        number=1,
        series="weekly",
        title="",
        subject="",
        preheader="",
        published=now,
        language="en",
        sections=(),
    )
    with database.write() as connection:
        begin_slot(connection, schedule_id, SLOT, now)
        kept = add_issue(connection, issue, now)
        set_issue(connection, schedule_id, SLOT, kept)
    with pytest.raises(TryAgain, match=f"has built the issue of slot {SLOT}"):
        with database.write() as connection:
            set_issue(connection, schedule_id, SLOT, kept)
    with database.write() as connection:
        assert begin_slot(connection, schedule_id, SLOT, now).issue == kept


def test_removed(database: Database, now: datetime) -> None:
    """A schedule that is taken away takes its slots along, and not its issues."""
    schedule_id = add_weekly(database, now)
    with database.write() as connection:
        begin_slot(connection, schedule_id, SLOT, now)
        remove_schedule(connection, "weekly")
        assert all_schedules(connection) == []
        add_schedule(connection, WEEKLY, now)
        again = find_schedule(connection, "weekly")
        assert again.id != schedule_id
        assert begin_slot(connection, again.id, SLOT, now).state == SlotState.RUNNING
