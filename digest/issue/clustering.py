"""The same story: which articles tell of one event.

Two articles are as alike as their words, each counting by how rare it is (tf-idf,
cosine): those of the headline three times, and of the text only how it begins, for
there the event is told and further down its background. Groups are joined by the
average of their pairs. Every pair would be too many to compare: only those are that
share rare words.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import combinations, repeat
from urllib.parse import urlsplit

from digest.issue.commonness import COMMONNESS
from digest.model import Article

#: from this likeness on, two articles tell one event: tests/eval/same_story.py
SAME = 0.3
#: how often the words of a title count, and how many words of a text do once
TITLE, OPENING = 3, 120
#: a word that is said again counts more, but less each time
AGAIN = 0.75
#: so many articles of ordinary news are thought beside those given, for a few can't
#: tell which words are common
BACKGROUND = 100
#: two articles that share fewer words, numbers and common ones aside, are not of one
#: event: "Week 48" is not the story on crime in week 48
SHARED, RARE = 3, 0.2
#: articles on one event appear no further apart
APART = timedelta(days=3)
#: articles are compared that share one of each one's so many weightiest words; one of
#: more articles than `TOPICAL` is of a topic, not of an event
WEIGHTIEST, TOPICAL = 16, 100
#: a copy holds so much of the other's runs of so many words
COPIED, RUN = 0.7, 6

#: scripts without spaces between words (Thai, Kana, Han): two letters are a word
_UNSPACED = r"\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"(?=([{_UNSPACED}]{{2}}))|([^\W_{_UNSPACED}]+)")
#: endings of English, and of others by luck: enough to join "shares" and "share"
_ENDING = re.compile(r"(?<=\w{4})(?:ies|es|s|ing|ed)$")

Vector = Mapping[str, float]
#: two places in a sequence of articles, the lower first
Pair = tuple[int, int]


def clusters(
    articles: Sequence[Article], sources: Sequence[str] = ()
) -> list[list[int]]:
    """The articles by the event they tell: groups of places in `articles`.

    `sources` are where each was collected, where that is known; an article of a source
    is not alike another of it, as one publisher's are not.

    Every place is in one group; groups, and places within them, keep their order.
    One publisher's articles are never alike, unless they are copies. In what order
    the articles are given makes no difference.
    """
    order = sorted(range(len(articles)), key=lambda place: _named(articles[place]))
    likeness = likenesses(
        [articles[place] for place in order],
        [sources[place] for place in order] if sources else (),
    )
    groups = _joined(len(order), likeness)
    return sorted(sorted(order[place] for place in group) for group in groups)


def _named(article: Article) -> tuple[str, str, str]:
    return (article.url or "", article.id, article.text)


def _joined(count: int, likeness: Mapping[Pair, float]) -> Iterator[list[int]]:
    """Groups that are joined as long as their average pair is alike."""
    groups = {place: [place] for place in range(count)}
    group_of = list(range(count))
    for a, b in sorted(likeness, key=lambda pair: (-likeness[pair], pair)):
        one, other = sorted((group_of[a], group_of[b]))
        if likeness[a, b] < SAME:
            break
        if one != other and _average(groups[one], groups[other], likeness) >= SAME:
            groups[one] += groups.pop(other)
            for place in groups[one]:
                group_of[place] = one
    yield from groups.values()


def _average(
    one: Sequence[int], other: Sequence[int], likeness: Mapping[Pair, float]
) -> float:
    """The mean likeness of two groups; pairs that were not compared have none."""
    between = [(min(a, b), max(a, b)) for a in one for b in other]
    return sum(likeness.get(pair, 0.0) for pair in between) / len(between)


def likenesses(
    articles: Sequence[Article], sources: Sequence[str] = ()
) -> dict[Pair, float]:
    """How alike articles are, 0 to 1, of those pairs that share rare words.

    A copy is 1. Articles of one publisher or source, or days apart, are not alike.
    """
    told = [
        _Told.of(article, source)
        for article, source in zip(articles, sources or repeat(""), strict=False)
    ]
    vectors = _vectors(told)
    return {
        (a, b): alike
        for a, b in _comparable(vectors)
        if (alike := told[a].alike(told[b], _cosine(vectors[a], vectors[b])))
        and (alike == 1 or _shares_enough(vectors[a], vectors[b]))
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What of an article is compared."""

    title: Sequence[str]
    opening: Sequence[str]
    #: whose it is, as far as is known: the host of its address
    publisher: str
    #: where it was collected; empty where that is not known
    source: str
    published: datetime | None

    @classmethod
    def of(cls, article: Article, source: str = "") -> _Told:
        paragraphs = " ".join(span.text for span in article.paragraphs[:OPENING])
        return cls(
            title=_words(article.title or ""),
            opening=_words((paragraphs or article.text)[: OPENING * 20])[:OPENING],
            publisher=_host(article.url),
            source=source,
            published=article.published,
        )

    def alike(self, other: _Told, cosine: float) -> float:
        """The likeness of two whose words are so alike.

        A text that comes again with other numbers is no copy but the next of a series:
        a weather report, the figures of a day.
        """
        kin = self.publisher == other.publisher or not (
            self.publisher and other.publisher
        )
        kin = kin or (self.source != "" and self.source == other.source)
        if cosine >= SAME and self._runs_shared(other) >= COPIED:
            fewer, more = sorted((self._numbers(), other._numbers()), key=len)
            if fewer <= more:
                return 1.0
            if kin:
                return 0.0
        return 0.0 if self._apart(other) else min(cosine, 1.0)

    def _apart(self, other: _Told) -> bool:
        """Whether the two cannot tell one event, unless one is a copy."""
        if self.publisher and self.publisher == other.publisher:
            return True
        if self.source and self.source == other.source:
            return True
        if self.published is None or other.published is None:
            return False
        return abs(self.published - other.published) > APART

    def _numbers(self) -> frozenset[str]:
        return frozenset(filter(str.isdigit, (*self.title, *self.opening)))

    def _runs_shared(self, other: _Told) -> float:
        """The share of the runs of the shorter one that the other has too."""
        fewer, more = sorted((self._runs(), other._runs()), key=len)
        return len(fewer & more) / len(fewer) if fewer else 0.0

    def _runs(self) -> frozenset[tuple[str, ...]]:
        starts = range(max(min(len(self.opening), 1), len(self.opening) - RUN + 1))
        return frozenset(tuple(self.opening[at : at + RUN]) for at in starts)


