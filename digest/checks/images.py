"""Images come over https, and say what they show to who cannot see them."""

from __future__ import annotations

from collections.abc import Iterator

from digest.checks.examined import Examined
from digest.model import Finding, Severity


def check(examined: Examined) -> Iterator[Finding]:
    for image in examined.page.iter("img"):
        source = image.get("src") or ""
        if not source.startswith("https://"):
            yield _finding(
                Severity.ERROR,
                "mail clients show images over https only",
                source[:100] or "an image without an address",
            )
        if image.get("alt") is None:
            message = "has no alt text for readers who don't see images"
            yield _finding(Severity.ERROR, message, source[:100])


def _finding(severity: Severity, message: str, where: str) -> Finding:
    return Finding(
        check="images",
        severity=severity,
        message=message,
        where=where,
        help="correct the template, or leave the image out",
    )
