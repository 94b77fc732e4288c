"""What is due is built, checked and sent: once a slot, whatever happens between."""

from __future__ import annotations

import json
import threading
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

import subscribers as people
from digest import archive, ledger, pipeline, recovery
from digest.config import (
    Config,
    Newsletter,
    OutboxSettings,
    SendGridSettings,
    Source,
    TransportSettings,
)
from digest.delivery import sendgrid
from digest.errors import MissingTool
from digest.model import CampaignState, Email, Missed, Otherwise, Schedule
from digest.pipeline import Desk
from digest.schedule import parse_zone
from digest.service import SlotResult, drive_due, run_due, slots
from digest.service.telling import about
from digest.store import Database, approvals, issues, schedules
from digest.store.schedules import SlotState
from digest.store.tables import batch
from subscribers.tables import outgoing, subscriber
from tests.delivery.faults import fault_server
from tests.delivery.office import Office, serving

#: a Sunday; the schedule's slots are Mondays at 08:00 in Amsterdam
SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
WEEK = timedelta(days=7)
LATENESS = timedelta(hours=6)

ARTICLE = (
    "The night ferry {n} left Marlhaven on Friday with 212 people on board.\n\n"
    "“We had almost forgotten how the town looks,” said Mara Lindqvist.\n"
)


@dataclass
class Clock:
    """A clock that somebody sets."""

    now: datetime = SUNDAY

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Newsroom:
    """A desk with a folder of articles, a list of one, and a schedule."""

    desk: Desk
    clock: Clock
    folder: Path

    def write(self, n: int) -> None:
        (self.folder / f"ferry-{n}.txt").write_text(ARTICLE.format(n=n))

    def run(self, at: datetime) -> list[tuple[str, SlotState]]:
        """What became of which slot, when a run looks at this moment."""
        self.clock.now = at
        return [(result.slot, result.state) for result in run_due(self.desk)]

    @property
    def mails(self) -> int:
        return len(list((self.folder.parent / "outbox").glob("*.eml")))


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail to the editor goes without: test_asking.py has them drawn."""

    def take(*_: object) -> None:
        raise MissingTool("pictures need a browser")

    monkeypatch.setattr("digest.web.preview.screenshots.take", take)


@pytest.fixture
def newsroom(database: Database, tmp_path: Path) -> Newsroom:
    folder = tmp_path / "articles"
    folder.mkdir()
    clock = Clock()
    config = Config(
        newsletter=Newsletter(
            from_email="tide@example.com",
            postal_address="1 Lower Quay",
            base_url="https://tide.example.com",
        ),
        source=(Source(path="articles"),),
        outbox=OutboxSettings(dir="outbox"),
        transport=TransportSettings(name="outbox"),
        folder=tmp_path,
    )
    desk = Desk(
        database=database, config=config, clock=clock, nonce=lambda: "0a1b2c3d4e5f"
    )
    with database.write() as connection:
        people.add_list(connection, "weekly", SUNDAY)
        monday = Schedule(
            name="weekly",
            every="monday 08:00",
            zone="Europe/Amsterdam",
            lists=("weekly",),
        )
        schedules.add_schedule(connection, monday, SUNDAY)
    subscribe(database, "ann@example.com")
    newsroom = Newsroom(desk, clock, folder)
    newsroom.write(1)
    return newsroom


def subscribe(database: Database, address: str) -> None:
    with database.write() as connection:
        people.add_subscriber(
            connection,
            "weekly",
            address,
            consent="asked at the quay",
            source="test",
            now=SUNDAY,
            secret=lambda: address.encode()[:12],
        )


def test_nothing_is_due_before_its_time(newsroom: Newsroom) -> None:
    """On Sunday nothing is done, and nothing is written down."""
    assert newsroom.run(SUNDAY) == []
    assert newsroom.mails == 0


def test_a_slot_is_done_once(newsroom: Newsroom) -> None:
    """However often a run looks, Monday's issue goes out once."""
    assert newsroom.run(MONDAY) == [("2026-11-23", SlotState.REHEARSED)]
    assert newsroom.run(MONDAY) == []
    assert newsroom.run(MONDAY + timedelta(days=1)) == []
    assert newsroom.mails == 1


