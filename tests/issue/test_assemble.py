"""An issue is put together from candidates in the order they are given."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from digest.config import IssueSettings, Newsletter
from digest.errors import NothingToDo
from digest.issue import Candidate, assemble, propose
from digest.model import Article, Issue, Lede, Quote, Span, Summary

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def candidate(name: str, section: str = "", sentences: int = 3) -> Candidate:
    text = " ".join(f"{name} sentence {n} is here." for n in range(sentences))
    spans = [Span.of(text, *pair) for pair in _sentences(text)]
    quotes = tuple(
        Quote(span=span, utterance=n, selected=n < 2) for n, span in enumerate(spans)
    )
    return Candidate(
        article=Article(id=name, text=text, title=f"About {name}"),
        summary=Summary(lede=Lede(sentences=tuple(spans)), quotes=quotes),
        section=section,
    )


def _sentences(text: str) -> list[tuple[int, int]]:
    ends = [i + 1 for i, character in enumerate(text) if character == "."]
    starts = [0, *(end + 1 for end in ends[:-1])]
    return list(zip(starts, ends, strict=True))


def issue(*candidates: Candidate, settings: IssueSettings | None = None) -> Issue:
    settings = settings or IssueSettings()
    return assemble(
        propose(candidates, series="weekly", settings=settings),
        number=7,
        published=NOW,
        newsletter=Newsletter(name="The Tide"),
        settings=settings,
    )


def test_first_story_stands_alone() -> None:
    """The first candidate is the hero; the others come under their sections."""
    made = issue(
        candidate("a", "News"), candidate("b", "News"), candidate("c", "Sport")
    )
    assert [
        (section.title, [story.headline for story in section.stories])
        for section in made.sections
    ] == [(None, ["About a"]), ("News", ["About b"]), ("Sport", ["About c"])]


def test_sections_in_the_order_set() -> None:
    """Sections named in the settings come first, in that order; empty ones vanish."""
    settings = IssueSettings(sections=("Sport", "Culture", "News"))
    made = issue(
        candidate("a"),
        candidate("b", "News"),
        candidate("c", "Sport"),
        settings=settings,
    )
    assert [section.title for section in made.sections] == [None, "Sport", "News"]


def test_rows_are_shorter_than_the_hero() -> None:
    """A row takes what fits its length and one quote; the hero takes more."""
    settings = IssueSettings(lead_hero=400, lead_row=25)
    made = issue(candidate("a"), candidate("b"), settings=settings)
    hero, row = made.stories
    assert (len(hero.lede.sentences), len(hero.quotes)) == (3, 2)
    assert (len(row.lede.sentences), len(row.quotes)) == (1, 1)


def test_subject_is_the_first_headline() -> None:
    """Subject and preheader are made of headlines."""
    made = issue(candidate("a"), candidate("b"), candidate("c"))
    assert made.subject == "About a"
    assert made.preheader == "About b · About c"


def test_single_story_previews_its_lead() -> None:
    """An issue of one story shows how that story begins."""
    assert issue(candidate("a")).preheader.startswith("a sentence 0 is here.")


def test_no_story() -> None:
    """An issue of nothing is not built."""
    with pytest.raises(NothingToDo, match="no story left"):
        issue()


def test_same_input_same_issue() -> None:
    """An issue depends on nothing but what it is made from."""
    made = issue(candidate("a"), candidate("b"))
    assert made == issue(candidate("a"), candidate("b"))
    assert replace(made, number=8) != made


@pytest.mark.parametrize(
    ("limit", "sentences", "quotes"),
    [(0, 3, 2), (1000, 3, 2), (90, 3, 1), (60, 2, 0), (30, 1, 0), (10, 0, 0)],
)
def test_no_more_is_quoted_than_the_source_allows(
    limit: int, sentences: int, quotes: int
) -> None:
    """Whole sentences and whole quotes; at the least, the headline and a link."""
    one = replace(candidate("a"), quote_limit=limit)
    [story] = issue(one).stories
    assert len(story.lede.sentences) == sentences
    assert len(story.quotes) == quotes
    quoted = len(story.lede.text) + sum(len(q.span.text) for q in story.quotes)
    assert not limit or quoted <= limit


@pytest.mark.parametrize("typed", ["", "Nine\0 hours\n late"])
def test_a_subject_can_be_kept(typed: str) -> None:
    """PostgreSQL's texts hold no NUL, whoever brought it."""
    settings = IssueSettings()
    draft = propose([candidate("the \0ferry")], series="weekly", settings=settings)
    made = assemble(
        replace(draft, subject=typed),
        number=7,
        published=NOW,
        newsletter=Newsletter(name="The Tide"),
        settings=settings,
    )
    assert made.subject == ("Nine hours late" if typed else "About the ferry")
