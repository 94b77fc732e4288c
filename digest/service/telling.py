"""Mail to the editor: what waits for them, and what went wrong; each once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from sqlalchemy import Connection

from digest.delivery.mail import Attachment, Mail
from digest.pipeline import Desk
from digest.schedule import parse_zone
from subscribers import outgoing
from subscribers.address import parse_address


def tell_editor(connection: Connection, desk: Desk, subject: str, text: str) -> None:
    """Have a mail sent, with this transaction; to nobody where no editor is set."""
    if desk.config.newsletter.editor:
        put(connection, desk, to_editor(desk, subject, text))


def about(issue: int | None, reason: str) -> str:
    """A reason, with the issue that it is about, named once."""
    if issue is None or reason.lower().startswith(f"issue {issue}:"):
        return reason[:1].upper() + reason[1:]
    return f"Issue {issue}: {reason}"


def clock_of(moment: datetime, zone: str) -> str:
    """A moment by the clocks of a zone, and by UTC where that differs."""
    local, utc = moment.astimezone(parse_zone(zone)), moment.astimezone(UTC)
    if not local.utcoffset():
        return f"{utc:%a %H:%M} UTC"
    return f"{local:%a %H:%M %Z} ({utc:%H:%M} UTC)"


def to_editor(
    desk: Desk,
    subject: str,
    text: str,
    *,
    html: str = "",
    attachments: Sequence[Attachment] = (),
) -> Mail:
    """A mail to whom `[newsletter] editor` names."""
    newsletter = desk.config.newsletter
    return Mail(
        to=newsletter.editor,
        subject=f"[{newsletter.name}] {subject}",
        text=f"{text}\n",
        html=html,
        attachments=tuple(attachments),
        headers={"Auto-Submitted": "auto-generated"},  # RFC 3834: no answers
        bypass_unsubscribe=True,
    )


def put(connection: Connection, desk: Desk, mail: Mail) -> None:
    """Have it sent, with this transaction."""
    outgoing.put(
        connection,
        "mail",
        msgspec.json.encode(mail).decode(),
        key=parse_address(mail.to).key,
        now=desk.clock(),
    )
