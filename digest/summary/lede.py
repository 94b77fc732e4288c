"""The lede: the first sentences that say what the story is about."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from digest.model import Article, Lede, Span
from digest.summary.headline import Headline
from digest.summary.languages import Language
from digest.summary.marks import Quotation
from digest.summary.reasons import Reason, in_words
from digest.summary.sentences import sentence_ends

#: so many words in common with the headline make a nut graf, within this reach
LEAST, NUT_REACH = 2, 14
#: a line of capitals up to this length is a heading
HEADING = 40
#: no lede reads further into an article, in paragraphs
FURTHEST = 12


def told_by_the_paper(article: Article) -> tuple[Span, ...]:
    """The paragraphs without embedded posts: those are signed, and have no marks."""
    text = article.text
    signed = [s.start for s in article.boilerplate if SIGN_OFF.match(s.text)]
    ends = {
        len(text[max(0, at - GAP) : at].rstrip()) + max(0, at - GAP) for at in signed
    }
    return tuple(one for one in article.paragraphs if one.end not in ends)


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


class Quoted:
    """Which sentences are quotations for the better part: room for key quotes."""

    def __init__(self, found: Sequence[Quotation]) -> None:
        self._found = found
        self._starts = [quotation.outer_start for quotation in found]

    def __call__(self, sentence: Span) -> bool:
        first = bisect_left(self._starts, sentence.start)
        last = bisect_left(self._starts, sentence.end)
        inside = self._found[first:last]
        length = sum(one.outer_end - one.outer_start for one in inside)
        return 2 * length > sentence.end - sentence.start


def _stripped(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span.of(text, start, end) if end > start else None


#: what stands under an embedded post: "— Ada Quill (@quill) March 5"
SIGN_OFF = re.compile(r"[—–-]\s?[^@]{2,60}\(@\w+\)")
#: so much white space at most stands between a post and who wrote it
GAP = 20
AGAIN = "the headline again"
#: what stands behind "By" or "Published" where no sentence goes on: names, dates
NO_SENTENCE = (
    r"(?:[\W\d_]++|[A-ZÀ-Þ][\w.'’-]*+"
    r"|(?:[ap]\.?m|by|at|on|and|for|of|ago|hours?|minutes?|days?)\b){0,24}+"
)
#: what is no sentence of the story: bylines, times, credits, empty marks, embedded
#: posts, one word alone that is not written as a sentence ("Silence.")
FURNITURE = re.compile(
    rf"(?:(?i:by)\b{NO_SENTENCE}"
    rf"|(?i:(?:last )?(?:published|updated|posted))\b(?::.{{0,60}}|{NO_SENTENCE})"
    rf"|(?i:scroll down for video).{{0,9}}|\d{{1,2}}:\d{{2}}\b{NO_SENTENCE}"
    r"|(?i:image|photo|foto|bild|credit):.{0,60}"
    r"|(?!\W*[A-ZÀ-Þ][a-zß-ÿ]*+[.!?…])[^\w\s]*+[0-9A-Za-zÀ-ɏ]{1,20}+[\W_]*+"
    r"|(?:<[^<>]{1,200}>|[\W_])++)$"
)


def lede(
    story: Iterable[Span],
    headline: Headline,
    quoted: Quoted,
    *,
    count: int | None,
    characters: int,
) -> Lede:
    """The first `count` sentences; else those that fit, and what they are about.

    An opening that shares no word with the headline is an anecdote or a quote:
    it is joined with the first sentence of the story that does (the nut graf).
    Quotations are left for key quotes where the story is told without them.
    """
    told = _told(story, headline)
    if count is not None:
        return Lede(sentences=tuple(islice(told, max(1, count))))
    opening, rest = _fitting(told, headline, quoted, characters)
    return _joined(opening, rest, headline, quoted).within(characters)


def _told(story: Iterable[Span], headline: Headline) -> Iterator[Span]:
    """The sentences of the story; the headline again only if there is no other."""
    again, told = [], False
    for sentence in story:
        why = set_aside(sentence, headline)
        if not why:
            told = True
            yield sentence
        elif why == AGAIN and not told:
            again.append(sentence)
    if not told:
        yield from again


def set_aside(sentence: Span, headline: Headline) -> str:
    """Why this is no sentence of the story; "" if it is one."""
    text = sentence.text
    if len(text) <= HEADING and text.isupper():
        return "a heading"
    if FURNITURE.match(text):
        return "a byline, a time, a credit or a label"
    return AGAIN if headline.repeats(text) else ""


def reasons(
    story: Iterable[Span],
    chosen: Lede,
    headline: Headline,
    quoted: Quoted,
    *,
    counted: bool,
) -> Iterator[Reason]:
    """For each sentence, up to the first behind the lede, why it is in it or not."""
    place = 0
    for sentence in story:
        taken = sentence in chosen.sentences
        if taken:
            because = _because(sentence, place, chosen, headline)
            place += 1
        else:
            room = _room(counted=counted, quoted=quoted(sentence))
            because = (set_aside(sentence, headline) or room,)
        yield Reason(span=sentence, taken=taken, because=because)
        if not taken and place == len(chosen.sentences) and sentence.start > 0:
            return


def _because(
    sentence: Span, place: int, chosen: Lede, headline: Headline
) -> tuple[str, ...]:
    shared = headline.shared(sentence.text)
    first = ("opens the story",) if place == 0 else ("goes on, and fits",)
    if place and place == chosen.about:
        first = ("says what the story is about",)
    return (
        (*first, f"shares {in_words(len(shared))} with the headline")
        if shared
        else first
    )


def _room(*, counted: bool, quoted: bool) -> str:
    if counted:
        return "as many as asked for are before it"
    return "a quotation, left for the key quotes" if quoted else "does not fit"


def _fitting(
    told: Iterator[Span], headline: Headline, quoted: Quoted, characters: int
) -> tuple[tuple[Span, ...], Iterator[Span]]:
    """The sentences that fit, at least one, and those behind them.

    They end before a quotation when they say something of the story, or are one.
    One that ends in a colon leads on to what is not there, so it is no end.
    """
    kept: list[Span] = []
    length = 0
    rest = told
    for sentence in told:
        length += len(sentence.text) + 1
        over = length - 1 > characters
        if kept and (over or (quoted(sentence) and _says(kept, headline, quoted))):
            rest = chain([sentence], told)
            break
        kept.append(sentence)
    while len(kept) > 1 and kept[-1].text.endswith(":"):
        kept.pop()
    return tuple(kept), rest


def _says(kept: Sequence[Span], headline: Headline, quoted: Quoted) -> bool:
    """Whether a lede needs no quotation more: it has one, or tells the story."""
    return any(
        quoted(sentence) or not headline.stems or headline.shared(sentence.text)
        for sentence in kept
    )


def _joined(
    opening: tuple[Span, ...],
    rest: Iterable[Span],
    headline: Headline,
    quoted: Quoted,
) -> Lede:
    """The opening, with the sentence that says what the headline says."""
    about = _about(opening, headline, quoted)
    if about is not None:
        return Lede(sentences=opening, about=about)
    first = None
    for sentence in islice(rest, NUT_REACH):
        if quoted(sentence):
            continue
        if len(headline.shared(sentence.text)) >= LEAST:
            return Lede(sentences=(*opening, sentence), about=len(opening))
        first = first or sentence
    # Quotations alone say nothing of the story; what is told behind them may.
    if first and all(map(quoted, opening)):
        return Lede(sentences=(*opening, first))
    return Lede(sentences=opening)


def _about(opening: tuple[Span, ...], headline: Headline, quoted: Quoted) -> int | None:
    """The first sentence that shares enough with the headline, and quotes nobody."""
    shared = [0 if quoted(s) else len(headline.shared(s.text)) for s in opening]
    if not any(shared):
        return None
    enough = [min(count, LEAST) for count in shared]
    return 0 if shared[0] else enough.index(max(enough))
