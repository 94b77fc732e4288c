"""What stands above a mail: each header that is handed over, and what is added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.parser import BytesHeaderParser
from email.policy import default
from email.utils import formataddr

import msgspec

from digest.config import Config
from digest.delivery import Handover, request_body
from digest.delivery.mime import Messages
from digest.model import Email
from subscribers.model import Recipient

#: stands for the id of a hand-over
ATTEMPT = "attempt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A line above a mail; `note` where the value is not ours, or each mail's own."""

    name: str
    value: str
    note: str = ""


def headers(
    email: Email, config: Config, reader: Recipient, now: datetime
) -> list[Header]:
    """The headers of one reader's mail, by the transport that the settings choose.

    Raises:
        DeliveryError: no mail can be made by these settings, or for this reader.
    """
    handover = Handover(attempt=ATTEMPT, email=email, recipients=(reader,))
    made = _by_sendgrid if config.transport_name == "sendgrid" else _of_ours
    return list(made(handover, config, now))


_OWN = {"Message-ID": "each mail's own", "Date": "when it is handed over"}


def _of_ours(handover: Handover, config: Config, now: datetime) -> Iterator[Header]:
    """As smtp hands it over, and the outbox writes it."""
    mime = Messages(config).of(handover)
    message = mime.message(handover.recipients[0], handover.attempt, now)
    for name, value in BytesHeaderParser(policy=default).parsebytes(message).items():
        yield Header(name=name, value=str(value), note=_OWN.get(name, ""))


#: https://www.twilio.com/docs/sendgrid/ui/account-and-settings
_ADDED = {
    "Message-ID": "SendGrid's, each mail's own",
    "Date": "SendGrid's, when it goes out",
    "Return-Path": "SendGrid's, where bounces go",
    "DKIM-Signature": "SendGrid's; your domain's where it is authenticated there",
}


def _by_sendgrid(handover: Handover, config: Config, _: datetime) -> Iterator[Header]:
    """As the request has it; the rest SendGrid adds."""
    request = msgspec.json.decode(request_body(handover, config))
    person = request["personalizations"][0]
    named = {"From": request["from"], "To": person["to"][0]}
    if "reply_to" in request:
        named["Reply-To"] = request["reply_to"]
    for name, to in named.items():
        yield Header(name=name, value=formataddr((to.get("name", ""), to["email"])))
    yield Header(name="Subject", value=request["subject"])
    for name, value in person.get("headers", {}).items():
        yield Header(name=name, value=value)
    if config.newsletter.unsubscribe_by == "sendgrid":
        for name in ("List-Unsubscribe", "List-Unsubscribe-Post"):
            yield Header(name=name, value="", note="SendGrid's, of its own page")
    for name, note in _ADDED.items():
        yield Header(name=name, value="", note=note)
