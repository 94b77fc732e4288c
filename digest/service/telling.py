"""Mail to the editor: what waits for them, and what went wrong; each once."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from digest.delivery.mail import Mail
from digest.pipeline import Desk
from subscribers import outgoing
from subscribers.address import parse_address


def tell_editor(connection: Connection, desk: Desk, subject: str, text: str) -> None:
    """Have a mail sent, with this transaction; to nobody where no editor is set."""
    newsletter = desk.config.newsletter
    if not newsletter.editor:
        return
    mail = Mail(
        to=newsletter.editor,
        subject=f"[{newsletter.name}] {subject}",
        text=f"{text}\n",
        headers={"Auto-Submitted": "auto-generated"},  # RFC 3834: no answers
        bypass_unsubscribe=True,
    )
    outgoing.put(
        connection,
        "mail",
        msgspec.json.encode(mail).decode(),
        key=parse_address(newsletter.editor).key,
        now=desk.clock(),
    )
