"""One mail to one person: what a row of `outgoing` holds, and how it leaves.

It is no issue: nothing in it is counted, and no page of SendGrid's is in its place.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Any

import msgspec

from digest.config import Config, Newsletter
from digest.delivery.personal import inert, one_line, shown_name
from digest.errors import DeliveryError
from subscribers.address import parse_address
from subscribers.errors import InvalidAddress
from subscribers.model import Recipient

#: RFC 5322 3.6.8
HEADER = re.compile(r"[!-9;-~]+")


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a mail; `content` is base64. An inline one is shown in its HTML, as
    `cid:` and its name."""

    name: str
    type: str
    content: str
    inline: bool = False


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of the kind `mail`; `to` is an address."""

    to: str
    subject: str
    name: str = ""
    html: str = ""
    text: str = ""
    headers: dict[str, str] = {}
    attachments: tuple[Attachment, ...] = ()
    #: it was asked for, so that who unsubscribed at SendGrid gets it nevertheless
    bypass_unsubscribe: bool = False


def mail_request(mail: Mail, config: Config) -> dict[str, Any]:
    """The JSON of `POST /v3/mail/send` for one mail.

    Raises:
        DeliveryError: there is no sender.
    """
    person = Recipient(id=0, email=mail.to, name=mail.name, token="")
    name = shown_name(person)
    to = {"email": mail.to, "name": name} if name else {"email": mail.to}
    personal: dict[str, Any] = {"to": [to]}
    if mail.headers:
        personal["headers"] = mail.headers
    parts = {"text/plain": mail.text, "text/html": mail.html}
    request = {
        "personalizations": [personal],
        **_sender(config.newsletter),
        "subject": inert(one_line(mail.subject)),
        "content": [
            {"type": kind, "value": inert(part)} for kind, part in parts.items() if part
        ],
        # a link in it works once: nothing may rewrite it, or click on it
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
            "ganalytics": {"enable": False},
        },
    }
    if mail.attachments:
        request["attachments"] = [_attached(each) for each in mail.attachments]
    if mail.bypass_unsubscribe:
        bypass = {"bypass_unsubscribe_management": {"enable": True}}
        request["mail_settings"] = bypass
    if config.sendgrid.ip_pool:
        request["ip_pool_name"] = config.sendgrid.ip_pool
    return request


def _attached(file: Attachment) -> dict[str, str]:
    """As the JSON of mail/send has it."""
    found = {"content": file.content, "type": file.type, "filename": file.name}
    if file.inline:
        return {**found, "disposition": "inline", "content_id": file.name}
    return {**found, "disposition": "attachment"}


def mail_file(mail: Mail, config: Config, now: datetime) -> bytes:
    """The mail as an .eml, which any mail program opens.

    Raises:
        DeliveryError: there is no sender.
        ValueError: what it holds is no address, or no header.
    """
    sender = _sender(config.newsletter)
    try:
        return _written(mail, sender, now)
    except (InvalidAddress, MessageError) as error:
        raise ValueError(str(error)) from error


def _written(mail: Mail, sender: Mapping[str, Any], now: datetime) -> bytes:
    to = parse_address(mail.to).display
    # only RFC 6532 has a place for a local part that is not ASCII
    message = EmailMessage(policy=SMTP if to.isascii() else SMTPUTF8)
    message["From"] = Address(sender["from"]["name"], addr_spec=sender["from"]["email"])
    local, _, domain = to.rpartition("@")
    message["To"] = Address(one_line(mail.name), username=local, domain=domain)
    if "reply_to" in sender:
        message["Reply-To"] = sender["reply_to"]["email"]
    message["Subject"] = one_line(mail.subject)
    message["Date"] = format_datetime(now)
    for name, value in mail.headers.items():
        if not HEADER.fullmatch(name):
            raise ValueError(f"{name[:60]!a} is no header")
        message[name] = one_line(value)
    message.set_content(mail.text, cte="quoted-printable")
    if mail.html:
        message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    for each in mail.attachments:
        _attach(message, each)
    return message.as_bytes()


def _attach(message: EmailMessage, file: Attachment) -> None:
    main, _, sub = file.type.partition("/")
    content = b64decode(file.content)
    if file.inline and (html := message.get_body(("html",))):
        html.add_related(content, main, sub, cid=f"<{file.name}>", filename=file.name)
    else:
        message.add_attachment(content, main, sub, filename=file.name)


def _sender(newsletter: Newsletter) -> dict[str, Any]:
    if not newsletter.from_email:
        raise DeliveryError(
            "newsletter.from_email is not set (the address that the mail comes from); "
            "set it in digest.toml"
        )
    name = one_line(newsletter.from_name or newsletter.name)
    sender: dict[str, Any] = {"from": {"email": newsletter.from_email, "name": name}}
    if newsletter.reply_to:
        sender["reply_to"] = {"email": newsletter.reply_to}
    return sender
