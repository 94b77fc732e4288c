"""Gmail cuts an e-mail at 102 KB, and its footer with it."""

from __future__ import annotations

from collections.abc import Iterator

from digest.checks.examined import Examined
from digest.model import Finding, Severity

#: bytes of HTML (github.com/mjmlio/mjml/issues/2109)
CLIP = 102 * 1024
#: a link that is rewritten for counting makes it longer still
NEAR = 95 * 1024


def check(examined: Examined) -> Iterator[Finding]:
    size = len(examined.email.html.encode())
    if size <= NEAR:
        return
    clipped = size > CLIP
    yield Finding(
        check="size",
        severity=Severity.ERROR if clipped else Severity.WARNING,
        message=f"{size / 1024:.0f} KB of HTML; Gmail cuts at 102 KB",
        where="html",
        help="lower issue.max_stories or issue.lead_row",
    )
