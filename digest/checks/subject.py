"""Subject and preheader: there, in one line, short enough, and honest.

error: no subject, or one of several lines → give the issue another
warning: no preheader; longer than inboxes show; "Re:"; capitals; exclamation marks;
a preheader that repeats the subject → give the issue another
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.checks.examined import Examined, squeezed
from digest.model import Finding, Severity

#: characters that inboxes show
LONGEST_SUBJECT = 60
LONGEST_PREHEADER = 110
#: capitals in a row of words that are no longer an abbreviation
SHOUTED = 10

#: as mail programs write it, in some languages
_ANSWER = re.compile(
    r"(?:re|fwd?|aw|wg|sv|vs|antw|tr|rv|odp)\s*(?:\[\d+\])?:", re.IGNORECASE
)


def check(examined: Examined) -> Iterator[Finding]:
    subject, preheader = examined.email.subject, examined.email.preheader
    if not subject.strip():
        yield _finding(Severity.ERROR, "the subject is empty", "subject")
    if not preheader.strip():
        yield _finding(Severity.WARNING, "the preheader is empty", "preheader")
    yield from _line("subject", subject, LONGEST_SUBJECT)
    yield from _line("preheader", preheader, LONGEST_PREHEADER)
    for problem in _loud(subject):
        yield _finding(Severity.WARNING, f"the subject {problem}", "subject")
    if squeezed(subject) and squeezed(preheader).startswith(squeezed(subject)):
        message = "the preheader repeats the subject"
        yield _finding(Severity.WARNING, message, "preheader")


def _line(where: str, text: str, longest: int) -> Iterator[Finding]:
    if len(text.strip().splitlines()) > 1:
        severity = Severity.ERROR if where == "subject" else Severity.WARNING
        yield _finding(severity, f"the {where} has several lines", where)
    if len(text) > longest:
        message = f"{len(text)} characters; inboxes show about {longest}"
        yield _finding(Severity.WARNING, message, where)


def _loud(subject: str) -> Iterator[str]:
    """What spam is known by, and readers too."""
    if _ANSWER.match(subject.strip()):
        yield "pretends to be an answer"
    letters = [letter for letter in subject if letter.isalpha()]
    if len(letters) >= SHOUTED and subject.isupper():
        yield "shouts: all of it is in capitals"
    if subject.count("!") + subject.count("！") > 1:
        yield "has more than one exclamation mark"


def _finding(severity: Severity, message: str, where: str) -> Finding:
    return Finding(
        check="subject",
        severity=severity,
        message=message,
        where=where,
        help=f"give the issue another {where}",
    )