def test_next_week_brings_what_is_new(newsroom: Newsroom) -> None:
    """The next slot takes only articles that the series has not used."""
    newsroom.run(MONDAY)
    newsroom.write(2)
    assert newsroom.run(MONDAY + WEEK) == [("2026-11-30", SlotState.REHEARSED)]
    with newsroom.desk.database.read() as connection:
        issue = issues.get_issue(connection, 2)
    assert issue.number == 2
    assert ["ferry 2" in story.article.text for story in issue.stories] == [True]


def test_nothing_new_sends_nothing(newsroom: Newsroom) -> None:
    """A week without articles is skipped with its reason, and no issue is built."""
    newsroom.run(MONDAY)
    newsroom.clock.now = MONDAY + WEEK
    (result,) = run_due(newsroom.desk)
    assert result.state is SlotState.SKIPPED
    assert "min_stories" in result.reason
    with newsroom.desk.database.read() as connection:
        assert issues.newest(connection) == 1


def test_missed_weeks_are_not_made_up_for(newsroom: Newsroom) -> None:
    """After three weeks off there is one slot to answer for, and it is too late."""
    late = MONDAY + 2 * WEEK + timedelta(days=1)
    assert newsroom.run(late) == [("2026-12-07", SlotState.SKIPPED)]
    assert newsroom.mails == 0


def test_a_slot_left_by_a_crash_is_taken_up(newsroom: Newsroom) -> None:
    """A slot that was begun and never ended is done by the next run."""
    with newsroom.desk.database.write() as connection:
        schedules.begin_slot(connection, 1, "2026-11-23", MONDAY)
    assert newsroom.run(MONDAY) == [("2026-11-23", SlotState.REHEARSED)]
    assert newsroom.mails == 1


def test_a_crash_after_the_freezing_builds_no_second_issue(
    newsroom: Newsroom,
) -> None:
    """A slot whose issue was frozen is sent with that issue."""
    desk = newsroom.desk
    newsroom.clock.now = MONDAY
    with desk.database.write() as connection:
        schedules.begin_slot(connection, 1, "2026-11-23", MONDAY)

    def enter(connection: Connection, built: pipeline.Built) -> None:
        assert built.issue.id
        schedules.set_issue(connection, 1, "2026-11-23", built.issue.id)

    pipeline.collect(desk)
    pipeline.build(desk, series="weekly", also=enter)
    assert newsroom.run(MONDAY) == [("2026-11-23", SlotState.REHEARSED)]
    with desk.database.read() as connection:
        assert issues.newest(connection) == 1


def issue_count(newsroom: Newsroom) -> int:
    with newsroom.desk.database.read() as connection:
        return issues.newest(connection) or 0


def run_with(newsroom: Newsroom, at: datetime, **sections: Any) -> SlotResult:
    """What became of the slot that is due, with other settings."""
    newsroom.clock.now = at
    config = replace(newsroom.desk.config, **sections)
    (result,) = run_due(replace(newsroom.desk, config=config))
    return result


def test_a_rehearsal_is_not_what_a_schedule_is_for(newsroom: Newsroom) -> None:
    """Without a key, and without [transport] name, a schedule refuses to send."""
    result = run_with(newsroom, MONDAY, transport=TransportSettings())
    assert (result.state, result.issue) == (SlotState.FAILED, None)
    assert "SENDGRID_API_KEY" in result.reason
    assert newsroom.mails == 0


@pytest.mark.parametrize(
    "transport", [TransportSettings(name="sendgrid"), TransportSettings()]
)
def test_a_transport_that_cannot_send_builds_nothing(
    newsroom: Newsroom, transport: TransportSettings
) -> None:
    """Without a key there is no issue, however often it is tried."""
    for _ in range(3):
        assert run_with(newsroom, MONDAY, transport=transport).mendable
    assert issue_count(newsroom) == 0
    assert newsroom.run(MONDAY) == [("2026-11-23", SlotState.REHEARSED)]


