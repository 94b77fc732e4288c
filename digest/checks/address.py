"""Sender and postal address are there, can be believed, and can be read.

error: from_email or postal_address is not set, or is no address → [newsletter]
error: the postal address is not in the HTML or not in the text → the footer
error: mail in the name of a free mail provider → a domain of your own
"""

from __future__ import annotations

from collections.abc import Iterator

from digest.checks.examined import Examined, squeezed
from digest.config import Newsletter
from digest.model import Finding, Severity

#: their owners reject mail that others send in their name (DMARC p=reject):
#: https://support.google.com/mail/answer/81126
FREE_MAIL = frozenset(
    "gmail.com googlemail.com yahoo.com outlook.com hotmail.com live.com "
    "aol.com icloud.com gmx.de gmx.net web.de proton.me".split()
)
_FILE = "[newsletter] of digest.toml"


def check(examined: Examined) -> Iterator[Finding]:
    newsletter = examined.config.newsletter
    for key in ("from_email", "postal_address"):
        if not getattr(newsletter, key).strip():
            yield _finding(f"newsletter.{key} is not set", _FILE, f"set it in {_FILE}")
    yield from _sender(newsletter.from_email.strip())
    yield from _unseen(examined, squeezed(_without_name(newsletter)))


def _without_name(newsletter: Newsletter) -> str:
    """The postal address; the footer has the newsletter's name above it, once."""
    first, _, rest = newsletter.postal_address.partition(",")
    named = squeezed(first) == squeezed(newsletter.name)
    return rest if named and rest.strip() else newsletter.postal_address


def _sender(sender: str) -> Iterator[Finding]:
    name, _, domain = sender.rpartition("@")
    if sender and not (name and "." in domain):
        message = f"newsletter.from_email: {sender!r} is no address"
        yield _finding(message, _FILE, f"correct it in {_FILE}")
    elif domain.lower() in FREE_MAIL:
        yield _finding(
            f"mail in the name of {domain} is rejected by most providers",
            _FILE,
            "send from a domain of your own",
        )


def _unseen(examined: Examined, address: str) -> Iterator[Finding]:
    """The law wants it where people read (CAN-SPAM, 15 USC 7704)."""
    parts = {"html": examined.visible, "text": examined.email.text}
    for where, text in parts.items():
        if address and address not in squeezed(text):
            yield _finding(
                "the postal address cannot be read",
                where,
                "put {{ issue.postal_address }} into the footer of the template",
            )


def _finding(message: str, where: str, help: str) -> Finding:
    return Finding(
        check="address",
        severity=Severity.ERROR,
        message=message,
        where=where,
        help=help,
    )
