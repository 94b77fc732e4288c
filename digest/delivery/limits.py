"""What SendGrid would refuse, found before anything leaves.

The limits are those of its OpenAPI description and of its pages "Mail Send
limitations" and "errors". What a whole campaign shares is a DeliveryError.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from digest.config import Config, Newsletter, SendGridSettings
from digest.errors import DeliveryError
from digest.ledger import BATCH_SIZE
from digest.model import Email
from subscribers.model import Recipient

MEGABYTE = 1_000_000
#: SendGrid: less than 30 MB, all included
BODY = 30 * MEGABYTE
#: Characters of base_url. SendGrid takes 10,000 bytes of substitutions a person,
#: and a header's line has at most 998 (RFC 5322): an address keeps below both.
BASE_URL = 400

#: RFC 3986, section 2, less what begins a query or means something in HTML
_BASE_URL = re.compile(rf"[\w.~:/\[\]@!$()*+,;=%-]{{1,{BASE_URL}}}", re.ASCII)
_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")


def check_settings(config: Config) -> None:
    """Raise DeliveryError for the first setting that no mail can leave with."""
    _check_newsletter(config.newsletter)
    _check_account(config.sendgrid)


def _check_newsletter(newsletter: Newsletter) -> None:
    if not newsletter.from_email:
        raise _missing("newsletter.from_email", "the address that the mail comes from")
    for key in ("from_email", "reply_to"):
        address = getattr(newsletter, key)
        if address and not _ADDRESS.fullmatch(address):
            raise DeliveryError(f"newsletter.{key}: {address!r} is not an address")
    if not newsletter.postal_address:
        raise _missing("newsletter.postal_address", "the law wants it in the footer")
    if newsletter.unsubscribe_by == "own":
        _check_base_url(newsletter.base_url)


def _check_account(sendgrid: SendGridSettings) -> None:
    categories = sendgrid.categories
    if len(categories) > 10 or len(set(categories)) < len(categories):
        raise DeliveryError(
            "sendgrid.categories: SendGrid takes at most 10, each only once"
        )
    for category in categories:
        if not 0 < len(category) <= 255:
            raise DeliveryError(
                f"sendgrid.categories: {category[:30]!r} must have 1 to 255 characters"
            )
    if sendgrid.ip_pool and not 2 <= len(sendgrid.ip_pool) <= 64:
        raise DeliveryError("sendgrid.ip_pool: a name has 2 to 64 characters")
    if sendgrid.asm_group < 0:
        raise DeliveryError("sendgrid.asm_group: the number of a group, or 0 for none")


def _check_base_url(url: str) -> None:
    if not url:
        raise _missing("newsletter.base_url", 'unsubscribe = "own" has its page there')
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise DeliveryError(f"newsletter.base_url: {url!r} is not an https address")
    if not _BASE_URL.fullmatch(url):
        raise DeliveryError(
            f"newsletter.base_url: {url[:80]!r} must be a plain address, without any "
            f"of ? # & and with at most {BASE_URL} characters"
        )


def _missing(key: str, why: str) -> DeliveryError:
    return DeliveryError(f"{key} is not set ({why}); set it in digest.toml")


def is_loopback(host: str) -> bool:
    """Whether a host can be no other machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def check_handover(email: Email, recipients: tuple[Recipient, ...]) -> None:
    """Raise DeliveryError for what no request may hold, before one is built."""
    if not 0 < len(recipients) <= BATCH_SIZE:
        raise DeliveryError(
            f"a request has 1 to {BATCH_SIZE} recipients, not {len(recipients)}"
        )
    for part in ("subject", "html", "text"):
        if not getattr(email, part).strip():
            raise DeliveryError(f"the e-mail's {part} is empty: SendGrid refuses that")
    # Tags carry random characters: this is a bug or an attack, not a name.
    together = "\n".join([f"{p.email}\n{p.name}\n{p.token}" for p in recipients])
    for tag in email.tags.values():
        if tag in together:
            raise DeliveryError(
                f"subscriber {_holder(tag, recipients)} holds the tag {tag}"
            )


def _holder(tag: str, recipients: tuple[Recipient, ...]) -> int:
    return next(
        person.id
        for person in recipients
        if tag in person.email or tag in person.name or tag in person.token
    )


def check_address(person: Recipient) -> None:
    """Raise DeliveryError for what cannot be an address, before it costs 999 others."""
    if not _ADDRESS.fullmatch(person.email):
        raise DeliveryError(
            f"subscriber {person.id}: {person.email!r} is not an address"
        )


def check_body(body: bytes) -> None:
    """Raise DeliveryError where a request is too large as a whole."""
    if len(body) >= BODY:
        raise DeliveryError(
            f"the request has {len(body) / MEGABYTE:.1f} MB, and SendGrid takes less "
            f"than {BODY // MEGABYTE}: make the e-mail smaller"
        )