def test_what_a_check_refused_is_tried_again(newsroom: Newsroom) -> None:
    """Once it is mended, the slot's issue goes out, and no second one is built."""
    wrong = replace(newsroom.desk.config.newsletter, from_email="tide@gmail.com")
    for _ in range(2):
        result = run_with(newsroom, MONDAY, newsletter=wrong)
        assert (result.state, result.issue) == (SlotState.REFUSED, 1)
        assert "digest check 1" in result.reason
    assert newsroom.run(MONDAY) == [("2026-11-23", SlotState.REHEARSED)]
    assert newsroom.run(MONDAY) == []
    assert (newsroom.mails, issue_count(newsroom)) == (1, 1)


def test_what_is_mended_too_late_is_left_to_its_editor(newsroom: Newsroom) -> None:
    """Past the lateness nothing goes out unasked; the line says how to send it."""
    wrong = replace(newsroom.desk.config.newsletter, from_email="tide@gmail.com")
    run_with(newsroom, MONDAY, newsletter=wrong)
    result = run_with(newsroom, MONDAY + LATENESS)
    assert (result.state, result.issue) == (SlotState.SKIPPED, 1)
    assert "digest send 1 --list weekly" in result.reason
    assert result.reason.endswith("have its articles back: digest issues discard 1")
    assert newsroom.run(MONDAY + LATENESS) == []
    assert newsroom.mails == 0


def test_an_issue_for_nobody_waits(newsroom: Newsroom) -> None:
    """A list that reaches nobody yet gets the slot's issue once it does."""
    with newsroom.desk.database.write() as connection:
        people.suppress(
            connection,
            people.parse_address("ann@example.com"),
            people.SuppressionReason.MANUAL,
            source="test",
            now=SUNDAY,
        )
    result = run_with(newsroom, MONDAY)
    assert (result.state, result.issue) == (SlotState.FAILED, 1)
    subscribe(newsroom.desk.database, "bob@example.com")
    assert newsroom.run(MONDAY) == [("2026-11-23", SlotState.REHEARSED)]
    assert (newsroom.mails, issue_count(newsroom)) == (1, 1)


