"""The archive: what went out, as pages, a list and a feed; nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import feedparser
import pytest
from lxml import etree
from lxml import html as lxml_html

from digest.config import PublicSettings
from digest.issue.subject import subject
from digest.model import Section
from digest.pipeline import Desk
from digest.service.loop import serving
from digest.web.public.app import public_app
from tests.rendering.issues import issue as issue_of
from tests.rendering.issues import story, week
from tests.web.archived import publish
from tests.web.test_public import NOW, Visitor, desk

__all__ = ["desk"]

BASE = "https://tide.example.com"


@pytest.fixture
def desk_open(desk: Desk) -> Desk:
    public = PublicSettings(lists=("weekly",))
    return replace(desk, config=replace(desk.config, public=public))


@pytest.fixture
def visitor(desk_open: Desk) -> Iterator[Visitor]:
    with serving(public_app(desk_open), "127.0.0.1", 0) as address:
        yield Visitor(address)


def page(visitor: Visitor, number: int) -> Any:
    answer = visitor.ask("GET", f"/i/{number}")
    assert answer.status == 200
    return lxml_html.fromstring(answer.text)


def links(document: Any) -> dict[str, str]:
    """Our own links, by their text."""
    return {
        " ".join(link.text_content().split()): link.get("href")
        for link in document.xpath("//a[@href]")
        if link.get("href").startswith(BASE)
    }


def test_an_issue_is_a_page(desk_open: Desk, visitor: Visitor) -> None:
    """What went out, with metadata of its own, in its language."""
    number = publish(desk_open, week())
    document = page(visitor, number)
    told = week().stories[0].headline
    assert told in document.text_content()
    assert document.get("lang") == "en"
    assert document.findtext(".//title") == f"{week().subject} · The Tide"
    found = {
        meta.get("property") or meta.get("name"): meta.get("content")
        for meta in document.xpath("//meta[@property or @name]")
    }
    assert found["og:title"] == week().subject
    assert found["description"] == found["og:description"] == week().preheader
    assert found["og:url"] == f"{BASE}/i/{number}"
    assert found["og:type"] == "article"
    assert found["og:image"].startswith("https://")
    assert found["article:published_time"] == "2026-11-23T07:00:00+00:00"
    (canonical,) = document.xpath("//link[@rel='canonical']/@href")
    assert canonical == f"{BASE}/i/{number}"


def test_it_is_nobodys(desk_open: Desk, visitor: Visitor) -> None:
    """No name, no reader's link: what led them away leads to the sign-up."""
    number = publish(desk_open, week())
    document = page(visitor, number)
    assert links(document) == {
        "All issues": f"{BASE}/",
        "Subscribe": f"{BASE}/subscribe",
    }
    text = visitor.ask("GET", f"/i/{number}").text
    assert not re.search(r"-dg[0-9a-f]+|/u/|/p/|Unsubscribe|Read online", text)
    assert "as it went out by mail" in " ".join(document.text_content().split())


def test_without_a_sign_up(desk: Desk) -> None:
    """Then what led a reader away leads to the other issues."""
    with serving(public_app(desk), "127.0.0.1", 0) as address:
        document = page(Visitor(address), publish(desk, week()))
    assert links(document) == {"All issues": f"{BASE}/"}


def test_a_letter_greets_nobody(desk: Desk) -> None:
    """The look that greets its reader by name says hello, and no more."""
    look = replace(desk.config.look, template="letter")
    letter = replace(desk, config=replace(desk.config, look=look))
    with serving(public_app(letter), "127.0.0.1", 0) as address:
        text = page(Visitor(address), publish(letter, week())).text_content()
    assert "Hello," in text


def test_what_had_no_room_is_here(desk_open: Desk, visitor: Visitor) -> None:
    """The mail left out what Gmail would have clipped, and promised it on the web."""
    many = tuple(
        story(f"Headline {number}", "A lead that is rather long. " * 12)
        for number in range(250)
    )
    long = issue_of(Section(title=None, stories=many))
    text = visitor.ask("GET", f"/i/{publish(desk_open, long)}").text
    assert all(f"Headline {number}<" in text for number in range(250))
    assert "more stories online" not in text


