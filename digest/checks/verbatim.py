"""Every lead and quote stands word for word in its article, and who said it is named.

error: one does not, or its speaker or role is not named there → build the
issue anew; its file was changed by hand
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.checks.examined import Examined
from digest.model import Finding, Severity, Span, Story


def check(examined: Examined) -> Iterator[Finding]:
    for story in examined.issue.stories:
        for span in _claimed(story):
            if story.article.text[span.start : span.end] != span.text:
                message = f"not word for word in its article: {span.text[:60]!r}"
                yield _finding(story, message)
        for what, name in _unnamed(story):
            yield _finding(story, f"the {what} {name!r} is not named in the article")


def _claimed(story: Story) -> Iterator[Span]:
    yield from story.lede.sentences
    for quote in story.quotes:
        yield quote.span


def _unnamed(story: Story) -> Iterator[tuple[str, str]]:
    """Speakers and roles of which a word stands nowhere in the article."""
    article = story.article
    told = f"{article.title} {article.byline} {article.text}".casefold()
    for quote in story.quotes:
        said = quote.attribution
        named = {"speaker": said.speaker, "role": said.role or ""} if said else {}
        for what, name in named.items():
            if any(word not in told for word in re.findall(r"\w+", name.casefold())):
                yield what, name


def _finding(story: Story, message: str) -> Finding:
    return Finding(
        check="verbatim",
        severity=Severity.ERROR,
        message=message,
        where=story.headline,
        help="build the issue anew; its file was changed by hand",
    )
