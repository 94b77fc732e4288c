"""Articles on one event become one group; what is merely related stays apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.issue.clustering import clusters, likenesses
from digest.model import Article, Span

FRIDAY = datetime(2026, 11, 20, 8, tzinfo=UTC)


def article(title: str, *paragraphs: str, publisher: str, days: int = 0) -> Article:
    text = "\n\n".join(paragraphs)
    starts = [sum(len(p) + 2 for p in paragraphs[:n]) for n in range(len(paragraphs))]
    spans = tuple(
        Span.of(text, start, start + len(paragraph))
        for start, paragraph in zip(starts, paragraphs, strict=True)
    )
    return Article(
        id=f"{publisher}/{title}",
        text=text,
        paragraphs=spans,
        title=title,
        url=f"https://{publisher}.example/{len(title)}",
        published=FRIDAY + timedelta(days=days),
    )


COLLISION = article(
    "Night ferry hits Marlhaven pier, 14 hurt",
    "The night ferry Aurelia struck the northern pier of Marlhaven harbour on Friday, "
    "and 14 passengers were hurt, the coastguard said.",
    "Captain Ingrid Solvang told investigators that the Aurelia's rudder had jammed.",
    publisher="gazette",
)
AGAIN = article(
    "Fourteen injured as ferry Aurelia rams pier in Marlhaven",
    "Fourteen people were injured when the ferry Aurelia rammed a pier in Marlhaven "
    "early on Friday.",
    "A jammed rudder is being examined, said the coastguard; Captain Ingrid Solvang "
    "was unhurt.",
    publisher="herald",
)
#: about ferries in the same town, and no part of the event
RELATED = article(
    "Marlhaven council debates ferry fares",
    "Fares of the Marlhaven ferry may rise by a tenth in spring, the council heard on "
    "Friday, for fuel has become dearer.",
    "Residents of the islands called the plan unfair.",
    publisher="courier",
)


def test_a_number_in_common_is_no_event() -> None:
    """Of an item of a few words nothing tells what it is about."""
    long = article(
        "Crime falls in week 48", *COLLISION.text.split("\n\n"), publisher="a"
    )
    short = article("Week 48", "All.", publisher="b")
    assert clusters([long, short]) == [[0], [1]]


ELSEWHERE = article(
    "Bakers of Oldmere win bread prize",
    "A rye loaf from Oldmere won the national bread prize on Friday.",
    publisher="courier",
)


def test_one_sources_stories_stay_apart() -> None:
    """A feed that links to many hosts tells of many events, not of one."""
    many = [COLLISION, replace(AGAIN, url="https://another.example/1")]
    assert clusters(many) == [[0, 1]]
    assert clusters(many, ["feed", "feed"]) == [[0], [1]]
    assert clusters(many, ["feed", "other"]) == [[0, 1]]


def test_one_event_is_one_group() -> None:
    """Two reports are joined; the fares and the bread stay by themselves."""
    assert clusters([COLLISION, RELATED, ELSEWHERE, AGAIN]) == [[0, 3], [1], [2]]


def test_related_is_less_alike() -> None:
    """What shares a town and a subject is somewhat alike, not the same."""
    found = likenesses([COLLISION, AGAIN, RELATED])
    assert found[0, 1] > 2 * found.get((0, 2), 0) > 0


def test_one_publisher_tells_an_event_once() -> None:
    """Two articles of one site are two stories, a follow-up or a comment."""
    assert clusters([COLLISION, replace(AGAIN, url=COLLISION.url)]) == [[0], [1]]
    assert clusters([COLLISION, replace(AGAIN, url=None)]) == [[0, 1]]


def test_days_apart_is_another_event() -> None:
    """A ferry that hits the same pier a week later does it again."""
    assert AGAIN.published
    later = replace(AGAIN, published=AGAIN.published + timedelta(days=7))
    assert clusters([COLLISION, later]) == [[0], [1]]
    assert clusters([COLLISION, replace(AGAIN, published=None)]) == [[0, 1]]


@pytest.mark.parametrize("days", [0, 9])
def test_copies_are_joined_whoever_has_them(days: int) -> None:
    """An agency's report under another title, cut short, at the same host, days on."""
    copy = article(
        "Ferry Aurelia hits pier",
        COLLISION.paragraphs[0].text,
        publisher="gazette",
        days=days,
    )
    assert likenesses([COLLISION, copy]) == {(0, 1): 1.0}
    assert clusters([COLLISION, copy]) == [[0, 1]]


def test_the_next_of_a_series_is_no_copy() -> None:
    """The same words with other numbers are of another day, whoever has them."""
    report = (
        "The harbour office counted {n} ships at the quays of Marlhaven on Friday, and "
        "no delays; the ferry was on time, and the locks were open all day long."
    )
    texts = [report.format(n=n) for n in (12, 14)]
    for publisher in ("https://gazette.example", ""):
        days = [
            Article(id=text, text=text, url=publisher and f"{publisher}/{len(text)}")
            for text in texts
        ]
        assert clusters(days) == [[0], [1]]


def test_articles_without_words() -> None:
    """What says nothing is like nothing."""
    empty = [Article(id=str(n), text=text) for n, text in enumerate(("", "…", "\n"))]
    assert clusters(empty) == [[0], [1], [2]]
    assert clusters([]) == []


def test_scripts_without_spaces() -> None:
    """Two letters stand for a word where none is set apart."""
    one = Article(
        id="1", text="夜行フェリーがマルハーベン港の桟橋に衝突し十四人が負傷した"
    )
    two = Article(id="2", text="マルハーベン港の桟橋に夜行フェリーが衝突、十四人けが")
    three = Article(id="3", text="オールドミアのパン屋が全国大会で優勝した")
    assert clusters([one, three, two]) == [[0, 2], [1]]


@given(st.permutations([COLLISION, AGAIN, RELATED, ELSEWHERE]))
def test_the_order_does_not_matter(articles: list[Article]) -> None:
    """The groups are the same, as are the places in them, in whatever order."""
    found = {frozenset(articles[place].id for place in g) for g in clusters(articles)}
    assert found == {
        frozenset({COLLISION.id, AGAIN.id}),
        frozenset({RELATED.id}),
        frozenset({ELSEWHERE.id}),
    }


@given(st.lists(st.builds(Article, id=st.text(), text=st.text(), title=st.text())))
def test_every_article_is_in_one_group(articles: list[Article]) -> None:
    """Any text gives an answer, and nothing is lost."""
    places = sorted(place for group in clusters(articles) for place in group)
    assert places == list(range(len(articles)))
