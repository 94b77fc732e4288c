"""Every link leads somewhere that a reader can reach."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from digest.checks.examined import Examined
from digest.model import Finding, Severity


def check(examined: Examined) -> Iterator[Finding]:
    tags = set(examined.email.tags.values())
    links = {link.get("href") or "" for link in examined.page.iter("a")}
    for link in sorted(links - tags):
        if problem := _problem(link):
            yield Finding(
                check="links",
                severity=Severity.ERROR,
                message=problem,
                where=link or "a link without an address",
                help="correct the article's address, or the template",
            )
    if any(not story.article.url for story in examined.issue.stories):
        yield Finding(
            check="links",
            severity=Severity.NOTE,
            message="some stories have no link to their source",
            where="stories built from files",
            help="give the article's address where there is one",
        )


def _problem(link: str) -> str | None:
    """What is wrong with an address, or None."""
    try:
        parts = urlsplit(link)
        host = parts.hostname
    except ValueError as error:
        return f"is no address: {error}"
    if parts.scheme in ("mailto", "tel"):
        return None
    if parts.scheme not in ("http", "https") or not host:
        return "is no http or https address"
    return "can be reached from your own network only" if _private(host) else None


def _private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local"))
