"""`digest schedule`: kept, changed, and told with all its times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.cli import run
from digest.cli.workspace import Workspace
from digest.service import SlotResult
from digest.store.schedules import SlotState
from tests.cli.conftest import Digest, Ran
from tests.cli.test_bad_input import one_line

#: a Friday
NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
WEEKLY = ("--every", "monday 08:00", "--zone", "Europe/Amsterdam", "--list", "weekly")


@pytest.fixture(autouse=True)
def friday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Workspace, "now", staticmethod(lambda: NOW))


@pytest.fixture
def weekly(digest: Digest) -> Digest:
    """A list and a schedule to it."""
    digest("lists", "add", "weekly")
    assert digest("schedule", "add", "weekly", *WEEKLY).code == 0
    return digest


def next_of(ran: Ran) -> dict[str, object]:
    first, *_ = ran.objects
    return first


def test_next_says_all_its_times(weekly: Digest) -> None:
    """When it is built, approved, handed over, and arrives."""
    weekly("schedule", "set", "weekly", "--approve")
    told = next_of(weekly("schedule", "next", "weekly", "--json"))
    assert told == {
        "schedule": "weekly",
        "at": "2026-11-23T08:00:00+01:00",
        "build": "2026-11-23T04:45:00+01:00",
        "approve_by": "2026-11-23T06:45:00+01:00",
        "staged": "2026-11-23T07:00:00+01:00",
        "moved_from": None,
    }
    assert weekly("schedule", "next", "--count", "1").out == (
        "weekly\tMon 23 Nov 2026 08:00 CET\tbuilt at 04:45, approved by 06:45, handed "
        "over from 07:00\n"
    )


def test_next_says_what_clocks_skip(digest: Digest) -> None:
    """A time in a gap comes later, and is said to."""
    digest("lists", "add", "weekly")
    nightly = ("--cron", "30 2 * * *", "--zone", "Europe/Amsterdam", "--list", "weekly")
    digest("schedule", "add", "nightly", *nightly)
    told = digest("schedule", "next", "nightly", "--count", "150")
    (moved,) = [line for line in told.out.splitlines() if "skip" in line]
    assert "Sun 28 Mar 2027 03:30 CEST (clocks skip 02:30)" in moved


def test_a_year_of_months(digest: Digest) -> None:
    """However many are asked for."""
    digest("lists", "add", "weekly")
    monthly = ("--every", "first tuesday of the month 09:00", "--zone", "UTC")
    digest("schedule", "add", "monthly", *monthly, "--list", "weekly")
    assert len(digest("schedule", "next", "--count", "30", "--json").objects) == 30


def test_set_changes_what_is_given(weekly: Digest) -> None:
    """And leaves the rest."""
    before = weekly("schedule", "list", "--json").object
    assert weekly("schedule", "set", "weekly", "--lead", "90m").code == 0
    after = weekly("schedule", "list", "--json").object
    assert after == before | {"lead": 5400}
    weekly("schedule", "set", "weekly", "--approve", "--otherwise", "send", "--local")
    assert weekly("schedule", "list").out == (
        "weekly: monday 08:00 Europe/Amsterdam, in each one's own time, to weekly; "
        "built 1h30m before, approved or else send; missed: once, within 6h\n"
    )


def test_set_begins_with_the_next_day(weekly: Digest) -> None:
    """At another time, in another zone; today only where today has had none."""
    ran = weekly("schedule", "set", "weekly", "--every", "friday 12:00", "--json")
    assert ran.object["at"] == "2026-11-20T11:00:00Z"
    assert "first on Friday 20 November 2026, 12:00 CET" in ran.err
    moved = weekly("schedule", "set", "weekly", "--zone", "America/New_York", "--json")
    assert moved.object["at"] == "2026-11-20T17:00:00Z"


@pytest.fixture
def waiting(
    weekly: Digest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Digest, datetime]:
    """Monday's issue waits for approval; it is six o'clock in Amsterdam."""
    with (folder / "digest.toml").open("a", encoding="utf-8") as file:
        file.write('[[source]]\npath = "ferry.txt"\n[transport]\nname = "outbox"\n')
    consent = ("--consent", "asked")
    weekly("subscribers", "add", "ann@example.com", "--list", "weekly", *consent)
    weekly("schedule", "set", "weekly", "--approve")
    monday = datetime(2026, 11, 23, 5, tzinfo=UTC)
    monkeypatch.setattr(Workspace, "now", staticmethod(lambda: monday))
    waits = weekly("run", "--once").out
    assert waits.startswith(
        "weekly 2026-11-23 waiting, issue 1: waits until Mon 06:45 "
    )
    assert "mended" not in waits
    return weekly, monday


def test_list_and_status_say_what_became_of_it(
    waiting: tuple[Digest, datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the last slot: its state, its issue and the reason."""
    weekly, monday = waiting
    reason = "waits until Mon 06:45 CET (05:45 UTC) for: digest approve 1"
    last = f"\n  last: 2026-11-23 waiting, issue 1: {reason}\n"
    assert weekly("schedule", "list").out.endswith(last)
    told = {"slot": "2026-11-23", "state": "waiting", "issue": 1, "reason": reason}
    assert weekly("schedule", "list", "--json").object["last"] == told
    assert f"weekly 2026-11-23 waiting: {reason}" in weekly("status", "1").out
    slot = {"schedule": "weekly", **told}
    del slot["issue"]
    assert weekly("status", "1", "--json").object["slot"] == slot
    assert "23 Nov" in weekly("schedule", "next").out
    late = monday + timedelta(hours=1)
    monkeypatch.setattr(Workspace, "now", staticmethod(lambda: late))
    skipped = weekly("run", "--once").out
    assert "nobody approved it by Mon 06:45 CET (05:45 UTC); to send it" in skipped
    assert "digest send 1 --list weekly" in skipped
    assert "digest issues discard 1" in skipped
    assert weekly("schedule", "next", "--count", "1").out.startswith(
        "weekly\tMon 30 Nov 2026 08:00"
    )
    assert weekly("issues", "discard", "1", "--yes").code == 0


