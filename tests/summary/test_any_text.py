"""Whatever text comes in: an answer, every span in the text, in linear time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Article, Span, Summary
from digest.summary import explain, summarize
from digest.summary.languages import codes

MARKS = "“”„‟\"«»‹›「」『』‘’‚'`´,.:;!?…—–- ()[]\n"
WORDS = (
    "he she said Rutte Mark Mr. Dr. told the spokesman of and I 12 “No,” sagte er "
    "laut dijo according to"
).split()
any_text = st.text(st.characters(codec=None), max_size=400)
quoted_text = st.lists(
    st.one_of(st.sampled_from(WORDS), st.sampled_from(MARKS), st.text(max_size=3)),
    max_size=120,
).map(" ".join)
glued_text = st.lists(
    st.one_of(st.sampled_from(WORDS), st.sampled_from(MARKS)), max_size=120
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


HOSTILE = {
    "marks": '"',
    "opening marks": "“a ",
    "nested": "„“»«‘'",
    "two apostrophes": "'' a ''",
    "full stops": ".",
    "stops and letters": ".a",
    "commas": ", a",
    "initials": "A. ",
    "names": "Ann Lee ",
    "one name": "Bob said. ",
    "many namesakes": "Al Lee Bo Lee, ",
    "quotes by pronouns": "“We will not go there today,” he said. ",
    "brackets": "(((",
    "blanks": " ",
    "tabs and dots": ".\t",
    "surrogates": "\ud800“\udfff",
    "controls": "\x00\x01“a b c d”\x1f",
    "dashes": "— a",
    "hyphens": "A-b",
    "apostrophes": "O’",
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    """Ten times the text takes at most about ten times as long."""

    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        given_article = article(text, "en")
        before = time.process_time()
        summary = summarize(given_article)
        taken = time.process_time() - before
        assert all(text[s.start : s.end] == s.text for s in spans(summary))
        return taken

    small = max(min(seconds(20_000) for _ in range(3)), 0.01)
    assert min(seconds(200_000) for _ in range(2)) <= 30 * small  # 100 if quadratic
