"""The plain text is an e-mail of its own, and not what is left of the HTML.

error: there is none → a .txt template beside the look's
warning: HTML in it; a story or its link that is only in the HTML → the .txt template
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote, urlsplit

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
    said = (f"{s.headline} {s.lede.text}" for s in examined.issue.stories)
    newsletter = examined.config.newsletter
    written = " ".join((newsletter.name, newsletter.postal_address, *said))
    if found := [tag for tag in _TAG.findall(text) if tag not in written]:
        yield _finding(Severity.WARNING, f"holds HTML: {found[0][:40]}")
    stories, all_of_it = examined.issue.stories, squeezed(unquote(text))
    lacking = [s.headline for s in stories if not shown(s, all_of_it)]
    yield from _missing("stories", lacking)
    # however an address is encoded
    lacking = [
        story.headline
        for story in stories
        if _address(story.article.url or "") not in all_of_it
    ]
    yield from _missing("links", lacking)


def _address(url: str) -> str:
    """An address to be found again: its host as mail has it, the rest decoded."""
    try:
        host = urlsplit(url).netloc
        sent = url.replace(host, host.encode("idna").decode(), 1)
    except ValueError:  # not an address, or no name that has an ASCII form
        sent = url
    return squeezed(unquote(sent))


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
