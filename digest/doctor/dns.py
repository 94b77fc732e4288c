"""Who may send for the sender's domain: the check of issues, asked by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from digest.checks.domain import of_sender
from digest.config import Config
from digest.doctor.diagnosis import Diagnosis, well
from digest.model import Severity


def look(
    config: Config, resolve: Callable[[str, str], Sequence[str]]
) -> Iterator[Diagnosis]:
    """SPF, DKIM and DMARC in the DNS; nothing is said of a domain that is nobody's."""
    findings = list(of_sender(config, resolve))
    for found in findings:
        yield Diagnosis(
            name="domain",
            ok=found.severity is Severity.NOTE,
            message=f"{found.where}: {found.message}",
            help=found.help,
        )
    if not findings and config.newsletter.from_email:
        domain = config.newsletter.from_email.rpartition("@")[2]
        yield well("domain", f"{domain}: nothing to say of SPF, DKIM and DMARC")
