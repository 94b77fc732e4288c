"""Subject and preheader, from the headlines alone: no invented words."""

from __future__ import annotations

from collections.abc import Sequence

from digest.issue.headline import cut
from digest.model import Story

#: what phones show of a subject; digest/checks/subject.py warns beyond it
SUBJECT = 60
#: what inboxes show of a preheader
PREHEADER = 110


def subject(stories: Sequence[Story]) -> str:
    """The first story's headline, cut at a word."""
    return cut(stories[0].headline, SUBJECT)


def preheader(stories: Sequence[Story]) -> str:
    """The other headlines, or of a single story how it begins."""
    others = " · ".join(story.headline for story in stories[1:])
    return cut(others or " ".join(stories[0].lede.text.split()), PREHEADER)
