"""`digest sources` and `collect`: tried at once, kept with comments, never alone."""

from __future__ import annotations

import io
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.store import open_database
from digest.store.sources import SourceState, keep_state
from tests.cli.conftest import ARTICLE, Digest
from tests.collecting.conftest import feed, post
from tests.collecting.polite_server import PoliteServer, Served

SETTINGS = """\
# our newsletter
[newsletter]
name = "The Tide"  # as on the masthead

[fetch]
allow_private = ["127.0.0.1"]

# after this come sources
"""


@pytest.fixture
def server() -> Iterator[PoliteServer]:
    with PoliteServer(lambda: datetime.now(UTC)).running() as server:
        whole = "The bridge is old, and the council has said so for years. " * 30
        posts = [post(name, text=f"{name}: {whole}") for name in "ab"]
        server.feed("/feed", feed(posts), ETag='"1"')
        html = (
            "<html><head><link rel='alternate' type='application/rss+xml' href='/feed'>"
            "</head><body>Hello</body></html>"
        )
        kind = {"Content-Type": "text/html"}
        server.answers["/"] = lambda *_: Served(html.encode(), headers=kind)
        yield server


@pytest.fixture(autouse=True)
def settings(folder: Path) -> Path:
    file = folder / "digest.toml"
    file.write_text(SETTINGS)
    return file


def test_a_site_is_added_by_its_feed(
    digest: Digest, settings: Path, server: PoliteServer
) -> None:
    """It is asked once for it, and the next time only for what has changed."""
    ran = digest("sources", "add", server.url("/"), "--section", "World")
    assert ran.code == 0, ran.err
    assert "feed “The Harbour Post”, 2 articles" in ran.out
    text = settings.read_text()
    assert text.startswith(SETTINGS)
    place = server.url("/feed")
    assert tomllib.loads(text)["source"] == [{"url": place, "section": "World"}]
    assert digest("collect", "--json").object["unchanged"] is True
    assert server.unconditional()["/feed"] == 1
    assert server.faults == []
    assert digest("build", "--dry-run").code == 0


def test_a_dry_run_and_a_failure_keep_nothing(
    digest: Digest, settings: Path, server: PoliteServer
) -> None:
    """What cannot be read is said, with the reason, and exit 1."""
    assert digest("sources", "add", server.url("/feed"), "--dry-run").code == 0
    ran = digest("sources", "add", server.url("/nothing"))
    assert (ran.code, "404" in ran.out) == (1, True)
    ran = digest("sources", "add", "http://10.0.0.1/feed")
    assert "not a public address" in ran.out
    assert settings.read_text() == SETTINGS


def test_a_selector_that_is_none_is_refused(digest: Digest, settings: Path) -> None:
    """When the source is added, and where somebody wrote it into the settings."""
    ran = digest("sources", "add", "https://a.test/", "--selector", "div[")
    assert (ran.code, "--selector must be a CSS selector" in ran.err) == (2, True)
    settings.write_text(f"{SETTINGS}[[source]]\npath = 'a'\nselector = 'p::'\n")
    ran = digest("sources", "list")
    assert ran.code == 2
    assert "digest.toml:11: source.selector must be a CSS selector" in ran.err


def test_unchanged_is_no_answer_to_a_first_question(
    digest: Digest, settings: Path, server: PoliteServer
) -> None:
    """Of a server that says 304 to whoever asks, nothing is known."""
    server.answers["/same"] = lambda *_: Served(status=304)
    ran = digest("sources", "add", server.url("/same"))
    assert (ran.code, "the server answers 304" in ran.out) == (1, True)
    assert settings.read_text() == SETTINGS


def test_one_bad_source_stops_no_other(digest: Digest, server: PoliteServer) -> None:
    """Its reason is on its line; the exit code says that one failed."""
    digest("sources", "add", server.url("/feed"))
    with Path("digest.toml").open("a") as file:
        file.write(f'[[source]]\nurl = "{server.url("/gone")}"\n')
    server.answers["/gone"] = lambda *_: Served(status=410)
    ran = digest("collect")
    assert ran.code == 1
    assert f"{server.url('/feed')}: unchanged" in ran.out
    assert "failed: is gone for good (410)" in ran.out
    assert "off: " in digest("sources", "list").out
    assert digest("collect").code == 0  # it is not asked any more
    assert "is gone for good" in digest("doctor").out


def test_a_source_is_removed(
    digest: Digest, settings: Path, server: PoliteServer
) -> None:
    """With its lines alone; what it gave stays seen."""
    place = server.url("/feed")
    digest("sources", "add", place)
    assert digest("sources", "add", place).code == 2
    assert digest("sources", "remove", place).code == 0
    assert settings.read_text().strip() == SETTINGS.strip()
    ran = digest("sources", "remove", place)
    assert (ran.code, "is no source" in ran.err) == (1, True)


