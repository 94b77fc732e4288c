"""What is new is new once, whatever feeds do to their guids, links, dates and words."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.config import Source
from digest.store import items
from digest.store.identity import canonical
from digest.store.items import Standing
from tests.collecting.conftest import Newsroom, feed, post
from tests.collecting.polite_server import Served

DAY = timedelta(days=1)


def rounds(newsroom: Newsroom, *bodies: bytes, path: str = "/feed") -> list[int]:
    """How many items are new each time that the feed is another; each a day later."""
    newsroom.server.answers[path] = lambda _, n: Served(bodies[min(n, len(bodies) - 1)])
    url = newsroom.server.url(path)
    if url not in {source.place for source in newsroom.config.source}:
        newsroom.sources(*newsroom.config.source, url)
    found = [newsroom.collect(after=DAY) for _ in bodies]
    return [one.new for all_ in found for one in all_ if one.place == url]


def test_new_once(newsroom: Newsroom) -> None:
    """The next time only what came since."""
    a, b, c = post("a"), post("b"), post("c")
    assert rounds(newsroom, feed([b, a]), feed([b, a]), feed([c, b, a])) == [2, 0, 1]


LONG = "It was said at length, and with many words, that the bridge is old. " * 5


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (post("a"), post("A, corrected", guid="a", link="https://a.test/a")),
        (post("a", guid="1"), post("a", guid="2")),
        (post("a", link="https://a.test/a"), post("a", link="http://www.a.test/a/")),
        (
            post("a", guid=None, link="https://a.test/a?id=1"),
            post(
                "A", guid=None, link="https://a.test/a?utm_source=rss&amp;id=1#comments"
            ),
        ),
        (
            post("a", guid="1", link="https://a.test/1", text=LONG),
            post("a (3 comments)", guid="2", link="https://a.test/2", text=LONG),
        ),
        (
            post("a", guid=None, link=None),
            post("a", guid=None, link=None),
        ),
    ],
    ids=["edited", "other guid", "https", "counters", "all but its words", "bare"],
)
def test_an_edited_item_is_not_new(newsroom: Newsroom, before: str, after: str) -> None:
    """One of guid, address and words is enough to know it again."""
    others = [post("x"), post("y")]
    bodies = feed([before, *others]), feed([after, *others])
    assert rounds(newsroom, *bodies) == [3, 0]


def test_what_was_edited_goes_out_as_it_is_now(newsroom: Newsroom) -> None:
    """As long as no issue has it, and it counts as edited."""
    bodies = feed([post("a")]), feed([post("a", text=f"Corrected. {LONG}")])
    rounds(newsroom, bodies[0])
    newsroom.server.answers["/feed"] = lambda *_: Served(bodies[1])
    (found,) = newsroom.collect()
    assert (found.new, found.known, found.edited) == (0, 1, 1)
    assert newsroom.waiting()[0].text.startswith("Corrected.")


@pytest.mark.parametrize(
    "same",
    [
        {"guid": "same", "link": None},
        {"link": "https://a.test/"},
        {"guid": None, "link": "https://a.test/"},
        {"guid": "same", "link": "https://a.test/"},
    ],
    ids=["guid", "link", "link alone", "both"],
)
def test_what_all_items_share_tells_nothing(
    newsroom: Newsroom, same: dict[str, Any]
) -> None:
    """One guid or one link for all: each is still new once, also one by one."""
    posts = [post(name, **same) for name in "abcd"]
    first, last = feed(posts[:3]), feed([posts[3]])
    assert rounds(newsroom, first, first, last, last) == [3, 0, 1, 0]


def test_only_its_own_source_edits_an_item(newsroom: Newsroom) -> None:
    """A stub of an aggregator takes nothing away from the article."""
    whole = feed([post("a", link="https://a.test/a", text=LONG)])
    stub = feed([post("b", link="https://a.test/a?utm_source=x", text="Read more.")])
    assert rounds(newsroom, whole) == [1]
    assert rounds(newsroom, stub, path="/other") == [0]
    assert [article.text for article in newsroom.waiting()] == [LONG.strip()]


def test_an_item_given_twice_is_one(newsroom: Newsroom) -> None:
    """The same link and words under twenty guids."""
    posts = [post("a", guid=str(n), link="https://a.test/a") for n in range(20)]
    assert rounds(newsroom, feed(posts)) == [1]


def test_two_sources_tell_of_one_page_once(newsroom: Newsroom) -> None:
    """By its address; the same guid of another feed is another item."""
    first = feed([post("a", guid="1", link="https://a.test/a")])
    other = feed(
        [
            post("a too", guid="x", link="http://a.test/a?utm_medium=rss"),
            post("b", guid="1", link="https://b.test/b"),
        ]
    )
    assert rounds(newsroom, first, path="/1") == [1]
    assert rounds(newsroom, other, path="/2") == [1]


def test_at_first_contact_the_newest_count(newsroom: Newsroom) -> None:
    """The rest was there before us, and is not new the next time either."""
    posts = [post(f"p{n:03}", at=newsroom.now - n * DAY) for n in range(500)]
    mixed = posts[250:] + posts[:250]
    assert rounds(newsroom, feed(mixed), feed([post("new"), *mixed])) == [10, 1]
    assert sorted(map(str, newsroom.titles()))[-2:] == ["p008", "p009"]


def test_a_source_may_have_its_own_first(newsroom: Newsroom) -> None:
    """`first` of the source before that of [fetch]."""
    newsroom.server.feed("/feed", feed([post(f"p{n}") for n in range(9)]))
    newsroom.sources(Source(url=newsroom.server.url("/feed"), first=2), first=5)
    (found,) = newsroom.collect()
    assert (found.new, found.passed) == (2, 7)


def test_eighty_old_posts_that_look_new_are_held(newsroom: Newsroom) -> None:
    """A move to another program gives all posts other guids, links and some words."""
    old = newsroom.now - 100 * DAY
    before = [post(f"a{n}", at=old) for n in range(80)]
    after = [post(f"b{n}", at=old) for n in range(80)]
    assert rounds(newsroom, feed(before), feed(after)) == [10, 0]
    place = newsroom.server.url("/feed")
    with newsroom.database.read() as connection:
        assert items.held(connection) == {place: 80}
    # and what comes after them waits too, until a person says what it is
    assert rounds(newsroom, feed([post("c", at=newsroom.now), *after])) == [0]
    with newsroom.database.write() as connection:
        held = [each.id for each in items.held_of(connection, place)]
        assert len(held) == 81
        items.stand(connection, held, Standing.PASSED)
    assert len(newsroom.waiting()) == 10


def test_old_posts_with_todays_dates_are_held(newsroom: Newsroom) -> None:
    """A move that dates them anew as well: they are known by what they are called."""
    before = [post(f"a{n}", link=f"https://a.test/?p={n}") for n in range(80)]
    after = [
        post(
            f"a{n}",
            guid=f"b{n}",
            link=f"https://a.test/b/{n}",
            at=newsroom.now + DAY,
            text=f"Post {n} after the move: {LONG}",
        )
        for n in range(80)
    ]
    assert rounds(newsroom, feed(before), feed(after)) == [10, 0]
    with newsroom.database.read() as connection:
        assert items.held(connection) == {newsroom.server.url("/feed"): 80}


def test_columns_of_one_title_are_not_held(newsroom: Newsroom) -> None:
    """A title that many posts have says nothing of one of them."""

    def column(day: int) -> bytes:
        names = [f"{day}-{n}" for n in range(12)]
        at, title = newsroom.now + day * DAY, "The weather"
        return feed([post(title, guid=n, link=None, text=n, at=at) for n in names])

    assert rounds(newsroom, column(0), column(1)) == [10, 12]


@pytest.mark.parametrize("days", [1, 40])
def test_much_news_is_not_held(newsroom: Newsroom, days: int) -> None:
    """A busy day, and a long absence: what is dated since we looked is new."""
    first = feed([post("a", at=newsroom.now)])
    then = newsroom.now + days * DAY
    many = feed([post(f"b{n}", at=then - n * timedelta(hours=1)) for n in range(19)])
    newsroom.server.answers["/feed"] = lambda _, n: Served(many if n else first)
    newsroom.sources(newsroom.server.url("/feed"))
    newsroom.collect()
    assert newsroom.collect(after=days * DAY)[0].new == 19


def test_old_posts_without_dates_are_held_where_nothing_is_known(
    newsroom: Newsroom,
) -> None:
    """Undated ones can only be told from news by their company."""
    first = [post(f"a{n}") for n in range(12)]
    second = [post(f"b{n}") for n in range(12)]
    assert rounds(newsroom, feed(first), feed(second)) == [10, 0]


def test_a_file_that_is_edited_is_known_and_another_article_in_it_is_new(
    newsroom: Newsroom,
) -> None:
    """A folder is no feed: nothing in it is passed over at first."""
    folder = newsroom.config.folder / "in"
    folder.mkdir()
    for n in range(15):
        (folder / f"{n}.txt").write_text(f"Title {n}\n\n{LONG}{n}.\n")
    newsroom.sources(Source(path="in"))
    assert newsroom.collect()[0].new == 15
    rewrite(folder / "0.txt", "old.", "new.")
    assert newsroom.collect()[0].new == 0
    (folder / "0.txt").write_text(f"Quite another one\n\nAnother text. {LONG[:90]}\n")
    assert newsroom.collect()[0].new == 1


def rewrite(file: Path, old: str, new: str) -> None:
    file.write_text(file.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("HTTPS://WWW.A.test:443/x/?b=2&a=1&fbclid=9", "//a.test/x?a=1&b=2"),
        ("http://a.test/a/../b/./c#utm_source=x", "//a.test/b/c"),
        ("https://a.test/notes#v1.2", "//a.test/notes#v1.2"),
        ("https://a.test", "//a.test"),
        ("https://a.test/", "//a.test"),
        ("https://a.test:8443/?p=7", "//a.test:8443?p=7"),
        ("https://a.test:port/", "https://a.test:port/"),
    ],
)
def test_canonical(url: str, same: str) -> None:
    """What leads to the same page is one address."""
    assert canonical(url) == same
