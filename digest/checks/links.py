"""Every link, in the HTML and in the text, leads somewhere that a reader can reach.

error: no address, an address of one's own network, a password in it, or, with
--links, gone → correct the article's address, or the template
warning: http and not https; with --links, no answer → look at it in a browser
note: with --links, redirected → give the address where it ends
note: stories without a link to their source → give their articles' addresses
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.checks.examined import Examined
from digest.model import Finding, Severity

if TYPE_CHECKING:
    from digest.fetch import Answer

#: what a server says of what was there once (RFC 9110)
GONE = frozenset({404, 410})
#: names that mean nothing outside (RFC 6761, RFC 6762, RFC 8375, RFC 9476, ICANN)
PRIVATE = frozenset("localhost local internal test invalid alt arpa lan home".split())

_IN_TEXT = re.compile(r"https?://[^\s<>\"]+")


def check(examined: Examined) -> Iterator[Finding]:
    anchors = {f"#{name}" for name in examined.page.xpath("//@id | //a/@name")}
    for link in sorted((examined.links | _in_text(examined)) - anchors):
        written = _problem(link)
        if written:
            yield _finding(*written, link or "a link without an address")
        if not written or written[0] is not Severity.ERROR:
            yield from _answered(examined, link)
    if any(not story.article.url for story in examined.issue.stories):
        yield Finding(
            check="links",
            severity=Severity.NOTE,
            message="some stories have no link to their source",
            where="stories built from files",
            help="give the article's address where there is one",
        )


def _in_text(examined: Examined) -> set[str]:
    """The plain text's links, but for those that differ per person."""
    found = (link.rstrip(".,;:!?)]}”’'") for link in _IN_TEXT.findall(_text(examined)))
    return set(found)


def _text(examined: Examined) -> str:
    text = examined.email.text
    for tag in examined.email.tags.values():
        text = text.replace(tag, " ")
    return text


_Problem = tuple[Severity, str]


def _problem(link: str) -> _Problem | None:
    """What is wrong with an address as it is written."""
    try:
        parts = urlsplit(link)
        host, secret = parts.hostname, parts.username
    except ValueError as error:
        return Severity.ERROR, f"is no address: {error}"
    if parts.scheme in ("mailto", "tel"):
        return None
    if parts.scheme not in ("http", "https") or not host or " " in link.strip():
        return Severity.ERROR, "is no http or https address"
    if is_private(host):
        return Severity.ERROR, "can be reached from your own network only"
    if secret:
        return Severity.ERROR, "holds a user name, which every reader would see"
    if parts.scheme == "http":
        return Severity.WARNING, "is not https: others can read along"
    return None


def is_private(host: str) -> bool:
    """Whether a host, as it is written, can be no machine of the open Internet."""
    from digest.fetch import is_public, literal_address

    if (address := literal_address(host)) is not None:
        return not is_public(ipaddress.ip_address(address))
    name = host.rstrip(".").lower()
    return "." not in name or name.rpartition(".")[2] in PRIVATE


def _answered(examined: Examined, link: str) -> Iterator[Finding]:
    answer = examined.answers.get(link)
    if answer and (problem := _reached(answer)):
        yield _finding(*problem, link)


def _reached(answer: Answer) -> _Problem | None:
    if answer.status in GONE:
        return Severity.ERROR, f"is gone: the server answers {answer.status}"
    if answer.problem:
        return Severity.WARNING, f"did not answer: {answer.problem}"
    if answer.final_url != answer.url:
        return Severity.NOTE, f"is redirected to {answer.final_url[:200]}"
    return None


def _finding(severity: Severity, message: str, where: str) -> Finding:
    return Finding(
        check="links",
        severity=severity,
        message=message,
        where=where,
        help="correct the article's address, or the template",
    )
