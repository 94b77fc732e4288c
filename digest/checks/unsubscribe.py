"""A reader finds the way out, in the HTML and in the text (CAN-SPAM, RFC 8058).

error: no unsubscribe link, or one that cannot be seen → the footer of the template
"""

from __future__ import annotations

from collections.abc import Iterator

from digest.checks.examined import Examined
from digest.checks.styles import Light, texts
from digest.model import Finding, Placeholder, Severity


def check(examined: Examined) -> Iterator[Finding]:
    tag = examined.email.tags.get(Placeholder.UNSUBSCRIBE_URL)
    links = [a for a in examined.page.iter("a") if tag and a.get("href") == tag]
    if not links:
        yield _finding("there is no unsubscribe link", "html")
    else:
        shown = examined.looks(Light())
        inside = ({e: shown[e] for e in link.iter() if e in shown} for link in links)
        if not any(any(texts(each)) for each in inside):
            yield _finding("the unsubscribe link cannot be seen", "html")
    if tag is None or tag not in examined.email.text:
        yield _finding("there is no unsubscribe link", "text")


def _finding(message: str, part: str) -> Finding:
    return Finding(
        check="unsubscribe",
        severity=Severity.ERROR,
        message=message,
        where=part,
        help="put {{ unsubscribe_url }} into the footer of the template",
    )
