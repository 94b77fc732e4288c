"""The same stories did not go to the same list within the last day.

error: another issue with the same stories → was it sent twice by mistake?
"""

from __future__ import annotations

from collections.abc import Iterator

from digest.checks.examined import Examined
from digest.checks.sameness import same
from digest.model import Finding, Issue, Severity


def check(examined: Examined) -> Iterator[Finding]:
    for sent in examined.lately:
        if _told_in(examined.issue, sent) and _told_in(sent, examined.issue):
            yield Finding(
                check="repeat",
                severity=Severity.ERROR,
                message=f"issue {sent.id} with the same stories went out within a day",
                where=f"{sent.series} {sent.number}: {sent.subject}",
                help="was it sent twice by mistake?",
            )


def _told_in(issue: Issue, other: Issue) -> bool:
    known = other.stories
    return all(any(same(story, one) for one in known) for story in issue.stories)
