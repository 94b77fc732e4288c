"""Issues that were built can be made again, compared and given up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest import archive, ledger, pipeline
from digest.config import Config, Source
from digest.errors import DatabaseError, UnknownName, UsageError
from digest.issue.difference import differences, recut
from digest.model import CampaignState, Lede, Span
from digest.pipeline import Desk
from digest.store import Database, approvals, issues, items, schedules
from digest.store.tables import campaign, schedule
from tests.rendering.issues import edited, issue, story, week

TEXTS = {
    "ferry": "The night ferry left Marlhaven on Friday with 212 people on board.\n",
    "bread": "A rye loaf from Oldmere won. “It is the salt,” said Ola Berg.\n",
}


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    """A desk with two collected articles."""
    for name, text in TEXTS.items():
        (tmp_path / f"{name}.txt").write_text(text)
    sources = tuple(Source(path=f"{name}.txt") for name in TEXTS)
    desk = Desk(
        database=database,
        config=Config(source=sources, folder=tmp_path),
        clock=lambda: datetime(2026, 11, 23, 8, tzinfo=UTC),
        nonce=lambda: "0a1b2c3d4e5f",
    )
    pipeline.collect(desk)
    return desk


def built(desk: Desk, out: Path | None = None) -> int:
    made = pipeline.build(desk, out=out).issue
    assert made.id
    return made.id


def waiting(desk: Desk) -> int:
    with desk.database.read() as connection:
        return len(items.unused(connection, pipeline.SERIES))


def discarded(desk: Desk, kept: int) -> int:
    with desk.database.write() as connection:
        return archive.discard(connection, kept)


def test_an_issue_is_made_again(desk: Desk) -> None:
    """The same issue.json to the byte, whatever became of sources and settings."""
    first, again = desk.config.folder / "first", desk.config.folder / "again"
    kept = built(desk, first)
    later = replace(desk, config=Config(folder=desk.config.folder))
    made = archive.rebuild(later, kept)
    pipeline.write_out(again, made.issue, made.email)
    name = pipeline.ISSUE_FILE
    assert (again / name).read_bytes() == (first / name).read_bytes()


def test_its_email_is_the_one_that_was_sent(desk: Desk) -> None:
    """Not one that today's templates would give."""
    kept = built(desk)
    sent = replace(archive.rebuild(desk, kept).email, html="as it was sent")
    with desk.database.write() as connection:
        ledger.create_campaign(
            connection, kept, sent, transport="outbox", lists=[], now=desk.clock()
        )
    assert archive.rebuild(desk, kept).email == sent


def test_a_passage_that_was_changed_is_found(desk: Desk) -> None:
    """By cutting it anew from the article."""
    whole = issue(story())
    assert recut(whole) == whole
    false = (Span(start=0, end=10, text="Not there."),)
    broken = replace(story(), lede=Lede(sentences=false))
    with pytest.raises(DatabaseError, match="the passages of 'A headline'"):
        recut(issue(broken))


def test_what_an_issue_used_stays_used_until_it_is_discarded(desk: Desk) -> None:
    """Then its items wait again, and its number is free."""
    kept = built(desk)
    assert waiting(desk) == 0
    with desk.database.read() as connection:
        assert archive.would_discard(connection, kept) == 2
        [listed] = issues.listed(connection)
    assert (listed.id, listed.number, listed.items, listed.state) == (kept, 1, 2, None)
    assert discarded(desk, kept) == 2
    assert waiting(desk) == 2
    with pytest.raises(UnknownName):
        discarded(desk, kept)
    assert pipeline.build(desk).issue.number == 1


def test_a_slot_has_no_issue_again(desk: Desk) -> None:
    """Nor an approval: that was given to the issue which is no more."""
    kept = built(desk)
    with desk.database.write() as connection:
        every = {"name": "w", "every": "monday 08:00", "zone": "UTC", "lists": "[]"}
        connection.execute(schedule.insert().values(**every, created_at=desk.clock()))
        schedules.begin_slot(connection, 1, "2026-11-23", desk.clock())
        schedules.set_issue(connection, 1, "2026-11-23", kept)
        approvals.ask_approval(connection, 1, "2026-11-23", "hash")
        approvals.approve(connection, issue_id=kept)
    discarded(desk, kept)
    with desk.database.write() as connection:
        begun = schedules.begin_slot(connection, 1, "2026-11-23", desk.clock())
    assert (begun.issue, begun.approved) == (None, False)


@pytest.mark.parametrize("state", list(CampaignState))
def test_what_may_yet_be_sent_is_not_discarded(
    desk: Desk, state: CampaignState
) -> None:
    """A campaign is cancelled first; of a cancelled one the issue stays."""
    kept = built(desk)
    email = archive.rebuild(desk, kept).email
    with desk.database.write() as connection:
        ledger.create_campaign(
            connection, kept, email, transport="outbox", lists=[], now=desk.clock()
        )
        connection.execute(campaign.update().values(state=state))
    if state is CampaignState.CANCELLED:
        assert discarded(desk, kept) == 2
        assert waiting(desk) == 2
        assert archive.rebuild(desk, kept)
        return
    with pytest.raises(UsageError, match="digest cancel|went out"):
        discarded(desk, kept)
    assert waiting(desk) == 0


def test_differences() -> None:
    """What is new, what went, what changed; nothing between equal ones."""
    assert not list(differences(week(), week()))
    found = {each.what: each for each in differences(week(), edited())}
    assert found["editorial"].after.startswith("This week the council")
    assert found["sponsor"].after.startswith("Quay Street Books")
    one, other = issue(story("Old")), issue(story("New"), subject="Another")
    assert [
        (each.what, each.before, each.after) for each in differences(one, other)
    ] == [
        ("subject", "A subject", "Another"),
        ("story", "Old", ""),
        ("story", "", "New"),
    ]


def test_an_order_that_changed_is_told() -> None:
    """The same stories in another order."""
    a, b = (story(name, url=f"https://{name}.example/") for name in "ab")
    one = replace(week(), sections=(replace(week().sections[0], stories=(a, b)),))
    other = replace(week(), sections=(replace(week().sections[0], stories=(b, a)),))
    [found] = differences(one, other)
    assert (found.what, found.before, found.after) == ("order", "a; b", "b; a")
