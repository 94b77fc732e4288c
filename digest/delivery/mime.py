"""A mail as its bytes: written once a campaign, and filled in for each person.

Both parts are quoted-printable. Where the e-mail has a tag, the line is broken softly
before and behind it (RFC 2045, section 6.7): a person's value has lines of its own,
and nothing around it is encoded anew.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from html import escape

from digest.config import Config, Newsletter
from digest.delivery.limits import check_address, check_handover, check_settings
from digest.delivery.personal import (
    check_token,
    greeting,
    one_line,
    pages,
    unsubscribe_headers,
)
from digest.delivery.transport import Handover
from digest.model import Email, Placeholder
from subscribers.model import Recipient

#: stands for SendGrid's own unsubscribe page, which only SendGrid can name
#: (RFC 2606: nobody's address)
BY_SENDGRID = "https://unsubscribe-at-sendgrid.invalid/"
#: `=_` is never in what is quoted-printable (RFC 2045, section 6.7)
BOUNDARY = "=_digest"
#: what stands in the written mail where people differ: the placeholder and the part
_SLOT = re.compile(rb"=_(\w+)\.(html|plain)=_")
#: the end of a line that is none
_SOFT_BREAK = b"=\r\n"
#: Names and addresses that stand in a header as they are, on one line of it: RFC 5322's
#: atoms, or rather what nobody reads differently.
_ATOMS = re.compile(r"[\w'-]{1,30}(?: [\w'-]{1,30}){0,2}", re.ASCII)
_DOT_ATOM = re.compile(r"[\w+-]+(?:\.[\w+-]+)*@[\w.-]+", re.ASCII)

_PART = """\
--{boundary}\r
Content-Type: text/{kind}; charset="utf-8"\r
Content-Transfer-Encoding: quoted-printable\r
\r
"""


class Messages:
    """The mails of a transport; what its e-mail's people share is kept."""

    def __init__(self, config: Config) -> None:
        check_settings(config)
        self._config = config
        self._mime: Mime | None = None

    def of(self, handover: Handover) -> Mime:
        """What the mails of a batch are made by.

        Raises:
            DeliveryError: the e-mail has an empty part, or something of a person reads
                as a tag of it.
        """
        check_handover(handover.email, handover.recipients)
        for person in handover.recipients:
            check_address(person)
        if self._mime is None or self._mime.email is not handover.email:
            self._mime = Mime(handover.email, self._config.newsletter)
        return self._mime


class Mime:
    """One e-mail as MIME, but for the person and the moment."""

    def __init__(self, email: Email, newsletter: Newsletter) -> None:
        self.email = email
        self._pages = pages(newsletter)
        self._domain = newsletter.from_email.rpartition("@")[2]
        self._head = _head(email, newsletter)
        pieces = _SLOT.split(_body(email))
        self._fixed = pieces[0::3]
        self._slots = [
            (Placeholder(name.decode()), kind == b"html")
            for name, kind in zip(pieces[1::3], pieces[2::3], strict=True)
        ]

    def message(self, person: Recipient, attempt: str, date: datetime) -> bytes:
        """One person's mail: RFC 5322, or RFC 6532 where the address is not ASCII.

        Raises:
            DeliveryError: their token means something else in an address.
        """
        values = self._values(person)
        lines = {
            "Message-ID": f"<{attempt}.{person.id}@{self._domain}>",
            "Date": format_datetime(date),
        }
        # Python would fold a long URL into encoded words, which no reader undoes.
        if self._pages:
            lines |= unsubscribe_headers(values[Placeholder.UNSUBSCRIBE_URL])
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        filled = {slot: _value(values[slot[0]], html=slot[1]) for slot in self._slots}
        body = [self._fixed[0]]
        for slot, fixed in zip(self._slots, self._fixed[1:], strict=True):
            body += (filled[slot], fixed)
        return b"".join((_to(person), head.encode(), self._head, *body))

    def _values(self, person: Recipient) -> dict[Placeholder, str]:
        if self._pages:
            check_token(person)
        name = greeting(one_line(person.name))
        return {
            Placeholder.UNSUBSCRIBE_URL: BY_SENDGRID,
            Placeholder.READER_TEXT: name,
            Placeholder.READER_HTML: name,
            **{each: page + person.token for each, page in self._pages.items()},
        }


def _head(email: Email, newsletter: Newsletter) -> bytes:
    """Who writes about what; lines of RFC 5322, however long the subject."""
    sender = one_line(newsletter.from_name or newsletter.name)
    addresses = newsletter.from_email + newsletter.reply_to
    message = EmailMessage(policy=SMTP if addresses.isascii() else SMTPUTF8)
    message["From"] = _address(sender, newsletter.from_email)
    if newsletter.reply_to:
        message["Reply-To"] = _address("", newsletter.reply_to)
    message["Subject"] = one_line(email.subject)
    message["MIME-Version"] = "1.0"
    kind = f'Content-Type: multipart/alternative; boundary="{BOUNDARY}"\r\n\r\n'
    return message.as_bytes().rstrip() + b"\r\n" + kind.encode()


def _body(email: Email) -> bytes:
    """Both parts, the plain one first (RFC 2046: the best one last)."""
    parts = [("plain", email.text), ("html", email.html)]
    written = [
        _PART.format(boundary=BOUNDARY, kind=kind).encode()
        + _with_slots(text, email, kind)
        for kind, text in parts
    ]
    return b"\r\n".join([*written, f"--{BOUNDARY}--\r\n".encode()])


def _with_slots(text: str, email: Email, kind: str) -> bytes:
    """A part's text, quoted-printable, with slots for the tags."""
    slots = {
        tag: f"=_{placeholder}.{kind}=_".encode()
        for placeholder, tag in email.tags.items()
    }
    if not slots:
        return _quoted(text)
    pieces = re.split(f"({'|'.join(map(re.escape, slots))})", text)
    return _SOFT_BREAK.join(slots.get(each) or _quoted(each) for each in pieces)


def _value(text: str, *, html: bool) -> bytes:
    return _quoted(escape(text) if html else text)


def _quoted(text: str) -> bytes:
    """Quoted-printable lines with CRLF; what follows may be a soft break."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return b2a_qp(lines.encode()).replace(b"\n", b"\r\n")


def _to(person: Recipient) -> bytes:
    """The header that names the person."""
    name = one_line(person.name)
    if len(person.email) < 200 and _DOT_ATOM.fullmatch(person.email):
        if not name:
            return f"To: {person.email}\r\n".encode()
        if _ATOMS.fullmatch(name):
            return f"To: {name}\r\n <{person.email}>\r\n".encode()
    message = EmailMessage(policy=SMTP if person.email.isascii() else SMTPUTF8)
    message["To"] = _address(name, person.email)
    return message.as_bytes().rstrip() + b"\r\n"


def _address(name: str, email: str) -> Address:
    # a local part beyond ASCII needs RFC 6532, and no parser of addresses takes it
    local, _, domain = email.rpartition("@")
    return Address(name, username=local, domain=domain)
