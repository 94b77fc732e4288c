"""From an Article to its Summary: lede, quotes, speakers; word for word, no model.

Article → marks → speakers → key quotes → Summary
        → sentences → lede ↗
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from digest.model import Article, Attribution, Lede, Quote, Span, Summary
from digest.summary import lede as ledes
from digest.summary.confidence import confidence
from digest.summary.headline import Headline
from digest.summary.keyquotes import Choice
from digest.summary.languages import Language, language, recognise
from digest.summary.marks import Quotation, quotations
from digest.summary.reasons import Explanation, Reason
from digest.summary.roles import role_of, says_something
from digest.summary.speakers import Voice, voices
from digest.summary.speech import is_speech

__all__ = ["Explanation", "Reason", "explain", "summarize"]

#: characters between who speaks and the verb that says so
NEAR = 200
#: ends of lines and tabs, which inside a paragraph are a space to the reader
ENDS = "\t\n\v\f\r\x85\u2028\u2029"


def summarize(
    article: Article,
    *,
    quotes: int = 2,
    sentences: int | None = None,
    characters: int = 400,
) -> Summary:
    """The lede and the quotes of an article, each a span of its text.

    `quotes` is how many are selected at most; `sentences` how many the lede
    has; without it the lede is what fits `characters`, but never less than
    one sentence. Any text gives an answer, in time linear in its length.
    """
    return _read(article, quotes, sentences, characters).summary


def explain(
    article: Article,
    *,
    quotes: int = 2,
    sentences: int | None = None,
    characters: int = 400,
) -> Explanation:
    """The summary that `summarize` gives, with the reason for each passage."""
    read = _read(article, quotes, sentences, characters)
    headline = Headline(article.title or "", read.language)
    counted = sentences is not None
    told = (_told(article, read.text, voice) for voice in read.said)
    return Explanation(
        summary=read.summary,
        lede=tuple(
            ledes.reasons(
                read.story(),
                read.lede,
                headline,
                ledes.Quoted(read.quotations),
                counted=counted,
            )
        ),
        quotes=tuple(
            replace(reason, told=spans)
            for reason, spans in zip(read.chosen.reasons(), told, strict=True)
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """An article as it was read for a summary."""

    article: Article
    text: str
    language: Language
    code: str | None
    quotations: Sequence[Quotation]
    lede: Lede
    #: who says each quote
    said: Sequence[Voice]
    chosen: Choice

    def story(self) -> Iterator[Span]:
        return _story(self.article, self.text, self.quotations, self.language)

    @property
    def summary(self) -> Summary:
        return Summary(
            lede=_exact(self.lede, self.article.text),
            quotes=self.chosen.quotes(),
            language=self.code,
        )


def _read(
    article: Article, quotes: int, sentences: int | None, characters: int
) -> _Reading:
    code = article.language or recognise(article.text)
    words = language(code or "")
    text = _flat(article.text)
    found = quotations(text, article.paragraphs, words)
    headline = Headline(article.title or "", words)
    story = _story(article, text, found, words)
    chosen = ledes.lede(
        story,
        headline,
        ledes.Quoted(found),
        count=sentences,
        characters=characters,
    )
    spoken = list(_spoken(article, text, found, words))
    return _Reading(
        article=article,
        text=text,
        language=words,
        code=code,
        quotations=found,
        lede=chosen,
        said=[voice for _, voice in spoken],
        chosen=Choice(
            article, [quote for quote, _ in spoken], chosen, words, most=quotes
        ),
    )


def _story(
    article: Article, text: str, found: Sequence[Quotation], words: Language
) -> Iterator[Span]:
    """The sentences that a lede may be made of."""
    told = ledes.told_by_the_paper(article)[: ledes.FURTHEST]
    return ledes.sentences_of(text, told, found, words)


def _spoken(
    article: Article, text: str, found: Sequence[Quotation], words: Language
) -> Iterator[tuple[Quote, Voice]]:
    """What is speech among the quotations, with its speakers."""
    said = voices(text, article.paragraphs, found, words)
    for quotation, voice in zip(found, said, strict=True):
        if is_speech(text, quotation, voice, words):
            quote = Quote(
                span=Span.of(article.text, quotation.start, quotation.end),
                utterance=voice.utterance,
                attribution=_attribution(text, voice, words),
            )
            yield quote, voice


def _told(article: Article, text: str, voice: Voice) -> tuple[Span, ...]:
    """Where the article tells who speaks: the mention, and the verb nearest to it."""
    if voice.mention is None:
        return ()
    start, end = voice.mention
    spans = [Span.of(article.text, start, end)]
    if voice.cue:
        cue = re.compile(rf"\b{re.escape(voice.cue)}\b", re.IGNORECASE)
        near = cue.finditer(text, max(start - NEAR, 0), end + NEAR)
        apart = [
            (max(start - found.end(), found.start() - end), found)
            for found in near
            if found.end() <= start or found.start() >= end
        ]
        spans += [
            Span.of(article.text, *found.span())
            for _, found in sorted(apart, key=lambda each: each[0])[:1]
        ]
    return tuple(spans)


def _flat(text: str) -> str:
    """The text with one space for each end of a line, so that every offset stays."""
    for end in ENDS:
        text = text.replace(end, " ")
    return text


def _exact(chosen: Lede, text: str) -> Lede:
    """The lede in the article's own characters, line ends and all."""
    exact = tuple(Span.of(text, one.start, one.end) for one in chosen.sentences)
    return Lede(sentences=exact, about=chosen.about)


def _attribution(text: str, voice: Voice, words: Language) -> Attribution | None:
    if not voice.speaker:
        return None
    role = voice.role
    if role is None and voice.person is not None:
        role = role_of(text, voice.person, words)
    if role is not None and not says_something(role, words):
        role = None
    return Attribution(
        speaker=voice.speaker,
        role=role,
        cue=voice.cue,
        rule=voice.rule,
        confidence=confidence(voice.rule, words.code),
    )
