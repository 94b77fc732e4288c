"""Every lead and quote stands word for word in its article.

error: one does not → build the issue anew; its file was changed by hand
"""

from __future__ import annotations

from collections.abc import Iterator

from digest.checks.examined import Examined
from digest.model import Finding, Severity, Span, Story


def check(examined: Examined) -> Iterator[Finding]:
    for story in examined.issue.stories:
        for span in _claimed(story):
            if story.article.text[span.start : span.end] != span.text:
                yield Finding(
                    check="verbatim",
                    severity=Severity.ERROR,
                    message=f"not word for word in its article: {span.text[:60]!r}",
                    where=story.headline,
                    help="build the issue anew; its file was changed by hand",
                )


def _claimed(story: Story) -> Iterator[Span]:
    yield from story.lede.sentences
    for quote in story.quotes:
        yield quote.span