def _words(text: str) -> list[str]:
    return [
        one or _ENDING.sub("", other) for one, other in _WORD.findall(text.casefold())
    ]


def _host(url: str | None) -> str:
    try:
        return (urlsplit(url or "").hostname or "").removeprefix("www.")
    except ValueError:
        return ""


@cache
def _common() -> Mapping[str, float]:
    """How common words are, by the words as they are compared."""
    common: dict[str, float] = {}
    for word, share in COMMONNESS.items():
        for stem in _words(word)[:1]:
            common[stem] = max(share, common.get(stem, 0))
    return common


def _vectors(told: Sequence[_Told]) -> list[Vector]:
    """The words of each with their weights, of length 1."""
    counts = []
    for one in told:
        count = Counter(one.opening)
        for word in one.title:
            count[word] += TITLE
        counts.append(count)
    holding = Counter(word for count in counts for word in count)
    everything, common = len(told) + BACKGROUND, _common()
    rarity = {
        word: math.log((everything + 1) / (n + BACKGROUND * common.get(word, 0) + 0.5))
        for word, n in holding.items()
    }
    return [_normal(count, rarity) for count in counts]


def _normal(count: Mapping[str, int], rarity: Mapping[str, float]) -> Vector:
    weights = {word: n**AGAIN * rarity[word] for word, n in count.items()}
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {word: weight / length for word, weight in weights.items() if weight > 0}


def _comparable(vectors: Sequence[Vector]) -> Iterator[Pair]:
    """The pairs that share one of the weightiest words of both, each once."""
    holding: defaultdict[str, list[int]] = defaultdict(list)
    for place, vector in enumerate(vectors):
        weightiest = sorted(vector, key=lambda word: (-vector[word], word))
        for word in weightiest[:WEIGHTIEST]:
            holding[word].append(place)
    events = (places for places in holding.values() if len(places) <= TOPICAL)
    yield from sorted({pair for places in events for pair in combinations(places, 2)})


def _shares_enough(a: Vector, b: Vector) -> bool:
    shared = (word for word in a if word in b and not word.isdigit())
    return sum(_common().get(word, 0) < RARE for word in shared) >= SHARED


def _cosine(a: Vector, b: Vector) -> float:
    if len(a) > len(b):
        a, b = b, a
    return sum(weight * b[word] for word, weight in a.items() if word in b)
