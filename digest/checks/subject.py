"""Subject and preheader: there, in one line, and short enough to be read."""

from __future__ import annotations

from collections.abc import Iterator

from digest.checks.examined import Examined
from digest.model import Finding, Severity

#: characters that inboxes show
LONGEST_SUBJECT = 60
LONGEST_PREHEADER = 110


def check(examined: Examined) -> Iterator[Finding]:
    email = examined.email
    if not email.subject.strip():
        yield _finding(Severity.ERROR, "the subject is empty", "subject")
    elif len(email.subject) > LONGEST_SUBJECT:
        yield _too_long("subject", email.subject, LONGEST_SUBJECT)
    if email.subject.lower().startswith(("re:", "fwd:", "fw:")):
        message = "the subject pretends to be an answer"
        yield _finding(Severity.WARNING, message, "subject")
    if not email.preheader.strip():
        yield _finding(Severity.WARNING, "the preheader is empty", "preheader")
    elif len(email.preheader) > LONGEST_PREHEADER:
        yield _too_long("preheader", email.preheader, LONGEST_PREHEADER)


def _too_long(where: str, text: str, longest: int) -> Finding:
    message = f"{len(text)} characters; inboxes show about {longest}"
    return _finding(Severity.WARNING, message, where)


def _finding(severity: Severity, message: str, where: str) -> Finding:
    return Finding(
        check="subject",
        severity=severity,
        message=message,
        where=where,
        help=f"give the issue another {where}",
    )