def test_a_provider_out_of_reach_is_tried_again(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is pending goes out with the next run, once to each; then it is over."""
    monkeypatch.setattr(sendgrid, "RECONNECT", 0.01)
    by_key = {"transport": TransportSettings(name="sendgrid")}
    away = SendGridSettings(api_key="SG.test", host="http://127.0.0.1:9")
    result = run_with(newsroom, MONDAY, sendgrid=away, **by_key)
    assert (result.state, result.issue) == (SlotState.FAILED, 1)
    assert result.reason == "for now: Connection refused (1 of 1 wait)"
    with fault_server() as faults:
        there = replace(away, host=faults.url)
        result = run_with(newsroom, MONDAY, sendgrid=there, **by_key)
        assert (result.state, result.issue) == (SlotState.SENT, 1)
        assert len(faults.people) == 1
    assert newsroom.run(MONDAY) == []


def test_one_bad_source_stops_no_other(newsroom: Newsroom) -> None:
    """A source that cannot be read is left out, and the issue goes out."""
    sources = (Source(path="nowhere"), *newsroom.desk.config.source)
    config = replace(newsroom.desk.config, source=sources)
    newsroom.clock.now = MONDAY
    (result,) = run_due(replace(newsroom.desk, config=config))
    assert result.state is SlotState.REHEARSED


# --- The clock, and the calendar ------------------------------------------------------


def test_a_clock_set_back_sends_nothing_again(newsroom: Newsroom) -> None:
    """Neither what went out, nor what was passed over while nobody was there."""
    daily = {"every": "daily 08:00", "zone": "Europe/Amsterdam"}
    reschedule(newsroom, **daily)
    assert newsroom.run(MONDAY) == [("2026-11-23", SlotState.REHEARSED)]
    newsroom.write(2)
    thursday = MONDAY + timedelta(days=3)
    assert newsroom.run(thursday) == [("2026-11-26", SlotState.REHEARSED)]
    newsroom.write(3)
    for days in range(3):
        assert newsroom.run(MONDAY + timedelta(days=days)) == []
    assert newsroom.mails == 2
    friday = MONDAY + timedelta(days=4)
    assert newsroom.run(friday) == [("2026-11-27", SlotState.REHEARSED)]


@pytest.fixture
def other_zones(tmp_path: Path) -> Iterator[Callable[[str, str], None]]:
    """Gives a zone the clocks of another, as newer data may to the next process."""
    folder, before = tmp_path / "zones", zoneinfo.TZPATH

    def give(name: str, clocks: str) -> None:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with as_file(files("tzdata.zoneinfo").joinpath(clocks)) as data:
            file.write_bytes(data.read_bytes())
        zoneinfo.reset_tzpath([str(folder)])
        slots._following.cache_clear()
        zoneinfo.ZoneInfo.clear_cache(only_keys=[name])

    yield give
    slots._following.cache_clear()
    zoneinfo.reset_tzpath(before)
    zoneinfo.ZoneInfo.clear_cache()


@pytest.mark.parametrize("clocks", ["Africa/Cairo", "Atlantic/Azores", "Asia/Tokyo"])
def test_new_zone_data_changes_nothing_that_has_fired(
    newsroom: Newsroom, other_zones: Callable[[str, str], None], clocks: str
) -> None:
    """An hour or more to either side, Monday's issue has gone out; next week's comes by
    the new clocks."""
    assert newsroom.run(MONDAY) == [("2026-11-23", SlotState.REHEARSED)]
    newsroom.write(2)
    other_zones("Europe/Amsterdam", clocks)
    for hours in range(24 * 5):
        assert newsroom.run(MONDAY + timedelta(hours=hours)) == []
    assert newsroom.mails == 1
    eight = datetime(2026, 11, 30, 8, tzinfo=parse_zone(clocks)).astimezone(UTC)
    assert newsroom.run(eight - timedelta(hours=2, minutes=1)) == []
    again = newsroom.run(eight - timedelta(hours=2))
    assert again == [("2026-11-30", SlotState.REHEARSED)]


# --- Lead, approval, what was missed ------------------------------------------------


def reschedule(newsroom: Newsroom, **how: Any) -> None:
    """The same schedule, led up to in another way."""
    with newsroom.desk.database.write() as connection:
        stored = schedules.find_schedule(connection, "weekly").schedule
        schedules.remove_schedule(connection, "weekly")
        schedules.add_schedule(connection, replace(stored, **how), SUNDAY)


def told(newsroom: Newsroom) -> list[str]:
    """The subjects of what the editor is mailed."""
    return [mail["subject"] for mail in mailed(newsroom)]


def mailed(newsroom: Newsroom) -> list[dict[str, str]]:
    with newsroom.desk.database.read() as connection:
        rows = connection.scalars(select(outgoing.c.payload).order_by(outgoing.c.id))
        return [json.loads(row) for row in rows]


def edited(newsroom: Newsroom) -> Newsroom:
    """The same newsroom with an editor, who is mailed."""
    desk = newsroom.desk
    newsletter = replace(desk.config.newsletter, editor="mara@example.com")
    config = replace(desk.config, newsletter=newsletter)
    return replace(newsroom, desk=replace(desk, config=config))


def test_it_is_built_a_lead_before(newsroom: Newsroom) -> None:
    """Two hours before its time, and not earlier."""
    eight = datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert newsroom.run(eight - timedelta(minutes=121)) == []
    built = newsroom.run(eight - timedelta(minutes=120))
    assert built == [("2026-11-23", SlotState.REHEARSED)]


def test_what_is_led_up_to_goes_out_at_its_time(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Built at six, planned for eight, handed over in the hour before."""
    office = Office()
    eight = datetime(2026, 11, 23, 7, tzinfo=UTC)
    by_key: dict[str, Any] = {"transport": TransportSettings(name="sendgrid")}
    with serving(office) as url:
        account = SendGridSettings(api_key="SG.test", host=url)
        office.time = (eight - timedelta(hours=2)).timestamp()
        result = run_with(
            newsroom, eight - timedelta(hours=2), sendgrid=account, **by_key
        )
        assert (result.state, result.reason) == (
            SlotState.SENT,
            "goes out at Mon 08:00 CET (07:00 UTC)",
        )
        assert result.ahead
        assert not office.copies
        office.time = (eight - timedelta(minutes=55)).timestamp()
        newsroom.clock.now = eight - timedelta(minutes=55)
        config = replace(newsroom.desk.config, sendgrid=account, **by_key)
        (driven,) = drive_due(replace(newsroom.desk, config=config))
    assert driven.status
    assert driven.status.accepted == 1
    assert [each.send_at for each in office.copies] == [eight.timestamp()]


def test_it_waits_for_approval(newsroom: Newsroom) -> None:
    """Built and mailed to the editor once; it goes out when it is approved."""
    newsroom = edited(newsroom)
    reschedule(newsroom, approve=True)
    six = datetime(2026, 11, 23, 5, 1, tzinfo=UTC)
    assert newsroom.run(six) == [("2026-11-23", SlotState.WAITING)]
    assert newsroom.run(six + timedelta(minutes=5)) == []
    assert told(newsroom) == ["[The Digest] To approve: weekly, 2026-11-23"]
    assert newsroom.mails == 0
    with newsroom.desk.database.write() as connection:
        approvals.approve(connection, issue_id=1)
    approved = newsroom.run(six + timedelta(minutes=10))
    assert approved == [("2026-11-23", SlotState.REHEARSED)]
    assert newsroom.mails == 1


def test_the_editor_has_two_hours(newsroom: Newsroom) -> None:
    """Where somebody approves it, it is built their deadline and two hours ahead."""
    reschedule(newsroom, approve=True, deadline=timedelta(minutes=90))
    eight = datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert newsroom.run(eight - timedelta(hours=3, minutes=31)) == []
    built = newsroom.run(eight - timedelta(hours=3, minutes=30))
    assert built == [("2026-11-23", SlotState.WAITING)]


def by_sendgrid(newsroom: Newsroom, url: str) -> Newsroom:
    """The same newsroom, whose schedule sends by SendGrid."""
    config = replace(
        newsroom.desk.config,
        transport=TransportSettings(name="sendgrid"),
        sendgrid=SendGridSettings(api_key="SG.test", host=url),
    )
    return replace(newsroom, desk=replace(newsroom.desk, config=config))


def stored_email(newsroom: Newsroom) -> Email:
    with newsroom.desk.database.read() as connection:
        campaign = ledger.find_campaign(connection, 1)
        assert campaign
        return ledger.stored_email(connection, campaign)


def test_what_was_approved_is_what_is_sent(newsroom: Newsroom) -> None:
    """From its building on an issue's e-mail stands, whatever becomes of the looks."""
    reschedule(newsroom, approve=True)
    with fault_server() as faults:
        newsroom = by_sendgrid(newsroom, faults.url)
        newsroom.run(datetime(2026, 11, 23, 5, 1, tzinfo=UTC))
        shown = stored_email(newsroom)
        with newsroom.desk.database.write() as connection:
            approvals.approve(connection, issue_id=1)
            assert ledger.status(connection, 1).state is CampaignState.DRAFT
        assert drive_due(newsroom.desk) == []  # nobody is planned yet
        look = replace(newsroom.desk.config.look, accent="#123456")
        changed = replace(newsroom.desk.config, look=look)
        newsroom = replace(newsroom, desk=replace(newsroom.desk, config=changed))
        newsroom.run(datetime(2026, 11, 23, 5, 20, tzinfo=UTC))
        assert stored_email(newsroom) == shown
        assert "#123456" not in shown.html


def test_what_a_check_refused_is_rendered_anew(newsroom: Newsroom) -> None:
    """What is mended in the settings is in the e-mail that goes out."""
    reschedule(newsroom, approve=True)
    with fault_server() as faults:
        newsroom = by_sendgrid(newsroom, faults.url)
        half_past = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
        wrong = replace(newsroom.desk.config.newsletter, postal_address="")
        result = run_with(newsroom, half_past, newsletter=wrong)
        assert result.state in (SlotState.REFUSED, SlotState.FAILED)
        assert newsroom.run(half_past) == [("2026-11-23", SlotState.WAITING)]
        assert "1 Lower Quay" in stored_email(newsroom).text


def test_in_each_ones_own_zone(newsroom: Newsroom) -> None:
    """At eight by everybody's own clocks; whose eight o'clock is past, as soon as can
    be."""
    reschedule(newsroom, local=True)
    zones = {"bea@example.com": "Asia/Tokyo", "cho@example.com": "America/New_York"}
    for address, zone in zones.items():
        subscribe(newsroom.desk.database, address)
        with newsroom.desk.database.write() as connection:
            where = subscriber.c.email == address
            connection.execute(update(subscriber).where(where).values(zone=zone))
    six = datetime(2026, 11, 23, 5, tzinfo=UTC)
    office = Office()
    office.time = six.timestamp()
    with serving(office) as url:
        newsroom = by_sendgrid(newsroom, url)
        assert newsroom.run(six) == [("2026-11-23", SlotState.SENT)]
    with newsroom.desk.database.read() as connection:
        planned = connection.scalars(select(batch.c.send_at).order_by(batch.c.send_at))
        assert [f"{each:%H:%M}" for each in planned] == ["05:35", "07:00", "13:00"]
    assert [each.send_at for each in office.copies] == [six.timestamp() + 35 * 60]


@pytest.mark.parametrize(
    ("otherwise", "state"),
    [(Otherwise.SKIP, SlotState.SKIPPED), (Otherwise.SEND, SlotState.REHEARSED)],
)
def test_nobody_approves(
    newsroom: Newsroom, otherwise: Otherwise, state: SlotState
) -> None:
    """At the deadline it is left out, or goes out, as the schedule says."""
    reschedule(newsroom, approve=True, otherwise=otherwise)
    six = datetime(2026, 11, 23, 5, 1, tzinfo=UTC)
    newsroom.run(six)
    assert newsroom.run(six + timedelta(minutes=50)) == [("2026-11-23", state)]


@pytest.mark.parametrize(
    ("missed", "state"),
    [
        (Missed.ONCE, SlotState.REHEARSED),
        (Missed.SKIP, SlotState.SKIPPED),
        (Missed.ASK, SlotState.WAITING),
    ],
)
def test_nobody_was_there(newsroom: Newsroom, missed: Missed, state: SlotState) -> None:
    """An hour after its time it is done, left out, or asked for."""
    reschedule(newsroom, missed=missed)
    assert newsroom.run(MONDAY + timedelta(hours=1)) == [("2026-11-23", state)]


def test_the_editor_is_told_once(newsroom: Newsroom) -> None:
    """What goes wrong is mailed when it is new, and not at each run."""
    newsroom = edited(newsroom)
    wrong = replace(newsroom.desk.config.newsletter, from_email="tide@gmail.com")
    for _ in range(3):
        run_with(newsroom, MONDAY, newsletter=wrong)
    assert told(newsroom) == ["[The Digest] weekly 2026-11-23 refused"]


def test_a_fault_is_told_as_well(
    newsroom: Newsroom,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Its trace is in the log, the editor is mailed once, no other schedule waits, and
    the slot is done when it is mended."""
    newsroom = edited(newsroom)
    with newsroom.desk.database.write() as connection:
        stored = schedules.find_schedule(connection, "weekly").schedule
        schedules.add_schedule(connection, replace(stored, name="again"), SUNDAY)

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of ann@example.com")

    with monkeypatch.context() as patch:
        patch.setattr("digest.pipeline.build", fail)
        for _ in range(2):
            assert [state for _, state in newsroom.run(MONDAY)] == [
                SlotState.FAILED
            ] * 2
    assert "ZeroDivisionError: of ann" in caplog.text
    assert told(newsroom) == [
        "[The Digest] again 2026-11-23 failed",
        "[The Digest] weekly 2026-11-23 failed",
    ]
    with newsroom.desk.database.read() as connection:
        rows = connection.scalars(select(outgoing.c.payload)).all()
    assert all("(ZeroDivisionError)" in row and "ann@" not in row for row in rows)
    assert SlotState.REHEARSED in dict(newsroom.run(MONDAY)).values()


def test_what_cron_drives_is_told_once(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That an issue stands still, however often it is looked at."""
    monkeypatch.setattr(sendgrid, "RECONNECT", 0.01)
    newsroom = edited(by_sendgrid(newsroom, "http://127.0.0.1:9"))
    newsroom.clock.now = MONDAY
    run_due(newsroom.desk, leave=True)
    for _ in range(2):
        assert len(drive_due(newsroom.desk)) == 1
    assert told(newsroom) == ["[The Digest] weekly 2026-11-23 stands still"]


def test_a_refusal_says_the_command_that_allows(newsroom: Newsroom) -> None:
    """With the schedule's lists: it can be copied into a shell."""
    wrong = replace(newsroom.desk.config.newsletter, from_email="tide@gmail.com")
    result = run_with(newsroom, MONDAY, newsletter=wrong)
    assert "`digest send 1 --list weekly --allow CHECK`" in result.reason


def test_what_nobody_approved_can_be_given_up(newsroom: Newsroom) -> None:
    """With the commands that the reason names, also where it has a campaign."""
    reschedule(newsroom, approve=True)
    with fault_server() as faults:
        newsroom = by_sendgrid(newsroom, faults.url)
        newsroom.run(datetime(2026, 11, 23, 5, 1, tzinfo=UTC))
        newsroom.clock.now = datetime(2026, 11, 23, 6, tzinfo=UTC)
        (result,) = run_due(newsroom.desk)
        assert result.state is SlotState.SKIPPED
        assert result.reason.endswith("digest cancel 1; digest issues discard 1")
        recovery.cancel(newsroom.desk, 1, print, threading.Event())
    with newsroom.desk.database.write() as connection:
        assert archive.discard(connection, 1) == 1


@pytest.mark.parametrize(
    ("how", "at", "says"),
    [
        (
            {"approve": True},
            datetime(2026, 11, 23, 5, 1, tzinfo=UTC),
            "Approved, it goes out at Mon 08:00 CET (07:00 UTC).\n"
            "Unless somebody approves it by Mon 06:45 CET (05:45 UTC), it does not",
        ),
        (
            {"approve": True, "otherwise": Otherwise.SEND},
            datetime(2026, 11, 23, 5, 1, tzinfo=UTC),
            "Unless somebody approves it by Mon 06:45 CET (05:45 UTC), it goes out all",
        ),
        (
            {"approve": True, "local": True},
            datetime(2026, 11, 23, 5, 1, tzinfo=UTC),
            "Approved, it goes out at 08:00 of each one's own time.\n",
        ),
        (
            {"missed": Missed.ASK},
            MONDAY,
            "Nobody was there at its time, Mon 08:00 CET (07:00 UTC): approved, it "
            "goes out at once.\nUnless somebody approves it by Mon 14:00 CET (13:00",
        ),
    ],
)
def test_the_question_says_until_when(
    newsroom: Newsroom, how: dict[str, Any], at: datetime, says: str
) -> None:
    """And what comes then; and that a slot was missed."""
    newsroom = edited(newsroom)
    reschedule(newsroom, **how)
    newsroom.run(at)
    (mail,) = mailed(newsroom)
    assert says in mail["text"]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("issue 3: not sent", "Issue 3: not sent"),
        ("issue 31 is away", "Issue 3: issue 31 is away"),
        ("no key", "Issue 3: no key"),
    ],
)
def test_an_issue_is_named_once(reason: str, said: str) -> None:
    """In what the editor is mailed."""
    assert about(3, reason) == said


def test_a_missed_one_that_nobody_approved(newsroom: Newsroom) -> None:
    """Is said to be just that: nothing was to be mended."""
    reschedule(newsroom, missed=Missed.ASK)
    newsroom.run(MONDAY)
    newsroom.clock.now = MONDAY + LATENESS
    (result,) = run_due(newsroom.desk)
    assert result.state is SlotState.SKIPPED
    assert result.reason.startswith("not approved in time; to send it")