def test_a_list_goes_out_and_comes_in(
    digest: Digest, folder: Path, server: PoliteServer
) -> None:
    """OPML: what is exported can be added elsewhere."""
    place = server.url("/feed")
    digest("sources", "add", place, "--section", "World")
    exported = digest("sources", "export").out
    assert f'xmlUrl="{place}"' in exported
    assert 'title="World"' in exported
    digest("sources", "remove", place)
    (folder / "feeds.opml").write_text(exported)
    assert digest("sources", "add", "feeds.opml").code == 0
    assert digest("collect", "--json").object["source"] == place
    assert f'xmlUrl="{place}"' in digest("sources", "export").out


def test_a_list_at_an_address(
    digest: Digest, settings: Path, server: PoliteServer
) -> None:
    """It is known by what it holds."""
    opml = f"<opml><body><outline xmlUrl='{server.url('/feed')}'/></body></opml>"
    server.answers["/list"] = lambda *_: Served(opml.encode())
    ran = digest("sources", "add", server.url("/list"))
    assert (ran.code, "2 articles" in ran.out) == (0, True)
    assert tomllib.loads(settings.read_text())["source"] == [
        {"opml": server.url("/list")}
    ]
    assert "a list of feeds" in digest("sources", "list").out


def test_a_feed_that_a_page_names_is_added_once(
    digest: Digest, server: PoliteServer
) -> None:
    """Though it was given by its own address before."""
    digest("sources", "add", server.url("/feed"))
    ran = digest("sources", "add", server.url("/"))
    assert (ran.code, "is a source already" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("ftp://a.test/feed", "cannot be a source"),
        ("", "cannot be a source"),
        ("a.test/feed", "for an address write https://a.test/feed"),
    ],
)
def test_what_cannot_be_a_source(digest: Digest, place: str, reason: str) -> None:
    """It is said what can."""
    ran = digest("sources", "add", place)
    assert reason in ran.out + ran.err


@pytest.mark.parametrize(
    "table", ["section = 'World'", "url = 'https://a.test/'\npath = 'a'"]
)
def test_a_source_is_of_one_kind(digest: Digest, settings: Path, table: str) -> None:
    """Its table is named."""
    settings.write_text(f"{SETTINGS}[[source]]\n{table}\n")
    ran = digest("collect")
    assert (ran.code, "digest.toml:9: a source has one of url" in ran.err) == (2, True)


def test_what_is_held_is_released(digest: Digest, server: PoliteServer) -> None:
    """By a person who has looked at it."""
    old = datetime(2020, 1, 1, tzinfo=UTC)
    place = server.url("/feed")
    digest("sources", "add", place)
    posts = feed([post(f"old {n}", at=old) for n in range(30)])
    server.answers["/feed"] = lambda *_: Served(posts)
    ran = digest("collect")
    assert "30 held" in ran.out
    assert f"digest sources release {place}" in ran.out
    assert "held: 30 posts" in digest("sources", "list").out
    assert f"digest sources release {place} --dry-run" in digest("doctor").out
    ran = digest("sources", "release", place, "--dry-run", "--since", "2021-01-01")
    assert "2020-01-01  old 7  (known)" in ran.out
    assert "0 posts would wait for an issue, 30 known" in ran.err
    nowhere = digest("sources", "release", "https://a.test/")
    assert "is no source" in nowhere.err
    assert digest("sources", "release", place, "--seen").code == 0
    assert digest("sources", "release", place).code == 1
    assert "held" not in digest("sources", "list").out


def test_a_week_of_failures_is_told(digest: Digest, server: PoliteServer) -> None:
    """In `doctor` and in `status`, with its reason."""
    place = server.url("/feed")
    digest("sources", "add", place)
    failing = SourceState(
        place=place,
        failures=9,
        failing_since=datetime(2020, 1, 1, tzinfo=UTC),
        reason=f"{place}: the server answers 500",
    )
    database = open_database("sqlite:///digest.db")
    with database.write() as connection:
        keep_state(connection, failing)
    database.close()
    told = "failing since 2020-01-01: the server answers 500"
    assert told in digest("doctor").out
    without_an_issue = digest("status")
    assert (without_an_issue.code, told in without_an_issue.err) == (1, True)
    digest("build", place)
    assert told in digest("status").err
    assert digest("status", "--json").object["sources"] == {place: told}


@pytest.mark.parametrize("given", [ARTICLE.encode(), feed([post("a")])])
def test_standard_input(
    digest: Digest, monkeypatch: pytest.MonkeyPatch, given: bytes
) -> None:
    """A text or a feed that another program writes."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    ran = digest("build", "-", "--dry-run", "--json")
    assert (ran.code, ran.object["stories"]) == (0, 1)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    ran = digest("build", "-", "--dry-run")
    assert (ran.code, "stdin: is empty" in ran.err) == (1, True)
