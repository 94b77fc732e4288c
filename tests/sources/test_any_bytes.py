"""Whatever a server sends for a page or a feed: articles or one clear error, soon."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress

import pytest

from digest.errors import SourceError
from digest.model import Article
from digest.sources import read_feed, read_page
from tests.hostile import ARTICLE, FEEDS, HEAD, PAGES
from tests.invariants import assert_article_holds


def assert_ends_soon(read: Callable[[], Iterable[Article]]) -> None:
    """In articles or in an error; a hang would be one of many minutes."""
    begun = time.process_time()
    with suppress(SourceError):
        for article in read():
            assert_article_holds(article)
    assert time.process_time() - begun < 60


@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_page_of_megabytes_is_read_or_refused(name: str) -> None:
    """Nested, never closed, with hundreds of thousands of attributes."""
    html = PAGES[name](2_000_000)
    assert_ends_soon(lambda: [read_page(html, id="page")])


@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_page_within_the_limits_is_read(name: str) -> None:
    """What is not refused for its size is read as soon as other pages."""
    html = PAGES[name](30_000)
    assert_ends_soon(lambda: [read_page(html, id="page")])


@pytest.mark.parametrize("name", FEEDS)
def test_a_hostile_feed_is_read_or_refused(name: str) -> None:
    """Items in items, attributes without end, marks that open and never close."""
    feed = FEEDS[name](300_000)
    assert_ends_soon(lambda: read_feed(feed, id="feed"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
@pytest.mark.parametrize("value", ["", "=b", "='>'", '="a > b"', " = b"])
def test_a_page_with_too_many_attributes_is_refused(encoding: str, value: str) -> None:
    """Before it is parsed: of a million attributes that takes an hour."""
    attributes = " ".join(f"a{number}{value}" for number in range(20_000))
    html = f"{HEAD.decode()}<p {attributes}>a</p>{ARTICLE.decode('latin-1')}"
    with pytest.raises(SourceError, match="^page: .* too many attributes$"):
        read_page(html.encode(encoding, "replace"), id="page")


def test_one_long_attribute_is_not_many() -> None:
    """A picture written into its page is a long tag with few attributes."""
    html = HEAD + b"<img src='data:" + b"a b/c=d " * 50_000 + b"'>" + ARTICLE
    assert read_page(html, id="page").paragraphs
