"""`digest check`, with all that it has to ask others for."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from digest.cli.exits import DONE, REFUSED
from tests.cli.conftest import ARTICLE, SETTINGS, Digest
from tests.fetch.test_fetch import say, serving

HOST = "osterby.example"


def found(digest: Digest, *options: str, code: int = DONE) -> dict[str, dict[str, Any]]:
    """The findings by their checks; the gravest of each."""
    ran = digest("check", *options, "--json")
    assert ran.code == code
    return {finding["check"]: finding for finding in reversed(ran.objects)}


def test_a_story_of_the_last_issue_is_known_again(digest: Digest) -> None:
    """The same article in two issues is found in the later one only."""
    digest("build", "ferry.txt")
    digest("build", "ferry.txt")
    assert "was in number 1" in found(digest, "2")["repeated"]["message"]
    assert "repeated" not in found(digest, "1")


def test_a_way_out_without_https_forbids_sending(digest: Digest, folder: Path) -> None:
    """Unless the check is named, and a wrong name lists the checks."""
    settings = SETTINGS.replace("https://tide", "http://tide")
    (folder / "digest.toml").write_text(settings, encoding="utf-8")
    digest("build", "ferry.txt")
    assert found(digest, code=REFUSED)["headers"]["where"] == "List-Unsubscribe"
    digest("lists", "add", "weekly")
    send = ("send", "1", "--list", "weekly", "--dry-run")
    assert digest(*send).code == REFUSED
    assert digest(*send, "--allow", "headers").code == DONE
    wrong = digest(*send, "--allow", "header")
    assert "there is no such check" in wrong.err


def test_links_are_asked_only_if_wanted(
    digest: Digest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--links tells a link that is gone; without it nobody is asked."""
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, port, *_, **__: [(2, 1, 6, "", ("127.0.0.1", port))],
    )
    allowed = f'\n[fetch]\nallow_private = ["{HOST}"]\n'
    (folder / "digest.toml").write_text(SETTINGS + allowed, encoding="utf-8")
    with serving(say(b"", status="410 Gone")) as server:
        paragraphs = "".join(f"<p>{part}</p>" for part in ARTICLE.split("\n\n")[1:4])
        (folder / "page.html").write_text(
            f'<html><head><title>Ferry</title><link rel="canonical" '
            f'href="http://{HOST}:{server.port}/a"></head><body><article><h1>Ferry'
            f"</h1>{paragraphs}</article></body></html>",
            encoding="utf-8",
        )
        digest("build", "page.html")
        assert "not https" in found(digest)["links"]["message"]
        assert not server.requests
        finding = found(digest, "--links", code=REFUSED)["links"]
    assert finding["severity"] == "error"
    assert "is gone: the server answers 410" in finding["message"]


def test_what_send_stops_at_is_found_before(digest: Digest, folder: Path) -> None:
    """A page of one's own without an address for it: check says it as send would."""
    settings = SETTINGS.replace(
        'base_url = "https://tide.example.com"', 'unsubscribe = "own"'
    )
    (folder / "digest.toml").write_text(settings, encoding="utf-8")
    digest("build", "ferry.txt")
    assert "base_url is not set" in found(digest, code=REFUSED)["headers"]["message"]
