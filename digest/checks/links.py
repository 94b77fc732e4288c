"""Every link, in the HTML and in the text, leads somewhere that a reader can reach.

error: no address, an address of one's own network, a password in it, or, with
--links, gone → correct the article's address, or the template
warning: http and not https; with --links, no answer → look at it in a browser
note: with --links, redirected → give the address where it ends
note: stories without a link to their source → give their articles' addresses
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.checks.examined import Examined
from digest.model import Finding, Severity, Story

if TYPE_CHECKING:
    from digest.fetch import Answer

#: what a server says of what was there once (RFC 9110)
GONE = frozenset({404, 410})
#: names that mean nothing outside (RFC 6761, RFC 6762, RFC 8375, RFC 9476, ICANN)
PRIVATE = frozenset("localhost local internal test invalid alt arpa lan home".split())

#: what closes a sentence or a bracket around an address
_AFTER = ".,;:!?”’'"
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_IN_TEXT = re.compile(r"https?://[^\s<>\"]+")


def check(examined: Examined) -> Iterator[Finding]:
    anchors = {f"#{name}" for name in examined.page.xpath("//@id | //a/@name")}
    for link in sorted((examined.links | _in_text(examined)) - anchors):
        written = _problem(link, examined.config.fetch.allow_private)
        problems = [written]
        if not written or written[0] is not Severity.ERROR:
            problems.append(_answered(examined, link))
        for problem in filter(None, problems):
            where = link or "a link without an address"
            yield _finding(*problem, where, examined.at_links(link))
    if any(not story.article.url for story in examined.issue.stories):
        yield Finding(
            check="links",
            severity=Severity.NOTE,
            message="some stories have no link to their source",
            where="stories built from files",
            help="give the article's address where there is one",
        )


def _in_text(examined: Examined) -> set[str]:
    """The plain text's links, but for those that differ per person.

    An address that an article speaks of is prose, and nobody's link.
    """
    stories = examined.issue.stories
    spoken = _addresses("\n".join(part for s in stories for part in _prose(s)))
    linked = {article.url or "" for story in stories for article in story.articles}
    return _addresses(_text(examined)) - (spoken - linked)


def _addresses(text: str) -> set[str]:
    return {_whole(link) for link in _IN_TEXT.findall(text)}


def _whole(link: str) -> str:
    """An address without what closes the sentence or the bracket it stands in."""
    while (last := link[-1:]) in _BRACKETS or last in _AFTER:
        if last in _BRACKETS and link.count(last) <= link.count(_BRACKETS[last]):
            break
        link = link[:-1]
    return link


def _prose(story: Story) -> Iterator[str]:
    yield story.headline
    yield story.lede.text
    for quote in story.quotes:
        yield quote.span.text
    for article in story.articles:
        yield from (article.title or "", article.byline or "", article.source or "")


def _text(examined: Examined) -> str:
    text = examined.email.text
    for tag in examined.email.tags.values():
        text = text.replace(tag, " ")
    return text


_Problem = tuple[Severity, str]


def _problem(link: str, allowed: Sequence[str]) -> _Problem | None:
    """What is wrong with an address as it is written; hosts may be allowed."""
    try:
        parts = urlsplit(link)
        host, secret = parts.hostname, parts.username
    except ValueError as error:
        return Severity.ERROR, f"is no address: {error}"
    if parts.scheme in ("mailto", "tel"):
        return None
    if parts.scheme not in ("http", "https") or not host or " " in link.strip():
        return Severity.ERROR, "is no http or https address"
    if is_private(host, allowed):
        return Severity.ERROR, "can be reached from your own network only"
    if secret:
        return Severity.ERROR, "holds a user name, which every reader would see"
    if parts.scheme == "http":
        return Severity.WARNING, "is not https: others can read along"
    return None


def is_private(host: str, allowed: Sequence[str] = ()) -> bool:
    """Whether a host, as it is written, can be no machine of the open Internet.

    Nor one that is `allowed`, as in [fetch] allow_private.
    """
    from digest.fetch import is_allowed, literal_address

    if (address := literal_address(host)) is not None:
        return not is_allowed(address, host, allowed)
    name = host.rstrip(".").lower()
    if name in map(str.lower, allowed):
        return False
    return "." not in name or name.rpartition(".")[2] in PRIVATE


def _answered(examined: Examined, link: str) -> _Problem | None:
    answer = examined.answers.get(link)
    return _reached(answer) if answer else None


def _reached(answer: Answer) -> _Problem | None:
    if answer.status in GONE:
        return Severity.ERROR, f"is gone: the server answers {answer.status}"
    if answer.problem:
        return Severity.WARNING, f"did not answer: {answer.problem}"
    if answer.final_url != answer.url:
        return Severity.NOTE, f"is redirected to {answer.final_url[:200]}"
    return None


def _finding(
    severity: Severity, message: str, where: str, at: tuple[int, ...]
) -> Finding:
    return Finding(
        check="links",
        severity=severity,
        message=message,
        where=where,
        help="correct the article's address, or the template",
        at=at,
    )
