"""Items: seen once, used once a series; and schedules, whose slots begin once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import Connection

from digest.errors import DatabaseError, TryAgain
from digest.model import Article, Issue
from digest.store import Database
from digest.store.adding import Added, add_items
from digest.store.issues import add_issue, next_number
from digest.store.items import mark_used, unused


def article(name: str, *, url: str | None = None, text: str | None = None) -> Article:
    return Article(id=name, url=url, text=text or f"This is {name}.", title=name)


def an_issue(connection: Connection, series: str, number: int, now: datetime) -> int:
    issue = Issue(
        number=number,
        series=series,
        title="",
        subject="",
        preheader="",
        published=now,
        language="en",
        sections=(),
    )
    return add_issue(connection, issue, now)


def test_seen_once(database: Database, now: datetime) -> None:
    """An article is new once: by its address, or without one by its text."""
    with database.write() as connection:
        first = [article("a", url="https://e.example/a"), article("b")]
        assert (
            add_items(connection, first, source="feed", section="World", now=now).new
            == 2
        )
        again = [
            article("a, corrected", url="https://e.example/a"),
            replace(article("elsewhere"), title="b", text="This is b."),
            article("c", url="https://e.example/c"),
            article("c", url="https://e.example/c"),
        ]
        assert (
            add_items(connection, again, source="feed", section="World", now=now).new
            == 1
        )
        assert (
            add_items(connection, [], source="feed", section="World", now=now).new == 0
        )
        kept = unused(connection, "weekly")
    assert [each.article for each in kept] == [again[0], first[1], again[2]]
    assert {each.section for each in kept} == {"World"}


def test_used_by_each_series(database: Database, now: datetime) -> None:
    """What the daily used the weekly still has."""
    with database.write() as connection:
        add_items(
            connection,
            [article("a"), article("b"), article("c")],
            source="feed",
            section="",
            now=now,
        )
        a, b, c = (each.id for each in unused(connection, "daily"))
        mark_used(connection, "daily", [a, b], an_issue(connection, "daily", 1, now))
        mark_used(connection, "daily", [], an_issue(connection, "daily", 2, now))
        assert [each.id for each in unused(connection, "daily")] == [c]
        assert [each.id for each in unused(connection, "weekly")] == [a, b, c]


def test_used_twice(database: Database, now: datetime) -> None:
    """Of two issues of a series built of one item, the second is not kept."""

    def build(number: int) -> None:
        with database.write() as connection:
            issue_id = an_issue(connection, "daily", number, now)
            mark_used(connection, "daily", [only.id], issue_id)

    with database.write() as connection:
        add_items(connection, [article("a")], source="feed", section="", now=now)
        (only,) = unused(connection, "daily")
    build(1)
    with pytest.raises(TryAgain, match="another issue of daily was built of these"):
        build(2)
    with database.read() as connection:
        assert next_number(connection, "daily") == 2


@pytest.mark.parametrize(
    "url", ["https://e.example/" + "x" * 100_000, "https://e.example/" + "é" * 600]
)
def test_long_address(database: Database, now: datetime, url: str) -> None:
    """An address of any length is one address."""
    with database.write() as connection:
        assert (
            add_items(
                connection, [article("a", url=url)], source="feed", section="", now=now
            ).new
            == 1
        )
        assert (
            add_items(
                connection, [article("b", url=url)], source="feed", section="", now=now
            ).new
            == 0
        )
        assert (
            add_items(
                connection,
                [article("c", url=url + "y")],
                source="feed",
                section="",
                now=now,
            ).new
            == 1
        )


@pytest.mark.parametrize("broken", [{"text": "\ud800"}, {"url": "https://\ud800"}])
def test_half_a_character(
    sqlite_database: Database, now: datetime, broken: dict[str, str]
) -> None:
    """A lone surrogate is refused, and none of the articles is kept."""
    found = [article("a"), article("b", **broken)]
    with pytest.raises(DatabaseError, match="half a character"):
        with sqlite_database.write() as connection:
            add_items(connection, found, source="feed", section="", now=now)
    with sqlite_database.read() as connection:
        assert unused(connection, "daily") == []


def test_collected_at_once(database: Database, now: datetime) -> None:
    """What another process keeps meanwhile is not new, and does not stop the rest."""

    def collect() -> Added:
        with database.write() as connection:
            return add_items(
                connection,
                [article("a"), article("b")],
                source="feed",
                section="",
                now=now,
            )

    with ThreadPoolExecutor() as pool:
        with database.write() as connection:
            assert (
                add_items(
                    connection, [article("a")], source="feed", section="", now=now
                ).new
                == 1
            )
            other = pool.submit(collect)
            time.sleep(0.3)  # by then it waits: for the lock, or for our row
            assert not other.done()
        assert other.result(timeout=10).new == 1
    with database.read() as connection:
        assert [each.article.id for each in unused(connection, "daily")] == ["a", "b"]


def test_long_guid(database: Database, now: datetime) -> None:
    """A guid of any length is one guid, at a source of any address."""
    source = "https://e.example/" + "ü" * 500
    guids = ["😀" * 600, "😀" * 601, "😀" * 150]
    found = [replace(article("a"), id=guid, text=f"It is {guid}.") for guid in guids]
    with database.write() as connection:
        new = [
            add_items(connection, found, source=source, section="", now=now).new
            for _ in range(2)
        ]
    assert new == [3, 0]
