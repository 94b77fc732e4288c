"""Thousands of feeds that nobody here wrote: each is read, each entry has its card."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import feedparser
import pytest
from lxml import html as lxml_html

from digest.errors import SourceError
from digest.issue.headline import headline
from digest.model import Article, Issue, Section, Story
from digest.rendering import render
from digest.rendering.gate import one_line
from digest.sources import read_feed
from digest.sources.opml import is_opml, read_opml
from digest.summary import summarize
from tests.rendering.issues import LOOK, NEWSLETTER, NONCE

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
KINDS = {".xml", ".json", ".rss", ".atom", ".rdf"}


def files(shared: Path) -> list[Path]:
    found = sorted((shared / "data/feeds").rglob("*"))
    return [file for file in found if file.suffix in KINDS]


def entries(data: bytes) -> int:
    """How many there are, by feedparser itself."""
    if data.lstrip().startswith(b"{"):
        return len(read_feed(data, id=""))
    return len(feedparser.parse(io.BytesIO(data)).entries)


def articles(shared: Path) -> Iterator[Article]:
    for file in files(shared):
        try:
            yield from read_feed(file.read_bytes(), id=file.name, now=NOW)
        except SourceError:
            continue


@pytest.mark.needs("shared")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_feed_is_read_and_no_entry_lost(shared: Path) -> None:
    """What is told to be no feed (KML, OpenSearch) holds no entry."""
    read = lost = 0
    for file in files(shared):
        data = file.read_bytes()
        try:
            found = read_feed(data, id=file.name, now=NOW)
        except SourceError:
            lost += entries(data)
        else:
            assert len(found) == entries(data), file
            read += len(found)
    assert lost == 0
    assert read > 790


def story(article: Article) -> Story:
    summary = summarize(article)
    return Story(
        headline=headline(article, summary.lede),
        articles=(article,),
        lede=summary.lede.within(220),
        quotes=summary.key_quotes,
    )


@pytest.mark.needs("shared")
def test_every_entry_has_its_card(shared: Path) -> None:
    """A headline that can be read, in the e-mail as in the plain text."""
    stories = map(story, articles(shared))
    cards = 0
    while chunk := tuple(islice(stories, 80)):
        issue = Issue(
            number=1,
            series="corpus",
            title="Corpus",
            subject="Corpus",
            preheader="",
            published=NOW,
            language="en",
            sections=(Section(title="All", stories=chunk),),
        )
        email = render(issue, NEWSLETTER, LOOK, nonce=NONCE)
        seen = " ".join(map(str, lxml_html.fromstring(email.html).itertext()))
        for each in chunk:
            assert any(c.isalnum() for c in each.headline), each.article
            word = one_line(each.headline).split()[0].rstrip("…")
            assert word in seen
            assert word in email.text
        cards += len(chunk)
    assert cards > 790


@pytest.mark.needs("shared")
def test_every_list_is_read(shared: Path) -> None:
    """OPML of all sorts: its feeds, or one line that says there is none."""
    found = 0
    for file in sorted((shared / "data/feeds").rglob("*.opml")):
        data = file.read_bytes()
        assert is_opml(data)
        with suppress(SourceError):
            found += len(read_opml(data, id=file.name))
        assert b'xmlUrl="http' not in data or found
    assert found
