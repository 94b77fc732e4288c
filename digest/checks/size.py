"""Gmail cuts an e-mail at 102 KB, and its footer with it.

error: the HTML is larger → fewer stories (issue.max_stories), or shorter leads
warning: it is nearly as large, and counted links are longer → the same
note: more stories than look.rows says are shown without their lead, or not at all, so
that it is not cut → shorter leads (issue.lead_row), or fewer stories
"""

from __future__ import annotations

from collections.abc import Iterator

from digest.checks.examined import Examined, shown, squeezed
from digest.model import Finding, Severity

#: bytes of HTML (github.com/mjmlio/mjml/issues/2109)
CLIP = 102 * 1024
#: a link that is rewritten for counting makes it longer still
NEAR = 95 * 1024
#: letters by which a lead is found again, however it was shortened
_BEGINNING = 30


def check(examined: Examined) -> Iterator[Finding]:
    size = len(examined.email.html.encode())
    if size > NEAR:
        yield _finding(
            Severity.ERROR if size > CLIP else Severity.WARNING,
            f"{size / 1024:.0f} KB of HTML; Gmail cuts at 102 KB",
            "lower issue.max_stories or issue.lead_row",
        )
    yield from _shortened(examined)


def _shortened(examined: Examined) -> Iterator[Finding]:
    """What was left out of the HTML so that it is not clipped."""
    text, stories = squeezed(examined.visible), examined.issue.stories
    absent = [story for story in stories if not shown(story, text)]
    bare = [
        story
        for story in stories
        if story not in absent and squeezed(story.lede.text)[:_BEGINNING] not in text
    ]
    wanted = min(len(stories), 1 + examined.config.look.rows)
    if len(stories) - len(bare) - len(absent) >= wanted:
        bare = []  # they are compact because the settings say so
    for found, how in ((bare, "without their lead"), (absent, "not at all")):
        if found:
            yield _finding(
                Severity.NOTE,
                f"{len(found)} of {len(stories)} stories are shown {how}, "
                f"{found[0].headline[:60]!r} first",
                "the plain text has them in full; for more room, lower issue.lead_row",
            )


def _finding(severity: Severity, message: str, help: str) -> Finding:
    return Finding(
        check="size", severity=severity, message=message, where="html", help=help
    )
