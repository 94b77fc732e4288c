"""A draft is read back as it was written, whatever its texts are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config import IssueSettings
from digest.errors import SourceError
from digest.issue import Candidate, Draft, Entry, propose
from digest.issue.draft_reading import Source, read_back
from digest.issue.draft_writing import written
from digest.model import Article, Lede, Quote, Span, Sponsor, Summary

#: whatever can be written as UTF-8
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def candidate(name: str, quotes: int = 3, items: tuple[int, ...] = ()) -> Candidate:
    text = f"{name} says so. " * 3
    spans = [Span.of(text, n, n + 5) for n in range(quotes)]
    return Candidate(
        article=Article(id=name, text=text, title=f"About {name}"),
        others=tuple(Article(id=f"{name} {n}", text=text) for n in items[1:]),
        summary=Summary(
            lede=Lede(sentences=(Span.of(text, 0, 10),)),
            quotes=tuple(
                Quote(span=span, utterance=n, selected=n < 2)
                for n, span in enumerate(spans)
            ),
        ),
        items=items,
    )


STORED = {each.items: each for each in (candidate("b", items=(7, 8)),)}
GIVEN = candidate("a")


def found(sources: Sequence[Source]) -> Candidate:
    """The candidates of the tests, by their articles."""
    if all(isinstance(one, int) for one in sources):
        ids = tuple(one for one in sources if isinstance(one, int))
        if ids not in STORED:
            raise SourceError(f"there is no item {ids[0]}")
        return STORED[ids]
    assert list(sources) == [GIVEN.article]
    return GIVEN


def entry(one: Candidate) -> st.SearchStrategy[Entry]:
    return st.builds(
        Entry,
        candidate=st.just(one),
        headline=TEXTS.map("x{}".format),
        section=TEXTS,
        quotes=st.permutations([0, 1, 2]).map(lambda all_: tuple(all_[:2])),
        note=TEXTS,
        pin=st.booleans(),
        drop=st.booleans(),
    )


DRAFTS = st.builds(
    Draft,
    series=TEXTS,
    entries=st.tuples(entry(GIVEN), entry(next(iter(STORED.values())))),
    subject=TEXTS,
    preheader=TEXTS,
    editorial=TEXTS,
    sponsor=st.none()
    | st.builds(
        Sponsor, name=TEXTS, text=TEXTS, url=st.sampled_from(["", "https://a.example"])
    ),
)


@given(DRAFTS, TEXTS)
def test_what_is_written_is_read_back(draft: Draft, name: str) -> None:
    """No text breaks out of its string or its comment."""
    text = written(draft, name=name, file=name)
    text.encode()
    assert read_back(text, file="draft.toml", resolve=found) == draft


def test_an_item_that_has_changed_is_refused() -> None:
    """What the editor read is no longer what would be quoted."""
    (stored,) = STORED.values()
    text = written(
        Draft(series="s", entries=(Entry(candidate=stored, headline="h"),)),
        name="n",
        file="draft.toml",
    )
    edited = replace(stored, article=replace(stored.article, text="Quite another."))
    with pytest.raises(SourceError, match="item 7 has changed it since"):
        read_back(text, file="draft.toml", resolve=lambda sources: edited)


@given(st.text(alphabet="[]=\"'#\n.{}, astoryrcle1\\", max_size=60))
def test_any_text_is_a_draft_or_an_error_with_its_place(text: str) -> None:
    """Nothing but SourceError, whose message begins with the file and a line."""
    try:
        read_back(text, file="draft.toml", resolve=found)
    except SourceError as error:
        place, line, *_ = str(error).split(":")
        assert (place, line.isdecimal()) == ("draft.toml", True)


def test_pinned_stories_come_first_and_dropped_ones_not_at_all() -> None:
    """And only what is in the issue uses its items."""
    names = "abcd"
    entries = tuple(
        Entry(
            candidate=candidate(name, items=(n,)),
            headline=name,
            pin=name in "cd",
            drop=name in "ad",
        )
        for n, name in enumerate(names)
    )
    draft = Draft(series="weekly", entries=entries)
    assert [story.headline for story in draft.stories] == ["c", "b"]
    assert draft.items == (2, 1)


def test_the_first_story_has_room_for_more() -> None:
    """Rows have one quote; what was left out is there to be taken in."""
    draft = propose(
        [candidate("a"), candidate("b")],
        series="weekly",
        settings=IssueSettings(),
        left=[candidate("c")],
    )
    assert [(e.headline, e.quotes, e.drop) for e in draft.entries] == [
        ("About a", (0, 1), False),
        ("About b", (0,), False),
        ("About c", (0,), True),
    ]


@pytest.mark.parametrize(
    ("articles", "reason"),
    [
        ("[7, 7]", "each once"),
        ('[7, "article 1"]', "items or articles given by hand"),
        ("[true]", "must be the id of an item, .*, not true or false"),
        ("7", "must be a list, not a whole number"),
        (f"[{10**30}]", "no item|expected|integer"),
        ("[-1]", "no item"),
    ],
)
def test_articles_that_cannot_be(articles: str, reason: str) -> None:
    """Twice the same, of both kinds, or no number of an item."""
    text = f'series = "a"\n\n[[story]]\nheadline = "b"\narticles = {articles}\n'
    with pytest.raises(SourceError, match=f"draft.toml:5: .*({reason})"):
        read_back(text, file="draft.toml", resolve=found)


def test_without_quotes_those_of_the_article_are_taken() -> None:
    """For a draft in which another article was put first."""
    text = 'series = "a"\n[[story]]\nheadline = "b"\narticles = [7, 8]\n'
    [read] = read_back(text, file="draft.toml", resolve=found).entries
    assert read.quotes == (0,)
    [none] = read_back(text + "quotes = []", file="draft.toml", resolve=found).entries
    assert none.quotes == ()


def test_no_article_is_in_two_stories() -> None:
    """Unless one of them is dropped."""
    one = '[[story]]\nheadline = "b"\narticles = [7, 8]\n'
    text = f'series = "a"\n{one}{one}'
    with pytest.raises(SourceError, match=r"draft.toml:7: 7 is in an earlier story"):
        read_back(text, file="draft.toml", resolve=found)
    assert read_back(text + "drop = true", file="draft.toml", resolve=found).items == (
        7,
        8,
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[story]]\narticles = [7, 8]", "draft.toml:2: lacks its 'headline'"),
        ("[sponsor]\ntext = ''", "draft.toml:2: lacks its 'name'"),
        ("subject = 7", "draft.toml:2: must be a text, not a whole number"),
        ("story = 'a'", "draft.toml:2: must be a list, not a text"),
    ],
)
def test_what_is_lacking_or_of_another_kind_is_said_in_words(
    text: str, message: str
) -> None:
    """With the line of its table, or of the key."""
    with pytest.raises(SourceError, match=message):
        read_back(f'series = "a"\n{text}\n', file="draft.toml", resolve=found)
