"""Whether a call of the webhook is SendGrid's, and of today.

SendGrid signs the bytes of the header's timestamp and of the body with ECDSA (P-256,
SHA-256), and shows the public key in the settings of its Event Webhook:
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from digest.errors import ConfigError, EventRefused

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"

#: SendGrid tries for 24 hours to be rid of a payload
OLDEST = timedelta(hours=25)
#: how far its clock may be ahead of ours
AHEAD = timedelta(hours=1)


def verify(
    public_key: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> None:
    """Nothing, if the call is SendGrid's.

    `public_key` is base64 of DER, `body` is as it came: written anew, the same JSON
    has another signature. The names of headers may be in any case.

    Raises:
        EventRefused: it is not signed, not with this key, or too old.
        ConfigError: the key is none.
    """
    given = {name.lower(): value for name, value in headers.items()}
    signature, timestamp = given.get(SIGNATURE), given.get(TIMESTAMP)
    if not signature or not timestamp:
        raise EventRefused(
            "an event webhook call without a signature; turn on Signed Event Webhook "
            "in SendGrid's settings"
        )
    _check_age(timestamp, now)
    _check_signature(_key(public_key), signature, timestamp.encode() + body)


def _check_age(timestamp: str, now: datetime) -> None:
    if not re.fullmatch(r"[0-9]{1,12}", timestamp):
        raise EventRefused("an event webhook call whose timestamp is no number")
    age = timedelta(seconds=now.timestamp() - int(timestamp))
    if not -AHEAD <= age <= OLDEST:
        raise EventRefused(
            f"an event webhook call signed {int(timestamp)} (Unix time), now it is "
            f"{now.timestamp():.0f}: older than 25 hours, or a clock is wrong"
        )


def _check_signature(
    key: EllipticCurvePublicKey, signature: str, signed: bytes
) -> None:
    # 30 ms to import, and only the webhook needs it
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        key.verify(_decoded(signature), signed, ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        raise EventRefused(
            "an event webhook call with a wrong signature; if it is SendGrid's, "
            "[sendgrid] webhook_public_key is not that of its settings"
        ) from None


@lru_cache(maxsize=4)
def _key(text: str) -> EllipticCurvePublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    if not text:
        raise ConfigError(
            "[sendgrid] webhook_public_key is not set: copy the verification key from "
            "the settings of SendGrid's Event Webhook"
        )
    try:
        key = load_der_public_key(_decoded(text))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise ConfigError(
            "[sendgrid] webhook_public_key: must be the verification key of SendGrid's "
            "Event Webhook, base64 of 91 bytes"
        )
    return key


def _decoded(text: str) -> bytes:
    """The bytes; a ValueError where it is no base64."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:  # is a ValueError
        raise ValueError(str(error)) from None
