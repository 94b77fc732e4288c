"""Mail to the editor: what waits for them, and what went wrong; each once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from digest.delivery.mail import Attachment, Mail
from digest.pipeline import Desk
from subscribers import outgoing
from subscribers.address import parse_address


def tell_editor(connection: Connection, desk: Desk, subject: str, text: str) -> None:
    """Have a mail sent, with this transaction; to nobody where no editor is set."""
    if desk.config.newsletter.editor:
        put(connection, desk, to_editor(desk, subject, text))


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
