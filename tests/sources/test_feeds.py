"""A feed becomes its entries, whatever state it is in."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import SourceError
from digest.model import Article
from digest.sources import read_feed

FEEDS = Path("../shared/data/feeds")
TEXT = "The council voted on Tuesday to close the old harbour bridge to lorries."


def rss(*items: str, channel: str = "") -> bytes:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return (
        "<?xml version='1.0' encoding='utf-8'?>"
        "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'"
        " xmlns:media='http://search.yahoo.com/mrss/'>"
        f"<channel><title>The Harbour Post</title>{channel}{inside}</channel></rss>"
    ).encode()


@pytest.mark.needs("shared")
def test_no_feed_of_the_corpora_ends_in_an_exception() -> None:
    """feedparser's and the W3C validator's test files: entries, or one error.

    Only what feedparser finds no entry in may be refused, and no entry that has
    a title or a text is lost.
    """
    files = [file for file in sorted(FEEDS.rglob("*")) if file.is_file()]
    assert len(files) > 1000
    for file in files:
        data = file.read_bytes()
        entries = feedparser.parse(io.BytesIO(data)).entries
        articles = _entries_or_none(data, file.name)
        if articles is None:
            assert not entries
            continue
        told = [e for e in entries if e.get("title") or e.get("summary")]
        assert len(articles) >= len([e for e in told if _has_words(e)])
        for article in articles:
            assert article.id
            for span in (*article.paragraphs, *article.boilerplate):
                assert article.text[span.start : span.end] == span.text


def _entries_or_none(data: bytes, name: str) -> list[Article] | None:
    try:
        return read_feed(data, id=name)
    except SourceError:
        return None


def _has_words(entry: feedparser.FeedParserDict) -> bool:
    said = f"{entry.get('title', '')}{entry.get('summary', '')}"
    return "<" not in said and any(c.isalnum() for c in said)


def test_the_fullest_text_of_an_entry_is_taken() -> None:
    """Content before summary before the title alone."""
    full = (
        f"<content:encoded><![CDATA[<p>{TEXT}</p><p>It is old.</p>]]></content:encoded>"
    )
    first, second, third, last = read_feed(
        rss(
            f"<title>A</title><description>Short.</description>{full}",
            f"<title>B</title><description>{TEXT}</description>",
            "<title>C</title><link>https://a.test/c</link>",
            "<guid isPermaLink='false'>nothing to tell</guid>",
        ),
        id="feed",
    )
    assert [span.text for span in first.paragraphs] == [TEXT, "It is old."]
    assert [span.text for span in second.paragraphs] == [TEXT]
    assert (third.title, third.url, third.paragraphs) == ("C", "https://a.test/c", ())
    assert (last.title, last.text, last.url) == ("The Harbour Post", "", None)
    assert {a.source for a in (first, second, third)} == {"The Harbour Post"}


def test_an_entry_is_known_by_its_guid_then_its_link_then_its_words() -> None:
    """The id stays the same from one fetch to the next."""
    feed = rss(
        "<guid isPermaLink='false'>tag:1</guid><title>A</title>",
        "<link>https://a.test/b</link><title>B</title>",
        "<title>C</title>",
    )
    ids = [article.id for article in read_feed(feed, id="feed")]
    assert ids[:2] == ["tag:1", "https://a.test/b"]
    assert ids == [article.id for article in read_feed(feed, id="feed")]
    assert len(set(ids)) == 3


@pytest.mark.parametrize(
    ("guid", "url"),
    [
        ("<guid>https://a.test/1</guid>", "https://a.test/1"),
        ("<guid isPermaLink='false'>https://a.test/1</guid>", None),
        ("<guid>a-17</guid>", None),
        ("<link>/1</link><guid>a-17</guid>", "https://a.test/1"),
        ("<guid>a-17</guid><link>/1</link>", "https://a.test/1"),
    ],
)
def test_a_guid_is_where_an_entry_leads_only_if_it_is_an_address(
    guid: str, url: str | None
) -> None:
    """A mere name is none, though RSS 2.0 has it so where nothing else is said."""
    data = f"<rss version='2.0'><channel><item>{guid}</item></channel></rss>"
    [article] = read_feed(data.encode(), id="f", base="https://a.test/feed")
    assert article.url == url


def test_a_title_is_one_line_of_plain_text() -> None:
    """Line breaks, control and direction characters and markup are gone."""
    titles = [
        "Hello&#10;Bcc: evil@x.test",
        "<![CDATA[A <b>bold</b> &amp; title]]>",
        "a\u202eb\u2028c",
        "AT&amp;T &lt;3",
    ]
    feed = rss(*(f"<title>{title}</title><link>x</link>" for title in titles))
    found = [article.title for article in read_feed(feed, id="feed")]
    assert found[:3] == ["Hello Bcc: evil@x.test", "A bold & title", "ab c"]
    assert all(title and "\n" not in title for title in found)


def test_dates_are_clamped_to_now_and_nonsense_is_none() -> None:
    """The future is not known yet; what is no date is left out."""
    now = datetime(2024, 3, 5, tzinfo=UTC)
    dates = ["Tue, 02 Jan 2024 03:04:05 +0100", "Fri, 01 Jan 2100 00:00:00 GMT"]
    dates += ["Thu, 01 Jan 1970 00:00:00 GMT", "soon"]
    items = [f"<title>{d}</title><pubDate>{d}</pubDate>" for d in dates]
    found = [article.published for article in read_feed(rss(*items), id="f", now=now)]
    assert found == [datetime(2024, 1, 2, 2, 4, 5, tzinfo=UTC), now, None, None]


@pytest.mark.parametrize(
    ("item", "url"),
    [
        (
            "<enclosure url='https://i.test/a.jpg' type='image/jpeg' length='1'/>",
            "a.jpg",
        ),
        ("<media:content url='https://i.test/b.jpg' medium='image'/>", "b.jpg"),
        ("<media:thumbnail url='https://i.test/c.jpg' width='90'/>", "c.jpg"),
        (
            "<description>&lt;img src='https://i.test/pixel.gif'&gt;"
            "&lt;img src='https://i.test/d.jpg' width='9%'&gt; x</description>",
            "d.jpg",
        ),
        ("<enclosure url='https://i.test/a.mp3' type='audio/mpeg' length='1'/>", None),
        ("<media:content url='http://i.test/b.jpg' medium='image'/>", None),
        ("<media:thumbnail url='https://i.test/c.jpg' width='1' height='1'/>", None),
    ],
)
def test_the_picture_is_an_https_one_that_can_be_seen(
    item: str, url: str | None
) -> None:
    """Enclosure, media, thumbnail, or the first in the text; no counters."""
    (article,) = read_feed(rss(f"<title>A</title>{item}"), id="feed")
    found = article.image.url if article.image else None
    assert found == (f"https://i.test/{url}" if url else None)


def test_what_a_feed_adds_to_an_article_is_set_apart() -> None:
    """ "The post … appeared first on …" and "Read more" are no paragraphs."""
    html = (
        f"<p>{TEXT}</p><p><a href='x'>Read more</a></p>"
        "<p>The post <a href='x'>Bridge</a> appeared first on <a>Post</a>.</p>"
    )
    item = f"<title>Bridge</title><description><![CDATA[{html}]]></description>"
    (article,) = read_feed(rss(item), id="feed")
    assert [span.text for span in article.paragraphs] == [TEXT]
    assert len(article.boilerplate) == 2


def test_scripts_and_handlers_leave_nothing_behind() -> None:
    """The article is plain text: nothing of the markup is kept."""
    html = f"<script>alert(1)</script><p onclick='x()'>{TEXT}</p><style>p{{}}</style>"
    item = f"<title>A</title><description><![CDATA[{html}]]></description>"
    (article,) = read_feed(rss(item), id="feed")
    assert article.text == TEXT


def json_feed(*items: object, **feed: object) -> bytes:
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "items": items, **feed}).encode()


def test_a_json_feed_is_read() -> None:
    """Both versions' authors, HTML or plain content, dates with their zone."""
    feed = json_feed(
        {
            "id": 7,
            "url": "https://a.test/7",
            "title": "Bridge\nto close",
            "content_html": f"<p>{TEXT}</p>",
            "date_published": "2024-03-05T06:07:08+01:00",
            "authors": [{"name": "Ada Berg"}, {"name": "Ida Holm"}],
            "image": "https://i.test/a.jpg",
        },
        {"id": "8", "content_text": f"{TEXT}\n\nIt is old.", "author": {"name": "A"}},
        "no object",
        {"id": "9"},
        title="The Harbour Post",
        language="en-GB",
    )
    first, second, bare = read_feed(feed, id="feed")
    assert (first.id, first.url) == ("7", "https://a.test/7")
    assert (first.title, first.byline) == ("Bridge to close", "Ada Berg, Ida Holm")
    assert first.published == datetime(2024, 3, 5, 5, 7, 8, tzinfo=UTC)
    assert first.image is not None
    assert (first.source, first.language) == ("The Harbour Post", "en-GB")
    assert (second.byline, len(second.paragraphs)) == ("A", 2)
    assert (bare.id, bare.title) == ("9", "The Harbour Post")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><body>no feed</body></html>",
        b"{",
        b"{}",
        b"[1]",
        b'{"version": "https://jsonfeed.org/version/1", "items": 3}',
        b"\x00\xff",
        b"/etc/passwd",
        b"http://127.0.0.1:9/feed",
    ],
)
def test_what_is_no_feed_is_told_and_never_opened(data: bytes) -> None:
    """A file's name or an address in place of a feed is no feed."""
    with pytest.raises(SourceError, match=r"^place: "):
        read_feed(data, id="place")


