"""From an Article to its Summary: lede, quotes, speakers; word for word, no model.

Article → marks → speakers → key quotes → Summary
        → sentences → lede ↗
"""

from __future__ import annotations

from digest.model import Article, Attribution, Lede, Quote, Span, Summary
from digest.summary.confidence import confidence
from digest.summary.keyquotes import select
from digest.summary.languages import Language, language, recognise
from digest.summary.lede import FURTHEST, lede, sentences_of
from digest.summary.marks import quotations
from digest.summary.roles import role_of
from digest.summary.speakers import Voice, voices
from digest.summary.speech import is_speech

__all__ = ["summarize"]

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
    code = article.language or recognise(article.text)
    words = language(code or "")
    text, paragraphs = _flat(article.text), article.paragraphs
    found = quotations(text, paragraphs, dialogue=words.dialogue)
    said = voices(text, paragraphs, found, words)
    story = sentences_of(text, paragraphs[:FURTHEST], found, words)
    chosen = lede(
        story, title=article.title or "", count=sentences, characters=characters
    )
    spoken = [
        Quote(
            span=Span.of(article.text, quotation.start, quotation.end),
            utterance=voice.utterance,
            attribution=_attribution(text, voice, words),
        )
        for quotation, voice in zip(found, said, strict=True)
        if is_speech(text, quotation, voice, words)
    ]
    selected = select(article, spoken, chosen, words, most=quotes)
    return Summary(lede=_exact(chosen, article.text), quotes=selected, language=code)


def _flat(text: str) -> str:
    """The text with one space for each end of a line, so that every offset stays."""
    for end in ENDS:
        text = text.replace(end, " ")
    return text


def _exact(chosen: Lede, text: str) -> Lede:
    """The lede in the article's own characters, line ends and all."""
    return Lede(
        sentences=tuple(Span.of(text, one.start, one.end) for one in chosen.sentences)
    )


def _attribution(text: str, voice: Voice, words: Language) -> Attribution | None:
    if not voice.speaker:
        return None
    role = voice.role
    if role is None and voice.person is not None:
        role = role_of(text, voice.person, words)
    return Attribution(
        speaker=voice.speaker,
        role=role,
        cue=voice.cue,
        rule=voice.rule,
        confidence=confidence(voice.rule, words.code),
    )
