"""A reader finds the way out, in the HTML and in the text (CAN-SPAM, RFC 8058)."""

from __future__ import annotations

from collections.abc import Iterator

from digest.checks.examined import Examined
from digest.model import Finding, Placeholder, Severity


def check(examined: Examined) -> Iterator[Finding]:
    tag = examined.email.tags.get(Placeholder.UNSUBSCRIBE_URL)
    links = {link.get("href") for link in examined.page.iter("a")}
    if tag is None or tag not in links:
        yield _missing("html")
    if tag is None or tag not in examined.email.text:
        yield _missing("text")


def _missing(part: str) -> Finding:
    return Finding(
        check="unsubscribe",
        severity=Severity.ERROR,
        message="there is no unsubscribe link",
        where=part,
        help="put {{ unsubscribe_url }} into the footer of the template",
    )