def test_entities_that_would_explode_or_open_files_do_nothing() -> None:
    """Billions of laughs and external entities."""
    laughs = "<!DOCTYPE r [<!ENTITY a 'ha'>" + "".join(
        f"<!ENTITY {name} '{f'&{last};' * 10}'>"
        for last, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    outside = "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>"
    for head, entity in ((laughs, "&i;"), (outside, "&x;")):
        item = f"<title>{entity}</title><description>{TEXT}</description>"
        data = rss(item).replace(b"?>", f"?>{head}]>".encode(), 1)
        for article in read_feed(data, id="feed"):
            assert "root:" not in article.text
            assert len(article.title or "") < 1000


def test_a_feed_that_breaks_off_gives_what_is_whole() -> None:
    """A truncated body keeps its complete entries."""
    whole = rss(*(f"<title>Story {n}</title>" for n in range(9)))
    articles = read_feed(whole[: len(whole) // 2], id="feed")
    assert articles[0].title == "Story 0"
    assert 2 <= len(articles) <= 9


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=9) | st.booleans() | st.floats(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
KEYS = st.sampled_from(
    "id url title content_html content_text summary image authors author language "
    "date_published tags attachments".split(" ")
)


@given(st.lists(st.dictionaries(KEYS, VALUES)))
def test_a_json_feed_may_hold_anything(items: list[dict[str, object]]) -> None:
    """Any value at any key: an article or nothing, no exception."""
    for article in read_feed(json_feed(*items), id="feed"):
        assert article.id


@given(st.lists(st.text(max_size=20), max_size=4), st.binary(max_size=40))
def test_any_bytes_give_entries_or_an_error(texts: list[str], noise: bytes) -> None:
    """Noise inside a feed is survived."""
    data = rss(*(f"<title>{t}</title><description>{t}" for t in texts))
    for broken in (data.replace(b"</item>", noise), data + noise, noise + data):
        for article in _entries_or_none(broken, "feed") or ():
            assert article.title or article.text


def test_one_wrong_byte_does_not_lose_the_feed() -> None:
    """Bytes that are not UTF-8 are common, and cost a character."""
    feed = rss(f"<title>A</title><description>{TEXT}</description>")
    (article,) = read_feed(feed.replace(b"harbour", b"harb\x80our"), id="feed")
    (paragraph,) = article.paragraphs
    assert paragraph.text.startswith("The council voted on Tuesday to close the old")
    assert paragraph.text.endswith("our bridge to lorries.")


@pytest.mark.parametrize(
    "feed",
    [
        b"<rss><channel><item><title>a</title><category>Football</category>"
        b"<category> Cup\nfinal </category><category>Football</category></item>"
        b"</channel></rss>",
        b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>a</title>'
        b'<category term="x" label="Football"/><category term="Cup final"/></entry>'
        b"</feed>",
        b'{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1",'
        b'"title":"a","tags":["Football","Cup final",7,null]}]}',
    ],
    ids=["rss", "atom", "json"],
)
def test_tags_are_what_an_entry_is_filed_under(feed: bytes) -> None:
    """Each once, in one line, by the name that people read."""
    [article] = read_feed(feed, id="feed")
    assert article.tags == ("Football", "Cup final")
