"""Key quotes: the few an editor would set apart.

Safe ones first; whole thoughts of 8 to 45 words, by people the story is
about, not already in the lede, no two of the same thought. What is known of
pull quotes (facts: real quotations, personal pronouns, concreteness, an
early place) is what the score is made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from digest.model import Article, Lede, Quote
from digest.summary.languages import WORD, Language

#: a quote is safe from this confidence of its speaker on
SAFE = 0.9
#: below this one no name is printed; a noun ("a friend") accuses nobody
NAMED, NOMINAL = 0.75, 0.6
#: one below this is not taken at all, nor one that nobody is known to have said
LEAST = 0.4
#: from the best quotes to what is taken where there is no better: the least
#: confidence, whether whole sentences only, and how many (None: all asked for)
TIERS = ((SAFE, True, None), (SAFE, False, 1), (NAMED, False, 1), (LEAST, False, 1))
#: the words of a good quote, and of one that is taken where there is no better
GOOD, BARE = (8, 45), (5, 60)
#: two quotes with this share of words in common are one thought
SAME = 0.5

HANGING = re.compile(
    r"(?:it|that|this|those|these|they|he|she|him|her|but|and|so|or|which|because)\b",
    re.IGNORECASE,
)
PERSONAL = re.compile(r"\b(?:I|I['’]m|we|my|our|us|me|you|your)\b", re.IGNORECASE)
NUMBER = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class _Candidate:
    index: int
    quote: Quote
    score: float

    @property
    def sure(self) -> float:
        """The confidence of its speaker."""
        return _confidence(self.quote)

    @property
    def whole(self) -> bool:
        """Whether it is a sentence of its own, no part of the reporter's."""
        return not self.quote.span.text[0].islower()


def select(
    article: Article,
    quotes: Sequence[Quote],
    lede: Lede,
    language: Language,
    *,
    most: int,
) -> tuple[Quote, ...]:
    """These quotes with at most `most` of them selected."""
    candidates = [
        _Candidate(index, quote, _score(article, quote))
        for index, quote in enumerate(quotes)
        if _may_stand(quote, lede)
    ]
    candidates.sort(key=lambda candidate: -candidate.score)
    chosen: set[int] = set()
    for least, whole, number in TIERS:
        safe = (c for c in candidates if c.sure >= least and (c.whole or not whole))
        chosen = chosen or _best(safe, language, min(most, number or most))
    return tuple(
        _selected(quote) if index in chosen else quote
        for index, quote in enumerate(quotes)
    )


def _best(candidates: Iterable[_Candidate], language: Language, most: int) -> set[int]:
    """The indexes of the first, no two of one utterance or one thought."""
    chosen: dict[int, frozenset[str]] = {}
    utterances: set[int] = set()
    for candidate in candidates:
        if len(chosen) >= most:
            break
        words, utterance = (
            _content(candidate.quote, language),
            candidate.quote.utterance,
        )
        known = any(_alike(words, others) for others in chosen.values())
        if not known and utterance not in utterances:
            chosen[candidate.index] = words
            utterances.add(utterance)
    return set(chosen)


def _confidence(quote: Quote) -> float:
    return quote.attribution.confidence if quote.attribution else 0.0


def _selected(quote: Quote) -> Quote:
    """A key quote; a name that is not safe is not printed with it."""
    nominal = quote.attribution and quote.attribution.rule.endswith("/nominal")
    safe = _confidence(quote) >= (NOMINAL if nominal else NAMED)
    return replace(
        quote, selected=True, attribution=quote.attribution if safe else None
    )


def _may_stand(quote: Quote, lede: Lede) -> bool:
    count = len(quote.span.text[:600].split())
    return BARE[0] <= count <= BARE[1] and not any(
        sentence.overlaps(quote.span) for sentence in lede.sentences
    )


def _score(article: Article, quote: Quote) -> float:
    """How good a key quote this is; the weights are judged, not learned."""
    text = quote.span.text
    score = 3.0 * _confidence(quote)
    score += 1.0 if GOOD[0] <= len(text.split()) <= GOOD[1] else -0.5
    score -= 2.0 if text[0].islower() else 0.0
    score -= 1.0 if HANGING.match(text) else 0.0
    score += 0.3 if PERSONAL.search(text) else 0.0
    score += 0.1 if NUMBER.search(text) else 0.0
    score += 0.6 * (1 - quote.span.start / max(1, len(article.text)))
    if quote.attribution and article.title:
        last_name = quote.attribution.speaker.split()[-1]
        score += 0.3 if last_name in article.title else 0.0
    return score


def _content(quote: Quote, language: Language) -> frozenset[str]:
    words = WORD.findall(quote.span.text.lower())
    return frozenset(word for word in words if word not in language.stopwords)


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    smaller = min(len(one), len(other))
    return smaller > 0 and len(one & other) >= SAME * smaller
