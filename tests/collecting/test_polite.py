"""A server that keeps a score of how it is asked finds no fault."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest

from digest.collecting import HOURLY
from tests.collecting.conftest import Newsroom, feed, post
from tests.collecting.polite_server import Asked, Served

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def answers(newsroom: Newsroom, path: str, *served: Served) -> str:
    """One answer after the other; the last stays."""

    def answer(_: Asked, earlier: int) -> Served:
        return served[min(earlier, len(served) - 1)]

    newsroom.server.answers[path] = answer
    return newsroom.server.url(path)


def test_a_month_of_asking_finds_no_fault(newsroom: Newsroom) -> None:
    """One unconditional request a feed, ever; validators to the letter."""
    server = newsroom.server
    server.feed("/weak", feed([post("a")]), ETag='W/"x-1;gzip"')
    server.feed(
        "/date", feed([post("b")]), Last_Modified="Tue, 05 Mar 2024 06:07:08 GMT"
    )
    server.feed("/odd", feed([post("c")]), ETag="no quotes", Last_Modified="yesterday")
    server.feed("/fresh", feed([post("d")]), ETag='"d"', Cache_Control="max-age=7200")
    slow = Served(status=429, headers={"Retry-After": "20000"})
    answers(newsroom, "/busy", Served(feed([post("e")]), headers={"ETag": '"e"'}), slow)
    paths = ("/weak", "/date", "/odd", "/fresh", "/busy")
    newsroom.sources(*map(server.url, paths))
    for _ in range(60):
        newsroom.collect(after=HOUR)
    assert server.faults == []
    assert server.unconditional() == dict.fromkeys(paths, 1)
    assert server.most_at_once == 1
    assert len(server.requests("/fresh")) == 30
    assert 10 <= len(server.requests("/busy")) <= 12
    assert sorted(map(str, newsroom.titles())) == list("abcde")


def test_what_runs_by_itself_asks_hourly_at_most(newsroom: Newsroom) -> None:
    """Also after a restart, for what is known is in the database; a person may ask."""
    newsroom.server.feed("/a", feed([post("a")]), ETag='"a"')
    newsroom.sources(newsroom.server.url("/a"))
    for _ in range(12):
        (found,) = newsroom.collect(after=10 * MINUTE, every=HOURLY)
    assert len(newsroom.server.requests("/a")) == 2
    assert found.unchanged
    assert "asked again from" in found.note
    newsroom.collect()
    assert len(newsroom.server.requests("/a")) == 3


def test_a_304_and_a_200_of_the_same_words_bring_new_validators(
    newsroom: Newsroom,
) -> None:
    """Stale validators are how others come to load the same feed for months."""
    body = feed([post("a")])
    url = answers(
        newsroom,
        "/a",
        Served(body, headers={"ETag": '"1"'}),
        Served(status=304, headers={"ETag": '"2"'}),
        Served(body, headers={"ETag": '"3"'}),
        Served(status=304),
        Served(body),
        Served(body),
    )
    newsroom.sources(url)
    for _ in range(6):
        newsroom.collect(after=HOUR)
    sent = [each.headers.get("if-none-match") for each in newsroom.server.asked]
    assert sent == [None, '"1"', '"2"', '"3"', '"3"', None]


@pytest.mark.parametrize("status", [301, 308])
def test_a_move_for_good_is_believed_when_seen_three_times(
    newsroom: Newsroom, status: int
) -> None:
    """From then on the new address is asked, and the editor told."""
    server = newsroom.server
    moved = Served(status=status, headers={"Location": "/new"})
    url = answers(newsroom, "/old", moved)
    server.feed("/new", feed([post("a")]), ETag='"a"')
    newsroom.sources(url)
    notes = [newsroom.collect(after=HOUR)[0].note for _ in range(5)]
    assert len(server.requests("/old")) == 3
    assert len(server.requests("/new")) == 5
    assert "has moved to" in notes[2]
    assert server.unconditional()["/new"] == 1


@pytest.mark.parametrize("status", [302, 307])
def test_a_move_for_now_is_not_remembered(newsroom: Newsroom, status: int) -> None:
    """Each time the old address is asked."""
    url = answers(newsroom, "/old", Served(status=status, headers={"Location": "/new"}))
    newsroom.server.feed("/new", feed([post("a")]), ETag='"a"')
    newsroom.sources(url)
    for _ in range(5):
        newsroom.collect(after=HOUR)
    assert len(newsroom.server.requests("/old")) == 5


def test_one_that_is_gone_is_switched_off_and_told(newsroom: Newsroom) -> None:
    """410 is for good; 404 is asked again, ever less often."""
    server = newsroom.server
    gone, lost = answers(newsroom, "/gone", Served(status=410)), server.url("/lost")
    newsroom.sources(gone, lost)
    first = newsroom.collect()
    assert "gone for good" in first[0].failed
    assert f"digest sources remove {gone}" in first[0].failed
    assert "404" in first[1].failed
    for _ in range(24 * 10):
        found = newsroom.collect(after=HOUR)
    assert len(server.requests("/gone")) == 1
    assert "gone for good" in found[0].note
    assert 10 <= len(server.requests("/lost")) <= 20
    assert "asked again from" in found[1].failed


@pytest.mark.parametrize(
    ("retry_after", "hours"),
    [("7200", 2), ("Fri, 20 Nov 2026 11:00:00 GMT", 3), ("99999999999", 168)],
)
def test_retry_after_is_kept_to(
    newsroom: Newsroom, retry_after: str, hours: int
) -> None:
    """Seconds or a date; an absurd one for a week at most."""
    busy = Served(status=503, headers={"Retry-After": retry_after})
    newsroom.sources(answers(newsroom, "/a", busy, Served(feed([post("a")]))))
    newsroom.collect()
    newsroom.collect(after=hours * HOUR - MINUTE)
    assert len(newsroom.server.requests("/a")) == 1
    assert newsroom.collect(after=MINUTE)[0].new == 1


def test_nonsense_in_headers_is_passed_over(newsroom: Newsroom) -> None:
    """Dates and ages that are none, and a clock that was set back."""
    odd = {"Cache-Control": "max-age=-1, max-age=soon", "Expires": "0"}
    odd |= {"Retry-After": "later", "ETag": ""}
    newsroom.sources(answers(newsroom, "/a", Served(feed([post("a")]), headers=odd)))
    assert newsroom.collect()[0].new == 1
    assert newsroom.collect(after=-DAY, every=HOURLY)[0].known == 1


def test_hosts_are_asked_at_once_and_each_one_thing_at_a_time(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight hosts, three feeds each."""
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _, *rest, **how: real("127.0.0.1", *rest, **how)
    )
    server = newsroom.server
    for n in range(3):
        server.feed(f"/{n}", feed([post(f"{n}")]), ETag='"a"')
    hosts = [f"news{n}.test" for n in range(8)]
    newsroom.sources(*(server.url(f"/{n}", host) for host in hosts for n in range(3)))
    newsroom.collect()
    assert len(server.asked) == 24
    assert 1 < server.most_at_once <= 8


def test_pages_that_robots_txt_closes_are_not_read(newsroom: Newsroom) -> None:
    """A page that is looked at again and again; a feed is there for programs."""
    page = f"<html><body><article><p>{'It is so. ' * 40}</p></article></body></html>"
    html = {"Content-Type": "text/html"}
    url = answers(newsroom, "/news", Served(page.encode(), headers=html))
    newsroom.server.feed("/feed", feed([post("a")]), ETag='"a"')
    rules = b"User-agent: *\nDisallow: /ne*s$\nDisallow: /feed\n"
    answers(newsroom, "/robots.txt", Served(rules))
    newsroom.sources(url, newsroom.server.url("/feed"))
    closed, read = newsroom.collect()
    assert "robots.txt keeps programs from this page" in closed.failed
    assert read.new == 1
