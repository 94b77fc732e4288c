"""From what was collected, or given, to a draft: which stories, and what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection

from digest.config import Config, IssueSettings, Source
from digest.errors import NothingToDo
from digest.issue import Candidate, Choice, Draft, Offer, propose, select
from digest.model import Article, Summary
from digest.store import issues, items
from digest.summary import summarize

#: so many issues back, a story is still remembered
EARLIER = 5
#: of so many articles what was found is remembered: a draft is read again and again
SUMMARIES = 64
#: of the stories that were left out, so many are in a draft to choose from
RUNNERS_UP = 10


def given(articles: Sequence[Article], config: Config, now: datetime) -> list[Choice]:
    """The stories of articles given by hand, in their order."""
    offers = [Offer(article=article) for article in articles]
    return select(offers, settings=config.issue, now=now, ranked=False)


def offered(
    connection: Connection, config: Config, now: datetime, *, series: str
) -> list[Choice]:
    """Every story of the items that the series has not used, and why it is in or out.

    What the series' last issues told of, by other items, is out.
    """
    since = issues.next_number(connection, series) - EARLIER
    used = items.used_since(connection, series, since)
    return select(
        [_offer(one, config) for one in items.unused(connection, series)],
        settings=config.issue,
        now=now,
        told=[(article, f"number {number} told of it") for number, article in used],
    )


def _offer(one: items.Item, config: Config) -> Offer:
    source = source_of(one.source, config)
    return Offer(
        article=one.article,
        item=one.id,
        seen=one.seen_at,
        source=one.source,
        section=one.section,
        weight=source.weight,
        cap=source.cap,
        quote_limit=source.quote_limit,
    )


def source_of(place: str, config: Config) -> Source:
    """The settings of a source; the usual ones of one that is there no more."""
    known = (source for source in config.source if source.place == place)
    return next(known, Source())


def proposed(stories: Sequence[Choice], config: Config, *, series: str) -> Draft:
    """The draft of the stories that were taken, with the next best to choose from.

    Raises:
        NothingToDo: they are fewer than `issue.min_stories`.
    """
    taken = [story for story in stories if story.taken]
    left = [story for story in stories if not story.taken]
    if len(taken) < config.issue.min_stories:
        raise NothingToDo(_too_few(len(taken), len(left), config.issue))
    return propose(
        [_candidate(story, config) for story in taken],
        series=series,
        settings=config.issue,
        left=[_candidate(story, config) for story in left[:RUNNERS_UP]],
    )


def _too_few(taken: int, left: int, settings: IssueSettings) -> str:
    least = settings.min_stories
    if not taken + left:
        return f"no issue was built: no new articles, and issue.min_stories is {least}"
    why = f"; {left} left out, digest build --explain says why" if left else ""
    stories = "1 story" if taken == 1 else f"{taken} stories"
    return (
        f"no issue was built: {stories}, and issue.min_stories is {least}{why}; what "
        "was collected waits for the next one"
    )


def _candidate(story: Choice, config: Config) -> Candidate:
    return candidate(
        [offer.article for offer in story.offers],
        config,
        section=story.section,
        quote_limit=story.offer.quote_limit,
        items=tuple(o.item for o in story.offers if o.item is not None),
    )


def candidate(
    articles: Sequence[Article],
    config: Config,
    *,
    section: str = "",
    quote_limit: int = 0,
    items: tuple[int, ...] = (),
) -> Candidate:
    """Articles on one event, with what was found in the first of them."""
    first, *others = articles
    return Candidate(
        article=first,
        summary=_summary(first, config.issue.lead_hero),
        others=tuple(others),
        section=section,
        quote_limit=quote_limit,
        items=items,
    )


@lru_cache(maxsize=SUMMARIES)
def _summary(article: Article, characters: int) -> Summary:
    return summarize(article, characters=characters)


def resolved(
    connection: Connection, config: Config, sources: Sequence[int | Article]
) -> Candidate:
    """What is found in articles that a draft names: the ids of items, or themselves.

    Raises:
        SourceError: there is no item of one of the ids.
    """
    ids = [one for one in sources if isinstance(one, int)]
    if not ids:
        return candidate([one for one in sources if isinstance(one, Article)], config)
    found = items.get_items(connection, ids)
    return candidate(
        [one.article for one in found],
        config,
        quote_limit=source_of(found[0].source, config).quote_limit,
        items=tuple(ids),
    )
