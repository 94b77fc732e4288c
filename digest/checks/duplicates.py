"""No story is told twice in one issue.

warning: two stories with one address, one headline or one lead → drop one
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from digest.checks.examined import Examined
from digest.checks.sameness import same
from digest.model import Finding, Severity


def check(examined: Examined) -> Iterator[Finding]:
    for one, other in combinations(examined.issue.stories, 2):
        if why := same(one, other):
            yield Finding(
                check="duplicates",
                severity=Severity.WARNING,
                message=f"tells the same as {other.headline[:80]!r}: {why}",
                where=one.headline,
                help="build the issue without one of them",
            )