def test_remove_gives_up_what_waits(waiting: tuple[Digest, datetime]) -> None:
    """And says how to send it."""
    weekly, _ = waiting
    ran = weekly("schedule", "remove", "weekly")
    assert "to send it: digest send 1 --list weekly" in ran.err


def test_next_names_the_day_before(digest: Digest) -> None:
    """Where a step is on another day than the slot."""
    digest("lists", "add", "weekly")
    early = ("--every", "monday 01:00", "--zone", "UTC", "--list", "weekly")
    digest("schedule", "add", "early", *early)
    told = digest("schedule", "next", "--count", "1").out
    assert told.endswith("built at Sun 23:00, handed over from 00:00\n")


def test_set_gives_up_what_waits(
    waiting: tuple[Digest, datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The issue that waited for approval is named, with how to send it."""
    weekly, monday = waiting
    ran = weekly("schedule", "set", "weekly", "--every", "monday 10:00")
    assert "to send it: digest send 1 --list weekly" in ran.err
    assert "first on Monday 30 November 2026, 10:00 CET" in ran.err
    assert weekly("approve", "1").code == 1
    later = monday + timedelta(hours=4)
    monkeypatch.setattr(Workspace, "now", staticmethod(lambda: later))
    assert weekly("run", "--once").out == ""


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (("--every", "mondy 08:00"), "did you mean monday"),
        (("--zone", "Europe/Amsterdm"), "did you mean Europe/Amsterdam"),
        (("--zone", "Mars/Phobos"), "no time zone 'Mars/Phobos'\n"),
        (("--every", "first tuesday of the month"), "write 'first tuesday of the mon"),
        (("--every", "tuesday or so"), "is no cadence"),
        (("--deadline", "30m"), "add --approve"),
        (("--cron", "0 8 30 2 *"), "no day that ever comes"),
        (("--list", "daily"), "daily"),
        (("--lead", "soon"), "write 90m"),
        (("--approve", "--lead", "1h"), "nobody could approve it by then"),
        (("--every", "monday 08:00", "--cron", "0 8 * * 1"), "give one of them"),
        (("--missed", "twice"), "'once', 'skip', 'ask'"),
    ],
)
def test_what_cannot_be(weekly: Digest, options: tuple[str, ...], hint: str) -> None:
    """It is refused, and the schedule is as it was."""
    before = weekly("schedule", "list").out
    ran = weekly("schedule", "set", "weekly", *options)
    assert ran.code in (1, 2)
    assert hint in ran.err
    assert one_line(ran.err) or "Usage" in ran.err
    assert weekly("schedule", "list").out == before


def test_only_one_at_a_time(weekly: Digest) -> None:
    """While one runs on a SQLite file, cron's other does nothing, and says why."""
    from digest.service.alone import alone
    from digest.store import open_database

    database = open_database("sqlite:///digest.db")
    with alone(database):
        ran = weekly("run", "--once")
    database.close()
    assert (ran.code, "as process" in ran.err) == (75, True)
    assert weekly("run", "--once").code == 0


def test_what_is_ahead_is_not_sent_yet() -> None:
    """What is staged hours before it goes out is not said to be sent."""
    result = SlotResult(
        schedule="weekly",
        slot="2026-11-23",
        state=SlotState.SENT,
        reason="goes out at Mon 08:00 CET (07:00 UTC)",
        issue=1,
        ahead=True,
    )
    assert run._line(result) == (
        "weekly 2026-11-23 scheduled, issue 1: goes out at Mon 08:00 CET (07:00 UTC)"
    )
