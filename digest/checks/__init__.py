"""What a reader would trip over, found before the e-mail leaves.

One check a module: a function from what is Examined to Findings. A new check is a
new module and a line in CHECKS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from digest.checks import (
    accessibility,
    address,
    clients,
    contrast,
    domain,
    duplicates,
    headers,
    images,
    leftovers,
    links,
    plaintext,
    repeat,
    repeated,
    size,
    subject,
    template,
    unsubscribe,
    verbatim,
)
from digest.checks.examined import Ask, Examined, Resolve
from digest.errors import UsageError
from digest.model import Finding, Severity

__all__ = ["CHECKS", "Ask", "Examined", "Resolve", "examine", "forbidding", "names"]

Check = Callable[[Examined], Iterator[Finding]]

CHECKS: Sequence[Check] = (
    verbatim.check,
    unsubscribe.check,
    headers.check,
    address.check,
    domain.check,
    subject.check,
    leftovers.check,
    links.check,
    images.check,
    size.check,
    template.check,
    plaintext.check,
    contrast.check,
    accessibility.check,
    clients.check,
    duplicates.check,
    repeated.check,
    repeat.check,
)

_ORDER = list(Severity)


def names() -> list[str]:
    """What the checks are called: by `--allow`, in findings, in docs/checks.md."""
    return [check.__module__.rpartition(".")[2] for check in CHECKS]


def examine(examined: Examined) -> list[Finding]:
    """All findings, the gravest first."""
    findings = [finding for check in CHECKS for finding in check(examined)]
    return sorted(findings, key=lambda finding: _ORDER.index(finding.severity))


def forbidding(findings: Sequence[Finding], allowed: Sequence[str]) -> list[Finding]:
    """The findings that forbid sending, less those of the checks named.

    Raises:
        UsageError: there is no check of such a name; says which there are.
    """
    if unknown := sorted(set(allowed) - set(names())):
        raise UsageError(
            f"--allow {unknown[0]}: there is no such check; there are "
            f"{', '.join(sorted(names()))}"
        )
    return [
        finding
        for finding in findings
        if finding.severity is Severity.ERROR and finding.check not in allowed
    ]
