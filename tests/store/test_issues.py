"""Issues, items, schedules: what goes into the database comes out as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from digest.errors import DatabaseError, TryAgain, UnknownName
from digest.model import (
    Article,
    Attribution,
    Image,
    Issue,
    Lede,
    Quote,
    Section,
    Span,
    Story,
)
from digest.store import Database
from digest.store.issues import (
    add_issue,
    before,
    decode,
    encode,
    get_issue,
    next_number,
)
from digest.store.tables import issue as issue_table

TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
MAYBE = st.none() | TEXTS
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
MOMENTS = st.datetimes(timezones=ZONES)
SPANS = st.builds(Span, start=st.integers(0), end=st.integers(0), text=TEXTS)
ARTICLES = st.builds(
    Article,
    id=TEXTS,
    text=TEXTS,
    paragraphs=st.lists(SPANS, max_size=3).map(tuple),
    boilerplate=st.lists(SPANS, max_size=3).map(tuple),
    title=MAYBE,
    url=MAYBE,
    byline=MAYBE,
    published=st.none() | MOMENTS,
    language=MAYBE,
    image=st.none()
    | st.builds(Image, url=TEXTS, alt=TEXTS, width=st.none() | st.integers(0, 9999)),
    source=MAYBE,
)
ATTRIBUTIONS = st.builds(
    Attribution,
    speaker=TEXTS,
    role=MAYBE,
    cue=MAYBE,
    rule=TEXTS,
    confidence=st.floats(0, 1),
)
QUOTES = st.builds(
    Quote,
    span=SPANS,
    utterance=st.integers(0, 99),
    attribution=st.none() | ATTRIBUTIONS,
    selected=st.booleans(),
)
STORIES = st.builds(
    Story,
    headline=TEXTS,
    articles=st.lists(ARTICLES, min_size=1, max_size=2).map(tuple),
    lede=st.builds(Lede, sentences=st.lists(SPANS, max_size=2).map(tuple)),
    quotes=st.lists(QUOTES, max_size=2).map(tuple),
)
SECTIONS = st.builds(
    Section, title=MAYBE, stories=st.lists(STORIES, max_size=2).map(tuple)
)
ISSUES = st.builds(
    Issue,
    number=st.integers(1, 10**6),
    series=TEXTS,
    title=TEXTS,
    subject=TEXTS,
    preheader=TEXTS,
    published=MOMENTS,
    language=st.just("en"),
    sections=st.lists(SECTIONS, max_size=2).map(tuple),
)


def an_issue(number: int = 1, series: str = "weekly", text: str = "Hello.") -> Issue:
    lede = Lede(sentences=(Span.of(text, 0, len(text)),))
    article = Article(id="a", text=text)
    story = Story(headline="Hello", articles=(article,), lede=lede)
    return Issue(
        number=number,
        series=series,
        title="The Digest",
        subject="Hello",
        preheader="",
        published=datetime(2026, 11, 20, 8, tzinfo=UTC),
        language="en",
        sections=(Section(title=None, stories=(story,)),),
    )


@given(ISSUES)
def test_any_issue_comes_back(issue: Issue) -> None:
    """Whatever an issue holds, what is read is equal to what was written."""
    assert decode(encode(issue), Issue, "it") == issue


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(issue=ISSUES)
def test_through_the_database(
    sqlite_database: Database, now: datetime, issue: Issue
) -> None:
    """An issue is the same after it was kept, control characters and all."""
    with sqlite_database.read() as connection:
        number = next_number(connection, issue.series)
        kept = replace(issue, number=number)
        issue_id = add_issue(connection, kept, now)
        assert get_issue(connection, issue_id) == replace(kept, id=issue_id)


def test_numbers(database: Database, now: datetime) -> None:
    """Numbers count within a series; ids count all."""
    with database.write() as connection:
        assert next_number(connection, "weekly") == 1
        ids = [add_issue(connection, an_issue(number), now) for number in (1, 2)]
        ids.append(add_issue(connection, an_issue(1, "daily"), now))
        assert ids == sorted(set(ids))
        assert next_number(connection, "weekly") == 3
        assert next_number(connection, "daily") == 2
        assert get_issue(connection, ids[1]) == replace(an_issue(2), id=ids[1])


def test_issues_before(database: Database, now: datetime) -> None:
    """The last of the same series, the newest first, and not the issue itself."""
    with database.write() as connection:
        for number in (1, 2, 3, 4):
            add_issue(connection, an_issue(number), now)
        add_issue(connection, an_issue(3, "daily"), now)
        found = before(connection, "weekly", 4, 2)
        assert before(connection, "weekly", 1, 2) == []
    assert found == [an_issue(3), an_issue(2)]


def test_same_number(database: Database, now: datetime) -> None:
    """Of two that build the same issue at once, the second is told to build again."""
    with database.write() as connection:
        add_issue(connection, an_issue(), now)
    with pytest.raises(TryAgain, match="another issue 1 of weekly was built at the"):
        with database.write() as connection:
            add_issue(connection, an_issue(), now)


@pytest.mark.parametrize("asked", [0, -1, 2, 10**30])
def test_unknown_issue(database: Database, now: datetime, asked: int) -> None:
    """An id that is nobody's says which is the newest, however large it is."""
    with database.write() as connection:
        with pytest.raises(UnknownName, match=f"no issue {asked}; there is none yet"):
            get_issue(connection, asked)
        add_issue(connection, an_issue(), now)
        with pytest.raises(UnknownName, match=f"no issue {asked}; the newest is 1"):
            get_issue(connection, asked)


def test_half_a_character(sqlite_database: Database, now: datetime) -> None:
    """A lone surrogate is refused by its place, and nothing is kept."""
    broken = an_issue(text="the minister said \ud83d that")
    with pytest.raises(DatabaseError, match="half a character after") as caught:
        with sqlite_database.write() as connection:
            add_issue(connection, broken, now)
    assert str(caught.value).isprintable()
    with sqlite_database.read() as connection:
        assert next_number(connection, "weekly") == 1


def test_moment_without_zone(sqlite_database: Database, now: datetime) -> None:
    """An issue whose moment could be any moment is refused."""
    broken = replace(an_issue(), published=datetime(2026, 11, 20))  # noqa: DTZ001
    with pytest.raises(ValueError, match="a moment without a zone"):
        with sqlite_database.write() as connection:
            add_issue(connection, broken, now)


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"number": "1"}', "\x00"])
def test_unreadable(sqlite_database: Database, now: datetime, content: str) -> None:
    """Content that is none is named by its issue, not traced back."""
    with sqlite_database.write() as connection:
        issue_id = add_issue(connection, an_issue(), now)
        connection.execute(update(issue_table).values(content=content))
        with pytest.raises(DatabaseError, match="^issue 1 in the database: "):
            get_issue(connection, issue_id)
