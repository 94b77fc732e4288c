"""Which stories go into an issue, in what order, and why: a pure function.

Rank = recency x source weight x coverage x topic; then caps, and as many stories as
fit. Every story that was offered gets a reason. What is left out is not used, and is
offered to the next issue.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.config import IssueSettings
from digest.issue.clustering import clusters
from digest.issue.topics import Topic, matching
from digest.model import Article

#: a story counts half as much when it is so much older
HALF_LIFE = timedelta(days=3)
#: a story on a topic counts so much more
ON_TOPIC = 2.0
#: characters of text beyond which an article is not a better one to quote
ENOUGH = 1_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An article that is offered to an issue, with what the settings say of its source.

    `item` is its id in the store, None where it was given by hand.
    """

    article: Article
    item: int | None = None
    #: when it was collected; None where it was given by hand
    seen: datetime | None = None
    source: str = ""
    section: str = ""
    weight: float = 1.0
    #: at most so many stories of this source an issue; 0 for any
    cap: int = 0
    #: characters of it that may be quoted; 0 for any
    quote_limit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A story that was offered: in or out of the issue, and why.

    The first of `offers` is the one to quote; the others tell of the same event.
    """

    offers: tuple[Offer, ...]
    section: str
    score: float
    #: what the score is made of
    because: tuple[str, ...]
    #: why it is left out; empty where it is in
    against: str = ""

    @property
    def taken(self) -> bool:
        return not self.against

    @property
    def offer(self) -> Offer:
        return self.offers[0]

    def told_by(self, articles: Mapping[int, Article]) -> Choice:
        """The same with these articles in the place of those items'."""
        return replace(
            self,
            offers=tuple(
                replace(offer, article=articles.get(offer.item or 0, offer.article))
                for offer in self.offers
            ),
        )


#: an article that an earlier issue told, and how that is said of a story
Told = tuple[Article, str]


def select(
    offers: Sequence[Offer],
    *,
    settings: IssueSettings,
    now: datetime,
    told: Sequence[Told] = (),
    ranked: bool = True,
) -> list[Choice]:
    """Every story that was offered, the best first, those taken before the others.

    Articles on one event are one story; one that `told` has already is left out. Where
    they are not `ranked`, they keep the order in which they were offered.
    """
    topics = [Topic.of(line) for line in settings.topics]
    stories = [
        replace(_weighed(group, topics, now), against=earlier)
        for group, earlier in _grouped(offers, told)
    ]
    if ranked:
        stories.sort(key=_best_first)
    judged = list(_capped(stories, settings))
    return sorted(judged, key=lambda choice: not choice.taken)


def _grouped(
    offers: Sequence[Offer], told: Sequence[Told]
) -> Iterator[tuple[list[Offer], str]]:
    """The offers by event, and the name of the issue that told it already, if any."""
    count = len(offers)
    articles = [*(offer.article for offer in offers), *(one for one, _ in told)]
    # a folder of files is no publisher
    feeds = (offer.source if "://" in offer.source else "" for offer in offers)
    sources = [*feeds, *("" for _ in told)]
    for group in clusters(articles, sources):
        own = [offers[place] for place in group if place < count]
        earlier = [told[place - count][1] for place in group if place >= count]
        if own:
            yield own, earlier[0] if earlier else ""


def _weighed(group: Sequence[Offer], topics: Sequence[Topic], now: datetime) -> Choice:
    offers = tuple(sorted(group, key=_quotable_first))
    first = offers[0]
    topic = matching(topics, first.article)
    age = max(now - (first.article.published or first.seen or now), timedelta())
    publishers = len({offer.source or offer.article.source for offer in offers})
    coverage = 1 + math.log(publishers)
    score = 0.5 ** (age / HALF_LIFE) * first.weight * coverage
    because = [_in_days(age) + ("" if first.article.published else ", undated")]
    if first.weight != 1:
        because.append(f"weight {first.weight:g}")
    if publishers > 1:
        because.append(f"{publishers} sources")
    if topic:
        score *= ON_TOPIC
        because.append(f"topic {topic[1]}")
    return Choice(
        offers=offers,
        section=(topic and topic[0].section) or first.section,
        score=score,
        because=tuple(because),
    )


def _quotable_first(offer: Offer) -> tuple[float, int, float, str]:
    """The best source, then the one with enough to quote, then who was first."""
    published = offer.article.published
    return (
        -offer.weight,
        -min(len(offer.article.text), ENOUGH),
        published.timestamp() if published else math.inf,
        offer.article.url or offer.article.id,
    )


def _in_days(age: timedelta) -> str:
    return "today" if age.days < 1 else f"{age.days} d old"


def _best_first(choice: Choice) -> tuple[float, float, str]:
    """Ties are broken by date, then by address: the same input, the same issue."""
    article = choice.offer.article
    published = article.published.timestamp() if article.published else 0.0
    return -choice.score, -published, article.url or article.id


def _capped(stories: Sequence[Choice], settings: IssueSettings) -> Iterator[Choice]:
    """The stories in their order, each with what speaks against it, if anything."""
    sources: Counter[str] = Counter()
    sections: Counter[str] = Counter()
    taken = 0
    for story in stories:
        source, section = story.offer.source, story.section
        against = story.against
        if against:
            pass
        elif taken >= settings.max_stories:
            against = f"issue.max_stories is {settings.max_stories}"
        elif 0 < story.offer.cap <= sources[source]:
            against = f"the cap of its source is {story.offer.cap}"
        elif section and 0 < settings.section_cap <= sections[section]:
            against = f"issue.section_cap is {settings.section_cap}"
        else:
            taken += 1
            sources[source] += 1
            sections[section] += 1
        yield replace(story, against=against)
