"""Putting an issue together: which stories, in which sections, how long each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from digest.config import IssueSettings, Newsletter
from digest.errors import NothingToDo
from digest.issue.headline import headline
from digest.issue.subject import preheader, subject
from digest.model import Article, Issue, Lede, Section, Story, Summary

#: a story row stays a row: one pull quote; the first story has room for all
ROW_QUOTES = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An article that may become a story, with what was found in it."""

    article: Article
    summary: Summary
    section: str = ""
    #: characters of lede and quotes together; 0 for no limit
    quote_limit: int = 0


def assemble(
    candidates: Sequence[Candidate],
    *,
    number: int,
    series: str,
    published: datetime,
    newsletter: Newsletter,
    settings: IssueSettings,
) -> Issue:
    """The issue that these candidates make, in the order given.

    Raises:
        NothingToDo: there are fewer than `settings.min_stories`.
    """
    chosen = _chosen(candidates, settings)
    sections = _sections(chosen, settings)
    stories = [story for section in sections for story in section.stories]
    return Issue(
        number=number,
        series=series,
        title=newsletter.name,
        subject=subject(stories),
        preheader=preheader(stories),
        published=published,
        language=newsletter.language,
        sections=sections,
    )


def _chosen(
    candidates: Sequence[Candidate], settings: IssueSettings
) -> Sequence[Candidate]:
    least = settings.min_stories
    if not candidates:
        raise NothingToDo(
            f"no issue was built: no new articles, and issue.min_stories is {least}"
        )
    if len(candidates) < least:
        raise NothingToDo(
            f"no issue was built: too few articles, {len(candidates)}, and "
            f"issue.min_stories is {least}; what was collected waits for the next one"
        )
    return candidates[: settings.max_stories]


def _sections(
    candidates: Sequence[Candidate], settings: IssueSettings
) -> tuple[Section, ...]:
    """The first story by itself, the others under their sections' names."""
    first, *others = candidates
    grouped: dict[str, list[Story]] = {name: [] for name in settings.sections}
    for candidate in others:
        grouped.setdefault(candidate.section, []).append(_row(candidate, settings))
    hero = Section(title=None, stories=(_hero(first, settings),))
    return (
        hero,
        *(
            Section(title=name or None, stories=tuple(stories))
            for name, stories in grouped.items()
            if stories
        ),
    )


def _hero(candidate: Candidate, settings: IssueSettings) -> Story:
    return _story(candidate, settings.lead_hero)


def _row(candidate: Candidate, settings: IssueSettings) -> Story:
    story = _story(candidate, settings.lead_row)
    return replace(story, quotes=story.quotes[:ROW_QUOTES])


def _story(candidate: Candidate, characters: int) -> Story:
    article, summary = candidate.article, candidate.summary
    story = Story(
        headline=headline(article, summary.lede),
        articles=(article,),
        lede=summary.lede.within(characters),
        quotes=summary.key_quotes,
    )
    return _limited(story, candidate.quote_limit) if candidate.quote_limit else story


def _limited(story: Story, characters: int) -> Story:
    """The story with as much quoted as its source allows, whole sentences only."""
    lede = story.lede.within(characters)
    left = characters - len(lede.text)
    if left < 0:
        return replace(story, lede=Lede(), quotes=())
    quotes = []
    for quote in story.quotes:
        left -= len(quote.span.text)
        if left < 0:
            break
        quotes.append(quote)
    return replace(story, lede=lede, quotes=tuple(quotes))
