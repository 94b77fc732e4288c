"""`digest extract` gives the article of a page, and nothing around it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from digest.demo import sample_folder
from tests.cli.conftest import SETTINGS, Digest
from tests.sources.test_web import serving

KEYS = {"id", "url", "title", "byline", "published", "language", "image", "paragraphs"}
PAGE = sample_folder() / "tide-clock.html"


def test_one_page(digest: Digest) -> None:
    """The object of a page has all keys, and the paragraphs of the article."""
    found = digest("extract", "--json", str(PAGE)).object
    assert found.keys() == KEYS
    assert "tide clock" in found["title"]
    assert found["paragraphs"][0].startswith("A letter discovered behind the face")
    assert not any("cookie" in text.lower() for text in found["paragraphs"])


def test_for_reading(digest: Digest) -> None:
    """Without --json it is for people: headline, byline, paragraphs."""
    out = digest("extract", str(PAGE)).out
    assert "Marta Ellingham" in out
    assert "A letter discovered behind the face" in out


def test_a_page_that_says_little_of_itself(digest: Digest, folder: Path) -> None:
    """Its language is told by its words; without a byline there is no empty line."""
    words = (
        "The council of Marlhaven decided on Monday that the old harbour is closed. "
    )
    (folder / "bare.html").write_text(f"<html><body><p>{words * 4}</p></body></html>")
    assert digest("extract", "--json", "bare.html").object["language"] == "en"
    assert "\n\n\n" not in digest("extract", "bare.html").out


def test_many_pages(digest: Digest, folder: Path) -> None:
    """--jsonl reads packed pages; one that holds no article stops no other."""
    (folder / "page.html.gz").write_bytes(gzip.compress(PAGE.read_bytes()))
    lines = [
        {"id": "a", "path": "page.html.gz", "url": "https://www.example.com/a"},
        {"id": "b", "path": "nowhere.html"},
        {"id": "c", "path": str(PAGE)},
    ]
    (folder / "pages.jsonl").write_text("\n".join(map(json.dumps, lines)))
    ran = digest("extract", "--jsonl", "pages.jsonl")
    assert [found["id"] for found in ran.objects] == ["a", "c"]
    assert ran.objects[0]["url"] == "https://www.example.com/a"
    assert ran.code == 1
    assert "nowhere.html" in ran.err


def test_usage(digest: Digest, folder: Path) -> None:
    """Nothing to extract is usage; a line that is no JSON is named."""
    assert digest("extract").code == 2
    (folder / "bad.jsonl").write_text('{"id": 1}\n')
    ran = digest("extract", "--jsonl", "bad.jsonl")
    assert (ran.code, "bad.jsonl:1" in ran.err) == (1, True)


@pytest.fixture
def own_network(folder: Path) -> None:
    """Settings that let the loopback address be asked."""
    allowed = '\n[fetch]\nallow_private = ["127.0.0.1"]\n'
    (folder / "digest.toml").write_text(SETTINGS + allowed, encoding="utf-8")


@pytest.mark.usefixtures("own_network")
def test_an_address(digest: Digest) -> None:
    """A page is fetched, and gives what the file gives."""
    with serving(PAGE.read_bytes(), "text/html") as url:
        fetched = digest("extract", "--json", url)
    read = digest("extract", "--json", str(PAGE)).object
    assert fetched.code == 0
    assert fetched.object == {**read, "id": url, "url": url}


def test_an_address_of_the_own_network_is_not_asked(digest: Digest) -> None:
    """Unless the settings allow it: one line that says so, and no request."""
    with serving(PAGE.read_bytes(), "text/html") as url:
        ran = digest("extract", "--json", url)
    assert (ran.code, ran.out) == (1, "")
    assert "127.0.0.1, not a public address" in ran.err
    assert "allow_private" in ran.err


@pytest.mark.usefixtures("own_network")
@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (b"<p>a</p>" * 700_000, "text/html", "over 5 MB"),
        (b"\x89PNG", "image/png", "image/png"),
        (b"<html><nav><a href='/'>Home</a></nav>", "text/html", "no article"),
    ],
    ids=["too big", "a picture", "a menu"],
)
def test_an_address_without_an_article(
    digest: Digest, body: bytes, kind: str, reason: str
) -> None:
    """The line names the address and what is wrong with what is there."""
    with serving(body, kind) as url:
        ran = digest("extract", url)
    assert (ran.code, ran.out) == (1, "")
    assert reason in ran.err
    assert url in ran.err
