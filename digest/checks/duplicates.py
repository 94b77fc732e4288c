"""No story is told twice in one issue.

warning: two stories with one address, one headline or one lead → drop one
"""

from __future__ import annotations

from collections.abc import Iterator

from digest.checks.examined import Examined
from digest.checks.sameness import same
from digest.model import Finding, Severity


def check(examined: Examined) -> Iterator[Finding]:
    rest = list(examined.issue.stories)
    while rest:
        one, *others = rest
        reasons = [same(one, other) for other in others]
        again = [other for other, why in zip(others, reasons, strict=True) if why]
        rest = [other for other, why in zip(others, reasons, strict=True) if not why]
        if again:
            more = f" and {len(again) - 1} more" if len(again) > 1 else ""
            why = next(filter(None, reasons))
            yield Finding(
                check="duplicates",
                severity=Severity.WARNING,
                message=f"tells the same as {again[0].headline[:80]!r}{more}: {why}",
                where=one.headline,
                help="build the issue with one of them only",
            )
