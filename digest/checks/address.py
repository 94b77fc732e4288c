"""Sender and postal address are there, and can be believed."""

from __future__ import annotations

from collections.abc import Iterator

from digest.checks.examined import Examined
from digest.model import Finding, Severity

#: their owners reject mail that others send in their name (DMARC p=reject):
#: https://support.google.com/mail/answer/81126
FREE_MAIL = frozenset(
    "gmail.com googlemail.com yahoo.com outlook.com hotmail.com live.com "
    "aol.com icloud.com gmx.de gmx.net web.de proton.me".split()
)


def check(examined: Examined) -> Iterator[Finding]:
    newsletter = examined.config.newsletter
    for key in ("from_email", "postal_address"):
        if not getattr(newsletter, key).strip():
            yield _finding(f"newsletter.{key} is not set", f"set it in {_FILE}")
    domain = newsletter.from_email.rpartition("@")[2].lower()
    if domain in FREE_MAIL:
        yield _finding(
            f"mail in the name of {domain} is rejected by most providers",
            "send from a domain of your own",
        )


_FILE = "[newsletter] of digest.toml"


def _finding(message: str, help: str) -> Finding:
    return Finding(
        check="address",
        severity=Severity.ERROR,
        message=message,
        where=_FILE,
        help=help,
    )
