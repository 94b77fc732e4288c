"""The plain text is an e-mail of its own, and not what is left of the HTML.

error: there is none → a .txt template beside the look's
warning: HTML in it; a story or its link that is only in the HTML → the .txt template
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from digest.checks.examined import Examined, shown, squeezed
from digest.model import Finding, Severity

_TAG = re.compile(
    r"</?(?:html|body|head|style|table|tr|td|div|span|p|a|b|i|em|strong|br|img|ul|li"
    r"|h[1-6]|blockquote|cite)\b[^<>]*>|&(?:nbsp|amp|quot|#\d+);",
    re.IGNORECASE,
)


def check(examined: Examined) -> Iterator[Finding]:
    text = examined.email.text
    if not text.strip():
        yield _finding(Severity.ERROR, "there is no plain text")
        return
    written = " ".join(f"{s.headline} {s.lede.text}" for s in examined.issue.stories)
    if found := [tag for tag in _TAG.findall(text) if tag not in written]:
        yield _finding(Severity.WARNING, f"holds HTML: {found[0][:40]}")
    stories, all_of_it = examined.issue.stories, squeezed(unquote(text))
    lacking = [s.headline for s in stories if not shown(s, all_of_it)]
    yield from _missing("stories", lacking)
    # however an address is encoded
    lacking = [
        story.headline
        for story in stories
        if squeezed(unquote(story.article.url or "")) not in all_of_it
    ]
    yield from _missing("links", lacking)


def _missing(what: str, headlines: Sequence[str]) -> Iterator[Finding]:
    if headlines:
        message = f"lacks {len(headlines)} {what}, that of {headlines[0][:60]!r} first"
        yield _finding(Severity.WARNING, message)


def _finding(severity: Severity, message: str) -> Finding:
    return Finding(
        check="plaintext",
        severity=severity,
        message=message,
        where="text",
        help="look at the template issue.txt.j2 of the look",
    )
