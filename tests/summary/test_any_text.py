"""Whatever text comes in: an answer, every span in the text, in linear time."""

from __future__ import annotations

import sys
import time
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Article, Span, Summary
from digest.sources import read_text
from digest.summary import explain, summarize
from digest.summary.languages import codes
from tests.hostile import MARKS, SPEECH, TEXTS, WORDS, told
from tests.invariants import assert_article_holds, assert_summary_holds

SIGNS = f"{MARKS},.:;!?…—–- ()[]\n\xa0\ud800\u202e"
PASSAGES = [
    "The council of Aldport closed the old bridge to lorries on Tuesday. ",
    f"{SPEECH}said Ada Berg, the mayor. ",
    f"{SPEECH}she said. ",
    "“We go,” Mr. Berg said, “and we stay.” ",
    "According to J. R. van der Berg, „so ist es“. ",
    "— Ven —dijo Ana—. No tardes.\n",
    "The spokesman told Reuters: “No",
    "By Ada Berg\n",
    "Share on Facebook\n",
    " . ",
    "\n\n",
]

any_text = st.text(st.characters(codec=None), max_size=400)
quoted_text = st.lists(
    st.one_of(st.sampled_from(WORDS), st.sampled_from(SIGNS), st.text(max_size=3)),
    max_size=120,
).map(" ".join)
glued_text = st.lists(
    st.one_of(st.sampled_from(WORDS), st.sampled_from(SIGNS)), max_size=120
).map("".join)


def article(text: str, language: str | None = None) -> Article:
    """The text with each line as a paragraph."""
    paragraphs, at = [], 0
    for line in text.split("\n"):
        if line:
            paragraphs.append(Span.of(text, at, at + len(line)))
        at += len(line) + 1
    return Article(id="any", text=text, paragraphs=tuple(paragraphs), language=language)


def spans(summary: Summary) -> list[Span]:
    return [*summary.lede.sentences, *(quote.span for quote in summary.quotes)]


@given(st.one_of(any_text, quoted_text, glued_text), st.sampled_from(["", *codes()]))
@settings(max_examples=300, deadline=None)
def test_every_span_is_of_the_text(text: str, language: str) -> None:
    """No exception, and each span says what stands at its offsets."""
    summary = summarize(article(text, language or None))
    for span in spans(summary):
        assert span.text
        assert text[span.start : span.end] == span.text
    assert len(summary.key_quotes) <= 2


@given(st.one_of(any_text, quoted_text), st.sampled_from(["", *codes()]))
@settings(max_examples=100, deadline=None)
def test_every_passage_has_its_reason(text: str, language: str) -> None:
    """`explain` gives the same summary, and says of each passage what became of it."""
    given_article = article(text, language or None)
    explained = explain(given_article)
    summary = explained.summary
    assert summary == summarize(given_article)
    assert [reason.span for reason in explained.quotes] == [
        quote.span for quote in summary.quotes
    ]
    assert [reason.taken for reason in explained.quotes] == [
        quote.selected for quote in summary.quotes
    ]
    assert sum(reason.taken for reason in explained.lede) == len(summary.lede.sentences)
    assert all(reason.because for reason in (*explained.lede, *explained.quotes))


@given(quoted_text)
@settings(max_examples=100, deadline=None)
def test_the_lede_never_cuts_a_quotation(text: str) -> None:
    """A sentence of the lede holds a quote whole or not at all."""
    summary = summarize(article(text), characters=20)
    for sentence in summary.lede.sentences:
        for quote in summary.quotes:
            if sentence.overlaps(quote.span):
                assert sentence.start <= quote.span.start
                assert quote.span.end <= sentence.end


@given(st.lists(st.one_of(st.sampled_from(PASSAGES), any_text), max_size=12))
@settings(max_examples=100, deadline=None)
def test_what_is_read_and_summarised_holds_together(passages: list[str]) -> None:
    """From plain text on: whatever is set apart, what is left is told exactly."""
    given_article = read_text("".join(passages), id="any")
    assert_article_holds(given_article)
    assert_summary_holds(given_article, summarize(given_article))


@pytest.mark.parametrize("name", TEXTS)
def test_a_long_hostile_text_is_answered(name: str) -> None:
    """No error, no hang, each span in its place."""
    text = told(TEXTS[name])(100_000)
    begun = time.process_time()
    given_article = read_text(text, id="any")
    summary = summarize(given_article)
    assert time.process_time() - begun < 20  # it is one or less
    assert_article_holds(given_article)
    assert_summary_holds(given_article, summary)


def calls(text: str) -> int:
    """How many functions are called to read and summarise a text."""
    called = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal called
        called += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        summarize(read_text(text, id="any"))
    finally:
        sys.setprofile(before)
    return called


@pytest.mark.parametrize("name", TEXTS)
def test_work_grows_no_faster_than_the_text(name: str) -> None:
    """Twice the text is about twice the work, not four times."""
    shape = told(TEXTS[name])
    summarize(read_text(shape(12_000), id="any"))  # what is read once is read now
    assert calls(shape(12_000)) <= 2.6 * calls(shape(6_000))
