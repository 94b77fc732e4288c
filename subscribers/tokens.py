"""Tokens of unsubscribe links: which subscription, and 12 bytes nobody can guess.

No address is in them and no key signs them: one can be withdrawn by a change of
its row, and there is nothing that could leak or would have to be rotated.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from subscribers.tables import subscription

#: with the 12 bytes of the secret they make 24 characters, and no list is so long
ID_BYTES = 6
URL_SAFE = bytes.maketrans(b"+/", b"-_")
TOKEN = re.compile(r"[A-Za-z0-9_-]{24}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a token says: the subscription's id and its secret."""

    id: int
    secret: bytes


def format_token(id: int, secret: bytes) -> str:
    """The token of a subscription: 24 characters that are safe in a URL."""
    octets = id.to_bytes(ID_BYTES) + secret
    return b2a_base64(octets, newline=False).translate(URL_SAFE).decode()


def parse_token(text: str) -> Token | None:
    """What a token says; None for all that cannot be one."""
    if not TOKEN.fullmatch(text):
        return None
    decoded = urlsafe_b64decode(text)
    return Token(
        id=int.from_bytes(decoded[:ID_BYTES]),
        secret=decoded[ID_BYTES:],
    )


def find_subscription(connection: Connection, token: str) -> int | None:
    """The id of the subscription that a token names, if it is truly its token."""
    parsed = parse_token(token)
    if parsed is None:
        return None
    secret = connection.scalar(
        select(subscription.c.secret).where(subscription.c.id == parsed.id)
    )
    if secret is None or not hmac.compare_digest(secret, parsed.secret):
        return None
    return parsed.id


def renew(connection: Connection, subscription_id: int, secret: bytes) -> str:
    """The new token of a subscription; the links of the one before lead nowhere.

    For who gets another address, or whose link got about.
    """
    changed = update(subscription).where(subscription.c.id == subscription_id)
    connection.execute(changed.values(secret=secret))
    return format_token(subscription_id, secret)
