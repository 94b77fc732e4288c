"""Nothing of the workshop is left for readers to see.

What an article says is no leftover.

error: {{ or another template's mark, lorem ipsum, localhost, TODO → the template
error: a tag that stands for nobody's value → the template, or render anew
warning: links to example.com, the address of documentations → give the real one
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from digest.checks.examined import Examined
from digest.model import Finding, Severity

#: of Jinja, SendGrid, Mailchimp, and of who writes
_LEFTOVER = re.compile(
    r"\{\{|\}\}|\{%|%\}|\[\[|\]\]|%%|<%|%>|\*\||\|\*"
    r"|(?i:\blorem ipsum\b)|\blocalhost\b|\bTODO\b|\bFIXME\b|\bXXX\b"
)
_TAG = re.compile(r"-dg[0-9a-f]{8,}\w*-")
#: RFC 2606, as documentations and templates use them
_EXAMPLES = ("example.com", "example.net", "example.org")


def check(examined: Examined) -> Iterator[Finding]:
    email = examined.email
    sources = _sources(examined)
    texts = {
        "subject": email.subject,
        "preheader": email.preheader,
        "html": examined.visible,
        "text": email.text,
    }
    for where, lines in texts.items():
        text = " ".join(lines.split())
        left = set(_LEFTOVER.findall(text)) | _strange_tags(examined, text)
        if left := {found for found in left if found not in sources}:
            yield _finding(
                Severity.ERROR,
                f"{' and '.join(sorted(left))} would be read by everybody",
                where,
                "look for it in the templates and in digest.toml",
            )
    yield from _example_links(examined)


def marks(text: str) -> list[str]:
    """The marks of a workshop in somebody's words."""
    return sorted(set(_LEFTOVER.findall(text)))


def _sources(examined: Examined) -> str:
    """What the articles and those who print them say, in one line."""
    said = " ".join(
        f"{article.title} {article.byline} {article.text} {article.url} "
        f"{article.source} {article.image.alt if article.image else ''}"
        for story in examined.issue.stories
        for article in story.articles
    )
    return " ".join(said.split())


def _strange_tags(examined: Examined, text: str) -> set[str]:
    return set(_TAG.findall(text)) - set(examined.email.tags.values())


def _example_links(examined: Examined) -> Iterator[Finding]:
    sender = examined.config.newsletter.from_email.rpartition("@")[2]
    found = sorted(link for link in examined.links if _is_example(link))
    if found and not _is_example(f"//{sender}"):  # else all of it is an example
        yield _finding(
            Severity.WARNING,
            f"{len(found)} links lead to an example's address",
            found[0],
            "give the real address",
            examined.at_links(*found),
        )


def _is_example(link: str) -> bool:
    try:
        host = urlsplit(link).hostname or ""
    except ValueError:
        return False
    return any(f".{host}".endswith(f".{example}") for example in _EXAMPLES)


def _finding(
    severity: Severity,
    message: str,
    where: str,
    help: str,
    at: tuple[int, ...] = (),
) -> Finding:
    return Finding(
        check="leftovers",
        severity=severity,
        message=message,
        where=where,
        help=help,
        at=at,
    )
