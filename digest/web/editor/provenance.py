"""A passage in its article: the whole text, with what says who spoke marked in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from digest.issue import Entry
from digest.model import Article, Quote, Span
from digest.summary import Explanation, explain
from digest.summary.rules import how_sure, in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A passage of an article that is marked: as what, and which found quote it is."""

    start: int
    end: int
    #: passage, mention, cue, name or found
    kind: str
    quote: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some text of an article, all of it marked the same, or not at all."""

    text: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph; `aside` where it is not the article: a caption, a sign-up line."""

    pieces: tuple[Piece, ...]
    aside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A lead or a quote: its place in the article, and why it was taken."""

    spans: tuple[Span, ...]
    because: tuple[str, ...]
    #: the number of the quote among those found; 0 for the lead
    number: int = 0
    quote: Quote | None = None
    #: the rule that says who spoke, and how surely, in words
    rule: str = ""
    sure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An article with one passage of it marked."""

    article: Article
    passage: Passage
    blocks: tuple[Block, ...]

    @property
    def checked(self) -> bool:
        """Whether the passage stands in the article letter for letter."""
        text = self.article.text
        return all(text[s.start : s.end] == s.text for s in self.passage.spans)


def source(entry: Entry, shown: Sequence[Span], number: int, length: int) -> Source:
    """The article of a story with its lead marked, or with one of its found quotes.

    `shown` are the sentences of the lead in the issue; `length` is that of the lead
    in characters, as the article was summarized with.

    Raises:
        IndexError: it has no quote of that number.
    """
    article = entry.candidate.article
    explanation = explain(article, characters=length)
    passage = (
        _quote(explanation, number) if number else _lede(explanation, tuple(shown))
    )
    marks = [*_marks(passage, explanation, article)]
    return Source(article=article, passage=passage, blocks=_blocks(article, marks))


def _lede(explanation: Explanation, shown: tuple[Span, ...]) -> Passage:
    because = {reason.span: reason.because for reason in explanation.lede}
    said = (phrase for span in shown for phrase in because.get(span, ()))
    return Passage(spans=shown, because=tuple(dict.fromkeys(said)))


def _quote(explanation: Explanation, number: int) -> Passage:
    quote = explanation.summary.quotes[number - 1]
    said = quote.attribution
    return Passage(
        spans=(quote.span,),
        because=explanation.quotes[number - 1].because,
        number=number,
        quote=quote,
        rule=in_words(said.rule) if said else "",
        sure=how_sure(said) if said else "",
    )


def _marks(
    passage: Passage, explanation: Explanation, article: Article
) -> Iterator[Mark]:
    """What is marked, the most important first."""
    for span in passage.spans:
        yield Mark(start=span.start, end=span.end, kind="passage")
    if passage.number:
        told = explanation.quotes[passage.number - 1].told
        for span, kind in zip(told, ("mention", "cue"), strict=False):
            yield Mark(start=span.start, end=span.end, kind=kind)
    said = passage.quote and passage.quote.attribution
    if said and (found := re.search(rf"\b{re.escape(said.speaker)}\b", article.text)):
        yield Mark(start=found.start(), end=found.end(), kind="name")
    for number, quote in enumerate(explanation.summary.quotes, 1):
        span = quote.span
        yield Mark(start=span.start, end=span.end, kind="found", quote=number)


def _blocks(article: Article, marks: Sequence[Mark]) -> tuple[Block, ...]:
    """All of the article's text but for white space between, in its order."""
    spans = [(span, False) for span in article.paragraphs]
    spans += [(span, True) for span in article.boilerplate]
    edges, end = [], 0
    for span, aside in sorted(spans):
        edges += [(end, span.start, True), (span.start, span.end, aside)]
        end = max(end, span.end)
    edges.append((end, len(article.text), True))
    return tuple(
        _block(article, start, stop, marks, aside=aside)
        for start, stop, aside in edges
        if article.text[start:stop].strip()  # between: markup, or what is of no use
    )


def _block(
    article: Article, start: int, end: int, marks: Sequence[Mark], *, aside: bool
) -> Block:
    here = [mark for mark in marks if mark.start < end and start < mark.end]
    cuts = {start, end}
    for mark in here:
        cuts |= {max(mark.start, start), min(mark.end, end)}
    places = sorted(cuts)
    pieces = [
        Piece(
            text=article.text[left:right],
            mark=next((m for m in here if m.start <= left and right <= m.end), None),
        )
        for left, right in pairwise(places)
    ]
    return Block(pieces=tuple(pieces), aside=aside)
