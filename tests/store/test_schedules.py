"""Schedules and their slots: each slot begins once, however many look after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

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
    change_schedule,
    end_slot,
    find_schedule,
    remove_schedule,
    set_issue,
)
from digest.store.tables import slot

WEEKLY = Schedule(
    name="weekly",
    every="monday 08:00",
    zone="Europe/Amsterdam",
    lists=("readers", 'the "others", too'),
)
DAILY = Schedule(name="daily", every="day 07:00", zone="UTC", lists=())
SLOT = "2026-11-23T08:00"
ISSUE = Issue(
    number=1,
    series="weekly",
    title="",
    subject="",
    preheader="",
    published=datetime(2026, 11, 23, tzinfo=UTC),
    language="en",
    sections=(),
)


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
        assert (weekly.schedule, weekly.since) == (WEEKLY, now)
        assert (daily.schedule, daily.since) == (DAILY, now + timedelta(days=1))
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


def test_a_later_one_ends_those_that_wait(database: Database, now: datetime) -> None:
    """What was never mended is over when the next one comes, and stays what it is."""
    schedule_id = add_weekly(database, now)
    with database.write() as connection:
        for key in ("2026-11-09", "2026-11-16", "2026-11-23"):
            begin_slot(connection, schedule_id, key, now)
            state = SlotState.SENT if key < "2026-11-16" else SlotState.FAILED
            end_slot(connection, schedule_id, key, state=state, reason="", now=now)
        rows = connection.execute(select(slot.c.slot, slot.c.state))
        assert {row.slot: row.state for row in rows} == {
            "2026-11-09": SlotState.SENT,
            "2026-11-16": SlotState.SKIPPED,
            "2026-11-23": SlotState.FAILED,
        }
        again = end_slot(
            connection,
            schedule_id,
            "2026-11-16",
            state=SlotState.SENT,
            reason="",
            now=now,
        )
        assert not again
        stored = find_schedule(connection, "weekly")
    over = {
        key: stored.is_over(key) for key in ("2026-11-16", "2026-11-23", "2026-11-30")
    }
    assert over == {"2026-11-16": True, "2026-11-23": False, "2026-11-30": False}


def test_changed(database: Database, now: datetime) -> None:
    """Another list counts at once; another time gives up what waits, and keeps its
    issue for somebody to send."""
    schedule_id = add_weekly(database, now)
    later = now + timedelta(days=1)
    with database.write() as connection:
        begin_slot(connection, schedule_id, SLOT, now)
        issue = add_issue(connection, ISSUE, now)
        set_issue(connection, schedule_id, SLOT, issue)
        other = replace(WEEKLY, lists=("others",))
        assert change_schedule(connection, other, now, now) is None
        tuesday = replace(other, every="tuesday 09:00")
        with pytest.raises(TryAgain, match="is under way"):
            change_schedule(connection, tuesday, later, now)
        waiting: dict[str, Any] = {"state": SlotState.WAITING, "reason": "", "now": now}
        end_slot(connection, schedule_id, SLOT, **waiting)
        assert change_schedule(connection, tuesday, later, now) == issue
        stored = find_schedule(connection, "weekly")
        assert (stored.schedule, stored.since) == (tuesday, later)
        assert stored.is_over(SLOT)


def test_slot_has_one_issue(database: Database, now: datetime) -> None:
    """Of two processes that build a slot's issue, the second's is not kept."""
    schedule_id = add_weekly(database, now)
    with database.write() as connection:
        begin_slot(connection, schedule_id, SLOT, now)
        kept = add_issue(connection, ISSUE, now)
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
