"""Which transports there are."""

from __future__ import annotations

from digest.config import Config
from digest.delivery.limits import check_settings
from digest.delivery.transport import Transport
from digest.errors import DeliveryError


def open_transport(name: str, config: Config) -> Transport:
    """The transport of that name (`outbox`, `sendgrid`, `smtp`), ready to send.

    Raises:
        DeliveryError: a setting that it needs is missing, or cannot be right.
    """
    check_settings(config)
    match name:
        case "outbox":
            from digest.delivery.outbox import Outbox

            return Outbox(config)
        case "sendgrid":
            from digest.delivery.sendgrid import SendGrid

            return SendGrid(config)
        case "smtp":
            from digest.delivery.smtp import Smtp

            return Smtp(config)
    raise DeliveryError(
        f"there is no transport {name!r}; there is outbox, sendgrid, smtp"
    )
