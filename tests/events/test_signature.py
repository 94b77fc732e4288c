"""Only what SendGrid signed today is taken in."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import ConfigError, EventRefused
from digest.events import verify

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
BODY = b'[{"event":"open"}]\r\n'
PRIVATE = ec.generate_private_key(ec.SECP256R1())


def der(private: ec.EllipticCurvePrivateKey) -> str:
    key = private.public_key()
    content = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(content).decode()


KEY = der(PRIVATE)


def signed(body: bytes = BODY, at: datetime = NOW) -> dict[str, str]:
    """The headers that SendGrid sends with a body."""
    timestamp = f"{at.timestamp():.0f}"
    content = PRIVATE.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))
    return {SIGNATURE: base64.b64encode(content).decode(), TIMESTAMP: timestamp}


@pytest.mark.needs("shared")
def test_a_payload_that_sendgrid_signed(shared: Path) -> None:
    """The package's own example verifies, and not with a byte more."""
    sample = json.loads((shared / "data/sendgrid/signed-webhook.json").read_text())
    headers = {SIGNATURE: sample["signature"], TIMESTAMP: sample["timestamp"]}
    at = datetime.fromtimestamp(int(sample["timestamp"]), UTC)
    body = sample["payload"].encode()
    verify(sample["public_key"], headers, body, at + timedelta(hours=24))
    with pytest.raises(EventRefused, match="wrong signature"):
        verify(sample["public_key"], headers, body + b"\n", at)


def test_names_of_headers_in_any_case() -> None:
    """HTTP/2 sends them in small letters."""
    verify(KEY, {name.lower(): value for name, value in signed().items()}, BODY, NOW)


@pytest.mark.parametrize("hours", [-2, 26])
def test_old_and_early_calls(hours: int) -> None:
    """SendGrid tries for 24 hours: what is older is somebody who plays it again."""
    with pytest.raises(EventRefused, match="25 hours"):
        verify(KEY, signed(at=NOW - timedelta(hours=hours)), BODY, NOW)


def test_another_key() -> None:
    """Signed by somebody else."""
    other = der(ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(EventRefused, match="webhook_public_key"):
        verify(other, signed(), BODY, NOW)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {SIGNATURE: signed()[SIGNATURE]},
        {TIMESTAMP: signed()[TIMESTAMP]},
        signed() | {SIGNATURE: ""},
        signed() | {SIGNATURE: "no base64"},
        signed() | {SIGNATURE: "AAAA"},
        signed() | {TIMESTAMP: "yesterday"},
        signed() | {TIMESTAMP: "-1"},
        signed() | {TIMESTAMP: "９"},
        signed() | {TIMESTAMP: "9" * 30},
    ],
)
def test_bad_headers(headers: Mapping[str, str]) -> None:
    """Whatever stands in them, it is one error of ours."""
    with pytest.raises(EventRefused):
        verify(KEY, headers, BODY, NOW)


@given(st.text(), st.text(), st.binary())
def test_any_headers(signature: str, timestamp: str, body: bytes) -> None:
    """Nothing raises anything else."""
    with pytest.raises(EventRefused):
        verify(KEY, {SIGNATURE: signature, TIMESTAMP: timestamp}, body, NOW)


@pytest.mark.parametrize(
    "key", ["", "no key", "AAAA", der(ec.generate_private_key(ec.SECP384R1()))]
)
def test_bad_keys(key: str) -> None:
    """A key that is none, or of another curve, is a setting to correct."""
    with pytest.raises(ConfigError, match="webhook_public_key"):
        verify(key, signed(), BODY, NOW)
