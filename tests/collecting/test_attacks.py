"""What the worst of servers can do: a source is named with its reason, none stops.

One test for each attack of a list of them; those of the network itself (addresses,
names, certificates, slowness) are in tests/fetch.
"""

from __future__ import annotations

import gzip
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import brotli
import pytest
from backports import zstd

from digest import collecting
from digest.collecting import Collected
from digest.config import Source
from digest.errors import TryAgain
from digest.store import items
from tests.collecting.conftest import Newsroom, feed, post
from tests.collecting.polite_server import Served

HTML = {"Content-Type": "text/html"}
BIG = b"a" * 50_000_000
LAUGHS = "".join(
    f"<!ENTITY {name} '{f'&{last};' * 10}'>"
    for last, name in zip("abcdefgh", "bcdefghi", strict=True)
)
DEEP = "<div>" * 100_000


def beside_a_good_one(newsroom: Newsroom, served: Served) -> Collected:
    """What became of a bad source; the good one beside it was read."""
    server = newsroom.server
    server.answers["/bad"] = lambda *_: served
    server.feed("/good", feed([post("good")]), ETag='"1"')
    newsroom.sources(server.url("/bad"), server.url("/good"))
    bad, good = newsroom.collect()
    assert (good.new, good.failed) == (1, "")
    assert "\n" not in bad.failed
    return bad


