"""Nothing of the workshop is left for readers to see."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.checks.examined import Examined
from digest.model import Finding, Severity

_LEFTOVER = re.compile(
    r"\{\{|\}\}|\{%|%\}|\[\[|\]\]|\blorem ipsum\b|\blocalhost\b|\bTODO\b"
)


def check(examined: Examined) -> Iterator[Finding]:
    """What looks like a template's leftover and is in no article."""
    sources = " ".join(
        f"{article.title} {article.byline} {article.text}"
        for story in examined.issue.stories
        for article in story.articles
    )
    texts = {"html": examined.visible, "text": examined.email.text}
    for where, text in texts.items():
        left = {found for found in _LEFTOVER.findall(text) if found not in sources}
        if left:
            yield Finding(
                check="leftovers",
                severity=Severity.ERROR,
                message=f"{' and '.join(sorted(left))} would be read by everybody",
                where=where,
                help="look for it in the templates and in digest.toml",
            )
