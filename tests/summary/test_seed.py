"""The article that the product was asked for with, read in place."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.model import Article, Span
from digest.summary import summarize

SHARED = Path(__file__).parents[2].parent / "shared"
FOLDER = SHARED / "data" / "articles"
SHARE_LINKS = {"Facebook", "Twitter", "Instagram", "LinkedIn", "RSS"}


def seed() -> Article:
    """The article; its share links are boilerplate, as digest.sources has it."""
    text = next(FOLDER.glob("*.txt")).read_text("utf-8")
    lines, at = [], 0
    for line in text.splitlines(keepends=True):
        stripped = line.strip()
        if stripped:
            start = at + line.index(stripped)
            lines.append(Span.of(text, start, start + len(stripped)))
        at += len(line)
    links = tuple(line for line in lines if line.text in SHARE_LINKS)
    story = tuple(line for line in lines if line.text not in SHARE_LINKS)
    return Article(id="seed", text=text, paragraphs=story, boilerplate=links)


@pytest.mark.needs("shared")
def test_the_lede_is_the_lead_paragraph() -> None:
    """The lede begins with the news."""
    lede = summarize(seed()).lede.text
    assert lede.startswith(
        "Mark Rutte, the former Prime Minister of the Netherlands, "
        "has officially taken over"
    )


@pytest.mark.needs("shared")
def test_all_five_quotes_are_found_with_their_speaker() -> None:
    """Each direct quote is Mark Rutte's, with the role the article gives him."""
    quotes = summarize(seed()).quotes
    assert [quote.span.text[:20] for quote in quotes] == [
        "I’m not worried. I k",
        "He pushed us to spen",
        "Putin has to realize",
        "We must sustain this",
        "NATO’s mission remai",
    ]
    who = {
        (quote.attribution.speaker, quote.attribution.role)
        for quote in quotes
        if quote.attribution
    }
    assert who == {("Mark Rutte", "the former Prime Minister of the Netherlands")}
    assert [quote.utterance for quote in quotes] == [0, 0, 1, 2, 3]


@pytest.mark.needs("shared")
def test_two_safe_quotes_are_selected_and_no_share_link() -> None:
    """The key quotes are safe ones; share links are in no span."""
    summary = summarize(seed())
    assert len(summary.key_quotes) == 2
    spans = [*summary.lede.sentences, *(quote.span for quote in summary.quotes)]
    assert not [span for span in spans if any(x in span.text for x in SHARE_LINKS)]
