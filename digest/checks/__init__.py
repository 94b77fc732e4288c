"""What a reader would trip over, found before the e-mail leaves.

One check a module: a function from what is Examined to Findings. A new check is a
new module and a line in CHECKS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from digest.checks import (
    address,
    images,
    leftovers,
    links,
    size,
    subject,
    template,
    unsubscribe,
    verbatim,
)
from digest.checks.examined import Examined
from digest.model import Finding, Severity

__all__ = ["CHECKS", "Examined", "examine", "forbidding"]

Check = Callable[[Examined], Iterator[Finding]]

CHECKS: Sequence[Check] = (
    verbatim.check,
    unsubscribe.check,
    address.check,
    subject.check,
    leftovers.check,
    links.check,
    images.check,
    size.check,
    template.check,
)

_ORDER = list(Severity)


def examine(examined: Examined) -> list[Finding]:
    """All findings, the gravest first."""
    findings = [finding for check in CHECKS for finding in check(examined)]
    return sorted(findings, key=lambda finding: _ORDER.index(finding.severity))


def forbidding(findings: Sequence[Finding], allowed: Sequence[str]) -> list[Finding]:
    """The findings that forbid sending, less those of the checks named."""
    return [
        finding
        for finding in findings
        if finding.severity is Severity.ERROR and finding.check not in allowed
    ]
