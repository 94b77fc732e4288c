"""Where a feed tells little, its page is read: the best text there is goes out."""

from __future__ import annotations

import pytest

from digest.candidates import in_full, says_something
from digest.config import Source
from digest.model import Article
from digest.store import items
from tests.collecting.conftest import Newsroom, feed, post
from tests.collecting.polite_server import Served

BODY = "".join(
    f"<p>On day {n} the council said that the bridge in the harbour is old.</p>"
    for n in range(20)
)
LONG = "Every word of the article is in the feed, and nothing is left to say. " * 30


def page(body: str, head: str = "") -> Served:
    html = f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"
    return Served(html.encode(), headers={"Content-Type": "text/html"})


def built(newsroom: Newsroom, told: str, served: Served, **source: str) -> Article:
    """The one article of a feed that says `told`, with its page asked for."""
    server = newsroom.server
    server.answers["/a"] = lambda *_: served
    body = feed([post("a", link=server.url("/a"), text=told)])
    server.feed("/feed", body, ETag='"1"')
    newsroom.sources(Source(url=server.url("/feed"), **source))  # type: ignore[arg-type]
    newsroom.collect()
    (article,) = again(newsroom)
    return article


def again(newsroom: Newsroom) -> list[Article]:
    with newsroom.database.read() as connection:
        waiting = items.unused(connection, "weekly")
    clock = lambda: newsroom.now  # noqa: E731
    found = in_full(newsroom.database, newsroom.config, clock, waiting)
    return [each.article for each in found]


def test_a_page_tells_what_its_feed_left_out(newsroom: Newsroom) -> None:
    """It is read once, and kept; title and day are the feed's."""
    head = "<title>Another title</title>"
    article = built(newsroom, "In short.", page(f"<article>{BODY}</article>", head))
    assert len(article.paragraphs) == 20
    assert article.title == "a"
    assert again(newsroom) == [article] == newsroom.waiting()
    assert len(newsroom.server.requests("/a")) == 1


def test_a_feed_that_tells_all_is_enough(newsroom: Newsroom) -> None:
    """No page is asked for."""
    article = built(newsroom, LONG, page(BODY))
    assert article.text == LONG.strip()
    assert not newsroom.server.requests("/a")


TOLD = "The council voted on Tuesday to close the old harbour bridge to lorries."
STUB = f"<article><p>{TOLD}</p><p>Subscribe to go on reading.</p></article>"


@pytest.mark.parametrize(
    "served",
    [page(STUB), page(""), Served(status=403), Served(status=404), Served(b"%PDF")],
    ids=["paywall", "empty", "forbidden", "lost", "PDF"],
)
def test_a_poor_page_takes_nothing_away(newsroom: Newsroom, served: Served) -> None:
    """What the feed tells is left."""
    assert built(newsroom, TOLD, served).text == TOLD


def test_a_page_describes_itself(newsroom: Newsroom) -> None:
    """Where neither feed nor page has a text, its description and picture are taken."""
    said = "The council voted to close the bridge."
    head = (
        f"<meta property='og:description' content='{said}'>"
        "<meta property='og:image' content='https://i.test/a.jpg'>"
    )
    article = built(newsroom, "", page("<p>Log in</p>", head))
    assert [span.text for span in article.paragraphs] == [said]
    assert article.image is not None
    assert article.image.url == "https://i.test/a.jpg"


def test_robots_txt_is_kept_to(newsroom: Newsroom) -> None:
    """A page that it closes is not read; the card is what the feed tells."""
    rules = Served(b"User-agent: Newsletter-Digest\nDisallow: /\n")
    newsroom.server.answers["/robots.txt"] = lambda *_: rules
    assert built(newsroom, "In short.", page(BODY)).text == "In short."
    assert not newsroom.server.requests("/a")


def test_robots_txt_is_asked_once(newsroom: Newsroom) -> None:
    """Though many pages of its host are read at a time."""
    server = newsroom.server
    names = [f"p{n}" for n in range(8)]
    for name in names:
        server.answers[f"/{name}"] = lambda *_: page(BODY)
    posts = [post(n, link=server.url(f"/{n}"), text="In short.") for n in names]
    server.feed("/feed", feed(posts), ETag='"1"')
    newsroom.sources(Source(url=server.url("/feed")))
    newsroom.collect()
    assert {len(article.paragraphs) for article in again(newsroom)} == {20}
    assert len(server.requests("/robots.txt")) == 1


@pytest.mark.parametrize(
    ("title", "url", "says"),
    [
        ("112", "https://social.test/@ada/112", False),
        ("social.test", "https://social.test/", False),
        ("A bridge", "https://social.test/@ada/112", True),
        ("song.mp3", "https://a.test/song.mp3", True),
        ("dQw4", "https://youtu.be/dQw4", True),
    ],
)
def test_a_card_of_an_address_alone_says_nothing(
    title: str, url: str, says: bool
) -> None:
    """Its title was only made of where it leads; a sound or a film is something."""
    assert says_something(Article(id="a", text="", title=title, url=url)) is says


def test_the_source_says_what_the_article_is(newsroom: Newsroom) -> None:
    """By its selector."""
    body = f"<div>{BODY}</div><div class='x'>{BODY}{BODY}</div>"
    article = built(newsroom, "In short.", page(body), selector=".x")
    assert len(article.paragraphs) == 40


def test_a_server_that_is_ill_is_asked_again(newsroom: Newsroom) -> None:
    """The next time; meanwhile the feed's words do."""
    assert built(newsroom, "In short.", Served(status=503)).text == "In short."
    newsroom.server.answers["/a"] = lambda *_: page(f"<article>{BODY}</article>")
    (article,) = again(newsroom)
    assert len(article.paragraphs) == 20
