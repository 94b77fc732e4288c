"""Many addresses are asked at once; each answers or is said not to have."""

from __future__ import annotations

import socket
import time

import pytest

from digest.errors import FetchError
from digest.fetch import Names, ask
from tests.fetch.test_fetch import LOOPBACK, say, serving

GONE = say(b"gone", status="404 Not Found")


def test_an_address_that_answers_a_head() -> None:
    """Its status and type, and nothing of it is fetched."""
    with serving(say(b"", "Content-Type: image/png")) as server:
        answer = ask([server.url], allow_private=LOOPBACK)[server.url]
        assert [r[:4] for r in server.requests] == [b"HEAD"]
    assert (answer.status, answer.content_type, answer.problem) == (
        200,
        "image/png",
        "",
    )
    assert answer.final_url == server.url


def test_who_refuses_a_head_is_asked_for_the_whole() -> None:
    """Some servers know no HEAD."""

    def answer(request: bytes, peer: socket.socket) -> None:
        refused = say(b"", status="405 Method Not Allowed")
        peer.sendall(refused if request.startswith(b"HEAD") else say(b"here"))

    with serving(answer) as server:
        assert ask([server.url], allow_private=LOOPBACK)[server.url].status == 200


def test_redirects_are_followed_and_shown() -> None:
    """Where it ends is said, and each step is guarded."""

    def answer(request: bytes, peer: socket.socket) -> None:
        moved = say(b"", "Location: /b", status="301 Moved")
        peer.sendall(say(b"") if b" /b " in request else moved)

    with serving(answer) as server:
        found = ask([server.url], allow_private=LOOPBACK)[server.url]
    assert found.final_url == server.url.replace("/a", "/b")


def test_what_is_wrong_is_said() -> None:
    """A refusal, a private host, a name that is no address: never an exception."""
    with serving(GONE) as server:
        private = "http://127.0.0.1:9/"
        found = ask([server.url, "https://", private], allow_private=["127.0.0.1/32"])
        refused = ask([server.url])[server.url]
    assert (found[server.url].status, found[server.url].problem) == (
        404,
        "the server answers 404",
    )
    assert found["https://"].problem
    assert found[private].problem
    assert "not a public address" in refused.problem


def test_all_end_at_one_deadline() -> None:
    """Silent servers cost the deadline once, and who waited behind them is named."""

    def silent(_: bytes, peer: socket.socket) -> None:
        peer.recv(1)

    with serving(silent) as server:
        urls = [f"{server.url}{number}" for number in range(20)]
        began = time.monotonic()
        found = ask(urls, allow_private=LOOPBACK, deadline=0.5)
        assert time.monotonic() - began < 3
    assert all(found[url].problem for url in urls)
    assert "was not asked" in found[urls[-1]].problem


def test_names_end_at_their_deadline() -> None:
    """Nobody is asked after it."""
    began = time.monotonic()
    names = Names(seconds=0)
    with pytest.raises(FetchError, match="in time"):
        names("osterby.example", "TXT")
    assert time.monotonic() - began < 1
