"""From a draft to an Issue: sections, how long each story is, subject and preheader."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import repeat

from digest.config import IssueSettings, Newsletter
from digest.errors import NothingToDo
from digest.issue.draft import Draft, Entry
from digest.issue.subject import preheader, subject
from digest.model import Issue, Lede, Section, Story


def assemble(
    draft: Draft,
    *,
    number: int,
    published: datetime,
    newsletter: Newsletter,
    settings: IssueSettings,
) -> Issue:
    """The issue that a draft makes, its stories in the order given.

    Raises:
        NothingToDo: it has none.
    """
    if not draft.stories:
        raise NothingToDo("no issue was built: the draft has no story left")
    sections = _sections(draft, settings)
    stories = [story for section in sections for story in section.stories]
    return Issue(
        number=number,
        series=draft.series,
        title=newsletter.name,
        subject=_line(draft.subject) or _line(subject(stories)),
        preheader=_line(draft.preheader) or preheader(stories),
        published=published,
        language=newsletter.language,
        sections=sections,
        editorial=draft.editorial,
        sponsor=draft.sponsor,
    )


def _line(text: str) -> str:
    """A text on one line, without NUL, which no column of PostgreSQL can hold.

    An article's text may have one, and a headline is made of it where it has no title.
    """
    return " ".join(text.replace("\0", "").split())


def _sections(draft: Draft, settings: IssueSettings) -> tuple[Section, ...]:
    """The first story by itself and at length, the others under their sections'."""
    lengths = (settings.lead_hero, *repeat(settings.lead_row, len(draft.sections) - 1))
    return tuple(
        Section(
            title=name or None,
            stories=tuple(_story(entry, length) for entry in entries),
        )
        for length, (name, entries) in zip(lengths, draft.sections, strict=True)
    )


def _story(entry: Entry, characters: int) -> Story:
    candidate = entry.candidate
    story = Story(
        headline=entry.headline,
        articles=(candidate.article, *candidate.others),
        lede=candidate.summary.lede.within(characters),
        quotes=entry.chosen,
        note=entry.note,
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