@pytest.mark.parametrize(
    ("served", "reason"),
    [
        (Served(b""), "the answer is empty"),
        (Served(b"  \n"), "the answer is empty"),
        (Served(b"<html><body>Hello</body></html>", headers=HTML), "no article found"),
        (Served(b'{"version": 1}'), "what is there is of no kind it tells"),
        (Served(b"\x89PNG\r\n", headers={"Content-Type": "image/png"}), "image/png"),
        (Served(b"<opml><body/></opml>"), "is a list of feeds; give it as opml"),
        (Served(status=404), "404 Not Found; look for the source's new address"),
        (Served(status=403), "does not want to be read by programs"),
        (Served(status=500), "asked again later"),
        (Served(status=302, headers={"Location": "/bad"}), "redirected more than 5"),
        (Served(status=302, headers={"Location": "file:///etc/passwd"}), "only http"),
        (Served(status=301, headers={"Location": "http://10.0.0.1/"}), "not a public"),
        (
            Served(status=302, headers={"Location": "http://169.254.169.254/latest"}),
            "not a public address",
        ),
        (Served(status=302, headers={"Location": "http://u:p@a.test/"}), "user name"),
        (Served(gzip.compress(BIG), headers={"Content-Encoding": "gzip"}), "over 5 MB"),
        (Served(brotli.compress(BIG), headers={"Content-Encoding": "br"}), "over 5 MB"),
        (Served(zstd.compress(BIG), headers={"Content-Encoding": "zstd"}), "over 5 MB"),
        (Served(b"no gzip", headers={"Content-Encoding": "gzip"}), "cannot be fetched"),
        (Served(b"no br", headers={"Content-Encoding": "br"}), "cannot be fetched"),
        (Served(headers={f"X-{n}": "y" for n in range(200)}), "cannot be fetched"),
        (Served(headers={"X": "y" * 100_000}), "cannot be fetched"),
        (Served(b"<rss " + b"a='' " * 20_000 + b"/>"), "too many attributes"),
        (
            Served(b"<html><body>" + b"<b>" * 70_000, headers=HTML),
            "no article found",
        ),
        (Served(b"[" * 100_000), "of no kind"),
        (
            Served(
                b'{"version":"https://jsonfeed.org/version/1","items":' + b"[" * 99999
            ),
            "damaged JSON",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_source_is_named_and_stops_no_other(
    newsroom: Newsroom, served: Served, reason: str
) -> None:
    """In one line: what is wrong."""
    failed = beside_a_good_one(newsroom, served).failed
    assert failed.startswith("http://127.0.0.1")
    assert any(part in failed for part in reason.split("|")), failed


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("br", brotli.compress), ("zstd", zstd.compress)],
)
def test_what_is_packed_is_read(
    newsroom: Newsroom, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    """By all the packings that we say we take; of a bomb little more than the cap."""
    headers = {"Content-Encoding": encoding}
    served = Served(pack(feed([post("a")])), headers=headers)
    assert beside_a_good_one(newsroom, served).new == 1
    assert "gzip, deflate, br, zstd" in newsroom.server.asked[0].headers.values()
    tracemalloc.start()
    bomb = Served(pack(BIG), headers=headers)
    newsroom.server.answers["/bad"] = lambda *_: bomb
    tracemalloc.reset_peak()
    newsroom.collect()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30_000_000


@pytest.mark.parametrize(
    "body",
    [
        f"<!DOCTYPE r [<!ENTITY a 'ha'>{LAUGHS}]><rss version='2.0'><channel><item>"
        "<title>&i;</title><link>https://a.test/</link></item></channel></rss>",
        "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><rss version='2.0'>"
        "<channel><item><title>&x;</title><link>https://a.test/</link></item>"
        "</channel></rss>",
        f"<!DOCTYPE r [<!ENTITY a '{'x' * 50_000}'>]><rss version='2.0'><channel><item>"
        f"<title>{'&a;' * 2_000}</title><link>https://a.test/</link></item>"
        "</channel></rss>",
        feed([post("a", text=f"&lt;{DEEP[1:]}".replace("<", "&lt;"))]).decode(),
        feed([post("a")]).decode().replace("<item>", "<x>" * 50_000 + "<item>"),
    ],
    ids=["laughs", "XXE", "quadratic", "deep HTML", "deep XML"],
)
def test_a_heavy_feed_is_light(newsroom: Newsroom, body: str) -> None:
    """Entities that grow or open files, and depth: seconds at most, and no file."""
    began = time.monotonic()
    beside_a_good_one(newsroom, Served(body.encode()))
    assert time.monotonic() - began < 15
    for article in newsroom.waiting():
        assert len(article.title or "") + len(article.text) < 700_000
        assert "\n" not in (article.title or "")


def test_what_would_be_a_header_or_a_tag_is_text(newsroom: Newsroom) -> None:
    """A title of two lines with controls is one line without them."""
    odd = "A&#10;Bcc: evil@x.test\u202e&#x2028;{{7*7}} -name- &lt;/mj-text&gt;\x07"
    beside_a_good_one(
        newsroom, Served(feed([post(odd, guid="1", link="https://a.t/")]))
    )
    (title,) = [t for t in newsroom.titles() if t and t.startswith("A")]
    assert title.startswith("A Bcc: evil@x.test")
    assert not set(title) & set("\n\r\x07\u2028\u202e")


def test_a_post_from_the_future_is_of_today(newsroom: Newsroom) -> None:
    """Else it would lead every issue until 2100."""
    then = newsroom.now + timedelta(days=30_000)
    beside_a_good_one(newsroom, Served(feed([post("a", at=then)])))
    dated = [a for a in newsroom.waiting() if a.title == "a"]
    assert [article.published for article in dated] == [newsroom.now]


def test_an_answer_that_breaks_off_leaves_no_validator(newsroom: Newsroom) -> None:
    """It is asked for again, whole, and not as what has not changed."""
    whole = feed([post(name) for name in "abc"])
    headers = {"ETag": '"1"', "Content-Encoding": "gzip"}
    broken = Served(gzip.compress(whole)[:-20], headers=headers)
    beside_a_good_one(newsroom, broken)
    newsroom.server.answers["/bad"] = lambda *_: Served(whole)
    assert (
        newsroom.collect(after=timedelta(days=1))[0].known + newsroom.collect()[0].new
    )
    asked = newsroom.server.requests("/bad")[1]
    assert "if-none-match" not in asked.headers


def test_ten_thousand_items(newsroom: Newsroom) -> None:
    """The newest count; the rest is seen, and is so the next time."""
    served = Served(feed([post(f"p{n}", text="x") for n in range(10_000)]))
    found = beside_a_good_one(newsroom, served)
    assert (found.new, found.passed) == (10, 9_990)
    again, _ = newsroom.collect(after=timedelta(days=1))
    assert (again.new, again.known) == (0, 10_000)


def test_half_a_character_stops_its_own_source_only(newsroom: Newsroom) -> None:
    """JSON can hold half of a character; no database can."""
    version = '"version": "https://jsonfeed.org/version/1"'
    items_ = '[{"id": "1", "title": "\\ud800", "content_text": "a \\udfff"}]'
    served = Served(f'{{{version}, "items": {items_}}}'.encode())
    found = beside_a_good_one(newsroom, served)
    assert found.failed or found.new == 1


@pytest.mark.parametrize(
    ("listed", "reason"),
    [
        ("", "is empty|damaged"),
        ("<opml>", "no feed in this OPML|damaged"),
        ("<opml><body><outline xmlUrl='file:///etc/passwd'/></body></opml>", "no feed"),
        (f"<opml><body>{'<outline>' * 50_000}", "no feed"),
        (
            "<!DOCTYPE o [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><opml><body>"
            "<outline xmlUrl='&x;'/></body></opml>",
            "no feed",
        ),
    ],
)
def test_a_bad_list_stops_no_other(
    newsroom: Newsroom, listed: str, reason: str
) -> None:
    """A list that is empty, half, of files, deep, or reads ours."""
    (newsroom.config.folder / "feeds.opml").write_text(listed)
    newsroom.server.feed("/good", feed([post("good")]))
    newsroom.sources(Source(opml="feeds.opml"), newsroom.server.url("/good"))
    bad, good = newsroom.collect()
    assert any(part in bad.failed for part in reason.split("|"))
    assert good.new == 1


def test_a_list_of_private_places_is_refused_feed_by_feed(newsroom: Newsroom) -> None:
    """What a list names has the same guard; folders are sections."""
    good = newsroom.server.url("/good")
    newsroom.server.feed("/good", feed([post("good")]))
    outlines = "".join(
        f"<outline xmlUrl='{url}'/>" for url in ("http://10.0.0.1/feed", good)
    )
    listed = f"<opml><body><outline text='World'>{outlines}</outline></body></opml>"
    (newsroom.config.folder / "feeds.opml").write_text(listed)
    newsroom.sources(Source(opml="feeds.opml"))
    bad, read = newsroom.collect()
    assert "not a public address" in bad.failed
    assert (read.place, read.new) == (good, 1)
    with newsroom.database.read() as connection:
        (item,) = items.unused(connection, "weekly")
    assert item.section == "World"


def test_two_processes_at_once_keep_each_item_once(newsroom: Newsroom) -> None:
    """Whoever comes second finds it known."""
    newsroom.server.feed("/a", feed([post(f"p{n}") for n in range(9)]))
    newsroom.sources(newsroom.server.url("/a"))
    with ThreadPoolExecutor(2) as pool:
        found = [f.result()[0] for f in [pool.submit(newsroom.collect) for _ in "ab"]]
    assert sum(each.new for each in found) == 9
    assert len(newsroom.waiting()) == 9


def test_a_kill_between_fetch_and_save_loses_nothing(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Items and validators are kept together, so the feed is asked for whole again."""
    newsroom.server.feed("/a", feed([post("a")]), ETag='"1"')
    newsroom.sources(newsroom.server.url("/a"))
    with monkeypatch.context() as patch:

        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(collecting, "keep_state", killed)
        with pytest.raises(KeyboardInterrupt):
            newsroom.collect()
    assert newsroom.waiting() == []
    assert newsroom.collect()[0].new == 1


def test_a_database_that_is_locked_is_said(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no fault of a source."""

    def locked() -> None:
        raise TryAgain("the database is locked")

    newsroom.sources(newsroom.server.url("/a"))
    monkeypatch.setattr(newsroom.database, "write", locked)
    with pytest.raises(TryAgain):
        newsroom.collect()
