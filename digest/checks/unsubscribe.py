"""A reader finds the way out, in the HTML and in the text (CAN-SPAM, RFC 8058).

error: no unsubscribe link, or one that cannot be seen → the footer of the template
error: clicks are counted, and on a reader's own link too → clicktracking="off" on it
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
            at = examined.at(*links)
            yield _finding("the unsubscribe link cannot be seen", "html", at)
    yield from _counted(examined)
    if tag is None or tag not in examined.email.text:
        yield _finding("there is no unsubscribe link", "text")


def _counted(examined: Examined) -> Iterator[Finding]:
    """Where clicks are counted, links that differ per person must not lead away."""
    if examined.config.sendgrid.tracking not in ("clicks", "both"):
        return
    tags = set(examined.email.tags.values())
    links = [link for link in examined.page.iter("a") if link.get("href") in tags]
    counted = [link for link in links if link.get("clicktracking") != "off"]
    if counted:
        yield Finding(
            check="unsubscribe",
            severity=Severity.ERROR,
            message="a reader's own link is counted and leads through SendGrid",
            where="html",
            help='give it clicktracking="off" in the template, as the footer has it',
            at=examined.at(*counted),
        )


def _finding(message: str, part: str, at: tuple[int, ...] = ()) -> Finding:
    return Finding(
        check="unsubscribe",
        severity=Severity.ERROR,
        message=message,
        where=part,
        help="put {{ unsubscribe_url }} into the footer of the template",
        at=at,
    )
