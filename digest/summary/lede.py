"""The lede: the first sentences that say what the story is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from digest.model import Lede, Span
from digest.summary.languages import WORD, Language
from digest.summary.marks import Quotation
from digest.summary.sentences import sentence_ends

#: so many letters of a word tell what it is about
STEM = 5
#: so many words in common with the headline make a nut graf, within this reach
LEAST, NUT_REACH = 2, 14
#: a line of capitals up to this length is a heading
HEADING = 40
#: no lede reads further into an article, in paragraphs
FURTHEST = 12


def sentences_of(
    text: str,
    paragraphs: Sequence[Span],
    found: Sequence[Quotation],
    language: Language,
) -> Iterator[Span]:
    """The sentences of the article, in order; a quotation is never cut."""
    at = 0
    for paragraph in paragraphs:
        start = paragraph.start
        for end in sentence_ends(text, language, paragraph.start, paragraph.end):
            while at < len(found) and found[at].outer_end <= end - 1:
                at += 1
            if at < len(found) and found[at].outer_start < end < found[at].outer_end:
                continue
            span = _stripped(text, start, end)
            if span is not None:
                yield span
            start = end


def _stripped(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span.of(text, start, end) if end > start else None


#: what is no sentence of the story: bylines, times, empty marks
FURNITURE = re.compile(
    r"(?:by\b.{0,60}|(?:published|updated|last updated at|posted):?\b.{0,60}"
    r"|scroll down for video.{0,9}|\d{1,2}:\d{2}\b.{0,50}|[\W_]+)$",
    re.IGNORECASE,
)


def lede(
    story: Iterable[Span], *, title: str, count: int | None, characters: int
) -> Lede:
    """The first `count` sentences; else those that fit, and what they are about.

    An opening that shares no word with the headline is an anecdote or a quote:
    it is joined with the first sentence of the story that does (the nut graf).
    """
    told = (sentence for sentence in story if not _is_furniture(sentence))
    if count is not None:
        return Lede(sentences=tuple(islice(told, max(1, count))))
    opening, rest = _fitting(told, characters)
    about = _nut(opening, rest, _stems(title))
    if about is None:
        return Lede(sentences=opening)
    room = characters - len(about.text) - 1
    kept = Lede(sentences=opening).within(room).sentences
    return Lede(sentences=(*kept, about))


def _is_furniture(sentence: Span) -> bool:
    """Whether this is a byline, a time or a heading, and no sentence of the story."""
    text = sentence.text
    heading = len(text) <= HEADING and text.isupper()
    return heading or FURNITURE.match(text) is not None


def _fitting(
    told: Iterator[Span], characters: int
) -> tuple[tuple[Span, ...], Iterator[Span]]:
    """The sentences that fit, at least one, and those behind them."""
    kept: list[Span] = []
    length = 0
    for sentence in told:
        length += len(sentence.text) + 1
        if kept and length - 1 > characters:
            return tuple(kept), chain([sentence], told)
        kept.append(sentence)
    return tuple(kept), iter(())


def _nut(
    opening: Sequence[Span], rest: Iterable[Span], headline: frozenset[str]
) -> Span | None:
    """The first sentence that says what the headline says, if the opening doesn't."""
    if len(headline) < LEAST or any(_shares(s, headline, 1) for s in opening):
        return None
    later = islice(rest, NUT_REACH)
    return next((s for s in later if _shares(s, headline, LEAST)), None)


def _shares(sentence: Span, headline: frozenset[str], least: int) -> bool:
    return len(_stems(sentence.text) & headline) >= least


def _stems(text: str) -> frozenset[str]:
    """The beginnings of the longer words, alike for "repair" and "repairs"."""
    return frozenset(
        word[:STEM].lower() for word in WORD.findall(text) if len(word) >= STEM - 1
    )