def test_nothing_in_it_runs(desk_open: Desk, visitor: Visitor) -> None:
    """An article may hold what it likes: it is text, and the page runs nothing."""
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    told = issue_of(Section(title=evil, stories=(story(evil, evil),)))
    told = replace(told, subject=evil, preheader=evil)
    answer = visitor.ask("GET", f"/i/{publish(desk_open, told)}")
    assert "<script" not in answer.text
    document: Any = lxml_html.fromstring(answer.text)
    assert not document.xpath("//*[@onerror]")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'none'" in policy
    assert "sandbox" in policy
    home = visitor.ask("GET", "/").text
    assert "<script" not in home
    shown: Any = lxml_html.fromstring(home)
    assert evil in shown.text_content()


@pytest.mark.parametrize(
    ("state", "minutes", "seen"),
    [
        (None, None, False),
        ("planned", None, False),
        ("planned", -5, False),
        ("cancelling", -5, False),
        ("accepted", 5, False),
        ("sending", 5, False),
        ("accepted", -5, True),
        ("accepted", None, True),
        ("sending", None, True),
        ("unknown", -5, True),
    ],
)
def test_only_what_has_begun(
    desk_open: Desk,
    visitor: Visitor,
    state: str | None,
    minutes: int | None,
    seen: bool,
) -> None:
    """Not what is built, planned, staged for later, or was taken back."""
    at = None if minutes is None else NOW + timedelta(minutes=minutes)
    number = publish(desk_open, week(), state=state, send_at=at)
    assert visitor.ask("GET", f"/i/{number}").status == (200 if seen else 404)
    for path in ("/", "/feed.xml"):
        assert (week().subject in visitor.ask("GET", path).text) is seen


@pytest.mark.parametrize(
    "number", ["0", "2", "-1", "x", "1.0", "٣", "1" * 30, "%00", "1/", ""]
)
def test_what_there_is_not(desk_open: Desk, visitor: Visitor, number: str) -> None:
    from urllib.parse import quote

    publish(desk_open, week())
    answer = visitor.ask("GET", f"/i/{quote(number, safe='%/')}")
    assert (answer.status, "There is nothing here" in answer.text) == (404, True)


