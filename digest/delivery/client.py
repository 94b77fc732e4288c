"""The package's client: who we are, and where SendGrid is."""

from __future__ import annotations

from urllib.parse import urlsplit

from sendgrid import SendGridAPIClient

from digest.config import Config
from digest.delivery.limits import is_loopback
from digest.errors import DeliveryError


def client_of(config: Config) -> SendGridAPIClient:
    """The package's client, with the key and the host of the settings.

    Raises:
        DeliveryError: there is no key, or the host must not be given it.
    """
    if not config.api_key:
        raise DeliveryError(
            "sendgrid.api_key is not set; set SENDGRID_API_KEY, or name a file "
            "with the key as sendgrid.api_key_file"
        )
    _check_host(config.sendgrid.host)
    return SendGridAPIClient(config.api_key, host=config.sendgrid.host.rstrip("/"))


def _check_host(host: str) -> None:
    """Raise DeliveryError for a host that the key must not be sent to."""
    parts = urlsplit(host)
    name = parts.hostname or ""
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(name))
    if not name or not safe or parts.username or parts.query or parts.fragment:
        raise DeliveryError(
            f"sendgrid.host: {parts.scheme}://{name} must be https://NAME; "
            "http only for a test server on this machine"
        )
