"""Subject and preheader, from the headlines alone: no invented words."""

from __future__ import annotations

from collections.abc import Sequence

from digest.issue.headline import cut
from digest.model import Issue, Story

#: what phones show of a subject; digest/checks/subject.py warns beyond it
SUBJECT = 60
#: what inboxes show of a preheader
PREHEADER = 110


def subject(stories: Sequence[Story]) -> str:
    """The first story's headline, cut at a word."""
    return cut(stories[0].headline, SUBJECT)


def whole_subject(issue: Issue) -> str:
    """An issue's subject, for where there is room: a headline that was cut is whole."""
    stories = issue.stories
    was_cut = bool(stories) and issue.subject == subject(stories)
    return stories[0].headline if was_cut else issue.subject


def preheader(stories: Sequence[Story]) -> str:
    """The other headlines, or of a single story how it begins."""
    others = " · ".join(story.headline for story in stories[1:])
    return cut(others or " ".join(stories[0].lede.text.split()), PREHEADER)
