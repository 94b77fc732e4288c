"""What holds of every article and every summary, whatever the text.

For tests by example, by hypothesis, and for the fuzzer alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from digest.model import Article, Span, Summary


def assert_article_holds(article: Article) -> None:
    """Every span is where it says, says something, and none meets another."""
    assert_in_order(article.paragraphs)
    assert_in_order(article.boilerplate)
    together = sorted([*article.paragraphs, *article.boilerplate])
    assert_in_order(together)
    for span in together:
        assert_exact(article.text, span)


def assert_summary_holds(article: Article, summary: Summary) -> None:
    """Every span is one of the article's, whole, in order, in one paragraph."""
    quoted = [quote.span for quote in summary.quotes]
    for spans in (summary.lede.sentences, quoted):
        assert_in_order(spans)
        assert_within(article, spans)
    utterances = [quote.utterance for quote in summary.quotes]
    assert utterances == sorted(utterances)
    assert len(summary.key_quotes) <= 2
    for quote in summary.quotes:
        if quote.attribution is not None:
            assert quote.attribution.speaker.strip()
            assert 0 <= quote.attribution.confidence <= 1


def assert_exact(text: str, span: Span) -> None:
    assert 0 <= span.start < span.end <= len(text)
    assert text[span.start : span.end] == span.text
    assert span.text.strip()


def assert_in_order(spans: Iterable[Span]) -> None:
    assert all(one.end <= other.start for one, other in pairwise(spans))


def assert_within(article: Article, spans: Iterable[Span]) -> None:
    """Each span is exact, and lies in one of the paragraphs."""
    paragraphs = iter(article.paragraphs)
    paragraph = next(paragraphs, None)
    for span in spans:
        assert_exact(article.text, span)
        while paragraph is not None and paragraph.end <= span.start:
            paragraph = next(paragraphs, None)
        assert paragraph is not None
        assert paragraph.start <= span.start
        assert span.end <= paragraph.end
