"""Mail as files: a rehearsal that shows what each person would get.

For each recipient an .eml that any mail program opens, and for each batch the
request that would go to SendGrid. Names come from attempt and recipient, so a
repetition overwrites.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

import msgspec

from digest.config import Config, Newsletter
from digest.delivery.personal import (
    one_line,
    unsubscribe_headers,
    values,
)
from digest.delivery.request import request_body
from digest.delivery.transport import Handover
from digest.errors import DeliveryError
from digest.model import AttemptState, Outcome, Placeholder
from subscribers.model import Recipient

#: stands for SendGrid's own unsubscribe page, which only SendGrid can name
#: (RFC 2606: nobody's address)
BY_SENDGRID = "https://unsubscribe-at-sendgrid.invalid/"


def _now() -> datetime:
    return datetime.now(UTC)


class Outbox:
    """Writes into the folder `[outbox] dir`."""

    name = "outbox"
    rehearsal = True
    stages = False

    def __init__(self, config: Config, now: Callable[[], datetime] = _now) -> None:
        self.folder = config.at(config.outbox.dir)
        self._config = config
        self._now = now

    def send(self, handover: Handover) -> Outcome:
        body = request_body(handover, self._config)
        pretty = msgspec.json.format(body, indent=2)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for person in handover.recipients:
                name = f"{handover.attempt}-{person.id}.eml"
                self._write(name, self._message(handover, person))
            self._write(f"{handover.attempt}.json", pretty)
        except OSError as error:
            raise DeliveryError(
                f"outbox.dir: cannot write {error.filename or self.folder}: "
                f"{error.strerror}"
            ) from error
        return Outcome(state=AttemptState.ACCEPTED)

    def staging(self) -> None:
        """Files are there at once."""

    def close(self) -> None:
        """Nothing is held open."""

    def _write(self, name: str, content: bytes) -> None:
        """All of a file or none of it: written beside, and renamed."""
        beside = self.folder / f".{name}.part"
        beside.write_bytes(content)
        beside.replace(self.folder / name)

    def _message(self, handover: Handover, person: Recipient) -> bytes:
        newsletter = self._config.newsletter
        found = values(newsletter, person, handover.email.tags)
        url = found.get(Placeholder.UNSUBSCRIBE_URL)
        headers = unsubscribe_headers(url) if url else {}
        message = _envelope(handover, newsletter, person)
        message["Date"] = format_datetime(self._now())
        email = handover.email.fill({Placeholder.UNSUBSCRIBE_URL: BY_SENDGRID, **found})
        message.set_content(email.text, cte="quoted-printable")
        message.add_alternative(email.html, subtype="html", cte="quoted-printable")
        # Python would fold a long URL into encoded words, which no reader undoes.
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return lines.encode() + message.as_bytes()


def _envelope(
    handover: Handover, newsletter: Newsletter, person: Recipient
) -> EmailMessage:
    """Who writes to whom about what; RFC 5322 lines, however long the subject."""
    sender = one_line(newsletter.from_name or newsletter.name)
    domain = newsletter.from_email.rpartition("@")[2]
    # a local part beyond ASCII needs RFC 6532, and no parser of addresses takes it
    local, _, host = person.email.rpartition("@")
    message = EmailMessage(policy=SMTP if person.email.isascii() else SMTPUTF8)
    message["From"] = Address(sender, addr_spec=newsletter.from_email)
    message["To"] = Address(one_line(person.name), username=local, domain=host)
    if newsletter.reply_to:
        message["Reply-To"] = newsletter.reply_to
    message["Subject"] = one_line(handover.email.subject)
    message["Message-ID"] = f"<{handover.attempt}.{person.id}@{domain}>"
    return message