@pytest.mark.parametrize("path", ["/", "/feed.xml", "/i/1"])
def test_asked_again(desk_open: Desk, visitor: Visitor, path: str) -> None:
    """Who has it already gets nothing but the word that it is the same."""
    publish(desk_open, week())
    first = visitor.ask("GET", path)
    assert first.headers["cache-control"] == "public, max-age=300"
    etag, changed = first.headers["etag"], first.headers["last-modified"]
    same: list[dict[str, Any]] = [
        {"If-None-Match": etag},
        {"If-None-Match": f'"x", W/{etag}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": changed},
    ]
    for known in same:
        again = visitor.ask("GET", path, **known)
        assert (again.status, again.text) == (304, "")
        assert again.headers["etag"] == etag
    other: dict[str, Any] = {"If-None-Match": '"x"', "If-Modified-Since": changed}
    assert visitor.ask("GET", path, **other).status == 200
    assert visitor.ask("HEAD", path).headers["etag"] == etag


def test_the_list(desk_open: Desk, visitor: Visitor) -> None:
    """The newest first, a page at a time."""
    assert "There is no issue yet." in visitor.ask("GET", "/").text
    for number in range(60):
        publish(
            desk_open,
            replace(
                issue_of(Section(title=None, stories=(story(),))),
                subject=f"Subject {number}",
            ),
        )
    seen: list[str] = []
    path: Any = "/"
    while path:
        document: Any = lxml_html.fromstring(visitor.ask("GET", path).text)
        seen += document.xpath("//ol//h2/a/text()")
        path = next(iter(document.xpath("//a[@rel='next']/@href")), None)
    assert seen == [f"Subject {number}" for number in range(59, -1, -1)]
    assert visitor.ask("GET", "/?before=x").status == 200


def test_the_feed(desk_open: Desk, visitor: Visitor) -> None:
    """Atom as RFC 4287 wants it, and as readers read it."""
    number = publish(desk_open, week())
    answer = visitor.ask("GET", "/feed.xml")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed: Any = feedparser.parse(answer.text)
    assert (feed.bozo, feed.version) == (False, "atom10")
    assert (feed.feed.title, feed.feed.id) == ("The Tide", f"{BASE}/")
    (entry,) = feed.entries
    assert (entry.id, entry.link) == (f"{BASE}/i/{number}", f"{BASE}/i/{number}")
    assert (entry.title, entry.summary) == (week().subject, week().preheader)
    assert entry.updated == "2026-11-23T07:00:00+00:00"
    assert week().stories[0].headline in entry.content[0].value
    valid(answer.text)


def valid(text: str) -> None:
    """What RFC 4287 says must be there, in sections 4.1.1 and 4.1.2."""
    atom = {"a": "http://www.w3.org/2005/Atom"}
    feed: Any = etree.fromstring(text.encode())
    for place in (feed, *feed.xpath("a:entry", namespaces=atom)):
        for name in ("id", "title", "updated"):
            assert len(place.xpath(f"a:{name}", namespaces=atom)) == 1, name
        rels = place.xpath("a:link[@rel='alternate']/@type", namespaces=atom)
        assert rels == ["text/html"]
    assert feed.xpath("a:author/a:name/text()", namespaces=atom)
    assert feed.xpath("a:link[@rel='self']/@href", namespaces=atom)
    ids = feed.xpath("a:entry/a:id/text()", namespaces=atom)
    assert len(set(ids)) == len(ids)


def test_a_headline_that_the_inbox_cuts(desk_open: Desk, visitor: Visitor) -> None:
    """Where there is room it is whole: the list, the page's title, the feed."""
    told = week()
    whole = told.stories[0].headline
    number = publish(desk_open, replace(told, subject=subject(told.stories)))
    assert whole not in subject(told.stories)
    assert whole in visitor.ask("GET", "/").text
    document = page(visitor, number)
    assert document.findtext(".//title") == f"{whole} · The Tide"
    assert document.xpath("//meta[@property='og:title']/@content") == [whole]
    (entry,) = feedparser.parse(visitor.ask("GET", "/feed.xml").text).entries
    assert entry.title == whole


def test_a_feed_of_nothing(visitor: Visitor) -> None:
    valid(visitor.ask("GET", "/feed.xml").text)


def test_what_xml_cannot_hold(desk_open: Desk, visitor: Visitor) -> None:
    """Control characters, what looks like markup, and half a pair are no harm."""
    odd = "A\x08\x1f \ufffe ]]> &amp; <b> \x85 Z"
    told = issue_of(Section(title=odd, stories=(story(odd, odd),)))
    publish(desk_open, replace(told, subject=odd, preheader=odd))
    text = visitor.ask("GET", "/feed.xml").text
    valid(text)
    feed: Any = feedparser.parse(text)
    assert not feed.bozo


@pytest.mark.parametrize("settings", [{"archive": False}, {"base_url": ""}])
def test_where_there_is_no_archive(desk: Desk, settings: dict[str, Any]) -> None:
    """The newsletter keeps its issues to its readers: their mail links to no page."""
    newsletter = replace(desk.config.newsletter, **settings)
    closed = replace(desk, config=replace(desk.config, newsletter=newsletter))
    number = publish(closed, week())
    with serving(public_app(closed), "127.0.0.1", 0) as address:
        for path in ("/", "/feed.xml", f"/i/{number}"):
            assert Visitor(address).ask("GET", path).status == 404
