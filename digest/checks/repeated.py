"""No story was in one of the series' last issues already.

warning: a story with the address, headline or lead of an earlier one → leave it out
"""

from __future__ import annotations

from collections.abc import Iterator

from digest.checks.examined import Examined
from digest.checks.sameness import same
from digest.model import Finding, Severity, Story


def check(examined: Examined) -> Iterator[Finding]:
    earlier = [(i.number, story) for i in examined.earlier for story in i.stories]
    for story in examined.issue.stories:
        for number, known in earlier:
            if why := same(story, known):
                yield _finding(story, number, why)
                break


def _finding(story: Story, number: int, why: str) -> Finding:
    return Finding(
        check="repeated",
        severity=Severity.WARNING,
        message=f"was in number {number}: {why}",
        where=story.headline,
        help="leave it out, or say in it what is new",
    )
