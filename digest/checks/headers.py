"""One click in the mail program unsubscribes: the headers that RFC 8058 wants.

Where SendGrid's page is used (newsletter.unsubscribe), it sets them itself.

error: List-Unsubscribe without an https address that others reach, or without
List-Unsubscribe-Post, or with an e-mail address in it → newsletter.base_url
error: no mail can be made, by a setting or by what SendGrid takes → what it names
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from digest.checks.examined import Examined
from digest.checks.links import is_private
from digest.errors import DeliveryError
from digest.model import Finding, Severity

ONE_CLICK = "List-Unsubscribe=One-Click"


def check(examined: Examined) -> Iterator[Finding]:
    if isinstance(examined.headers, DeliveryError):
        yield from _unsendable(examined)
        return
    if examined.headers is None:
        return
    if examined.config.newsletter.unsubscribe_by == "sendgrid":
        return
    headers = {name.lower(): value for name, value in examined.headers.items()}
    urls = re.findall(r"<(https:[^>]*)>", headers.get("list-unsubscribe", ""))
    if not urls:
        yield _finding(
            "has no https address, so mail programs show no button",
            "List-Unsubscribe",
        )
    for url in urls:
        yield from _address(url)
    if headers.get("list-unsubscribe-post", "").strip() != ONE_CLICK:
        yield _finding(f"does not say {ONE_CLICK}", "List-Unsubscribe-Post")


def _unsendable(examined: Examined) -> Iterator[Finding]:
    """What `digest send` would stop at, unless the check of addresses says it."""
    newsletter = examined.config.newsletter
    if newsletter.from_email.strip() and newsletter.postal_address.strip():
        yield Finding(
            check="headers",
            severity=Severity.ERROR,
            message=f"no mail can be made of it: {examined.headers}",
            where="digest.toml",
            help="correct what it names in digest.toml",
        )


def _address(url: str) -> Iterator[Finding]:
    if is_private(urlsplit(url).hostname or ""):
        yield _finding("cannot be reached from outside", "List-Unsubscribe")
    if "@" in unquote(url):
        yield _finding("shows who reads it: an e-mail address", "List-Unsubscribe")


def _finding(message: str, where: str) -> Finding:
    return Finding(
        check="headers",
        severity=Severity.ERROR,
        message=message,
        where=where,
        help='set newsletter.base_url to an https address, or unsubscribe = "sendgrid"',
    )
