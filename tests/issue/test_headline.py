"""A headline made from a lead leaves words out, and puts none in."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.issue.headline import CUT, cut, from_sentence, headline
from digest.model import Article, Lede, Span

SENTENCES = {
    "an appositive is left out": (
        "Mara Lindqvist, the harbour master of Osterby, has closed the north pier.",
        "Mara Lindqvist has closed the north pier",
    ),
    "the tail goes at a clause": (
        "The council voted on Tuesday to close the old bridge for a year, "
        "which will send four thousand cars a day through the villages.",
        "The council voted on Tuesday to close the old bridge for a year",
    ),
    "a place in front is no name": (
        "In Osterby, the library, the school and the bus are gone.",
        "In Osterby, the library, the school and the bus are gone",
    ),
    "two people stay two": (
        "Anna Bell, the mayor, and Tom Reed walked home.",
        "Anna Bell, the mayor, and Tom Reed walked home",
    ),
    "a quotation is not cut open": (
        "“We never saw it coming, not one of us, not in forty years of looking,” "
        "said the harbour master, who had been on the pier that night.",
        "“We never saw it coming, not one of us, not in forty years of looking,” "
        "said the harbour master",
    ),
    "a short sentence stays": ("Rain fell.", "Rain fell"),
}


@pytest.mark.parametrize(("sentence", "expected"), SENTENCES.values(), ids=SENTENCES)
def test_main_clause(sentence: str, expected: str) -> None:
    """What is kept of a sentence is its main clause."""
    assert from_sentence(sentence) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The tide will be here within the same hour on Sunday",
            "within the same hour…",
        ),
        ("The council of Osterby closes the pier and the bridge", "closes the pier…"),
        (
            "Die Stadt Osterby sperrt die Brücke für ein ganzes Jahr",
            "sperrt die Brücke…",
        ),
        ("La ville de Port-Clair ferme le pont de la vieille ville", "ferme le pont…"),
    ],
)
def test_cut_at_a_word_that_ends_something(text: str, expected: str) -> None:
    """A cut leaves no article, preposition or conjunction behind."""
    lengths = range(len(text) - 8, len(text) - 1)
    assert any(cut(text, length).endswith(expected) for length in lengths)
    for length in range(8, len(text)):
        last = cut(text, length).removesuffix("…").rpartition(" ")[2]
        assert last not in {"on", "and", "the", "für", "ein", "de", "la", "le", "of"}


def test_title_comes_first() -> None:
    """An article's own title is its headline, in one line."""
    article = Article(id="a", text="Rain fell.", title="Rain\nfalls  again")
    lede = Lede(sentences=(Span.of(article.text, 0, 10),))
    assert headline(article, lede) == "Rain falls again"


def test_nothing_to_go_by() -> None:
    """An article of nothing but an address is headed by it, not by words of ours."""
    article = Article(id="a", text="", url="https://example.com/a")
    assert headline(article, Lede()) == "https://example.com/a"


@given(st.text(max_size=400))
def test_no_invented_words(sentence: str) -> None:
    """Every word of a headline is a word of the sentence, in the same order."""
    line = " ".join(sentence.split())
    words = iter(re.findall(r"\w+", line))
    made = from_sentence(line)
    assert len(made) <= max(CUT, len(line))
    kept = re.findall(r"\w+", made.removesuffix("…"))
    whole = kept[:-1] if made.endswith("…") else kept
    assert all(word in words for word in whole)


@given(st.text(min_size=1, max_size=200), st.integers(min_value=1, max_value=60))
def test_cut_fits(text: str, length: int) -> None:
    """A cut text is no longer than asked, and unchanged where it fits."""
    result = cut(text, length)
    assert len(result) <= length
    assert len(text) > length or result == text
