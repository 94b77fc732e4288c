"""Trying on oneself what SendGrid's cancel does to mail that comes after it.

That it stops such mail is likely, and not documented (assumption A1 of
design/delivery.md): we wait long enough not to need it. Who knows it for their account
knows that even a process frozen for an hour mails nobody twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.config import Config
from digest.delivery.account import Account
from digest.delivery.mail import Mail, mail_request
from digest.delivery.scheduling import Scheduling
from digest.errors import DeliveryError

#: later than SendGrid's cut-off, with time to spare
AHEAD = timedelta(minutes=15)
TEXT = (
    "This mail was handed over after its cancellation. That you read it means: at "
    "SendGrid, a cancel does not stop what comes after it. Nothing is to be done.\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A mail that should not arrive, and when it would."""

    to: str
    send_at: datetime


def probe(config: Config, address: str) -> Probe:
    """Cancel an id, and hand over a mail to oneself under it.

    Raises:
        TryAgain: SendGrid does not answer, or takes no calls for now.
        DeliveryError: there is no key, or SendGrid refuses.
    """
    account = Account(config)
    scheduling = Scheduling(account)
    provider_id = scheduling.new_id()
    cancelled = scheduling.cancel(provider_id)
    if cancelled.proof is None:
        raise DeliveryError(f"SendGrid does not cancel: {cancelled.reason}")
    send_at = cancelled.proof + AHEAD
    mail = Mail(to=address, subject="Probe of a cancelled mail", text=TEXT)
    request = mail_request(mail, config)
    reply = account.send(
        {**request, "batch_id": provider_id, "send_at": int(send_at.timestamp())}
    )
    if not reply.ok:
        raise DeliveryError(f"SendGrid refuses the probe: {reply.reason}")
    return Probe(to=address, send_at=send_at)
