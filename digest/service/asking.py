"""The mail that asks an editor to approve an issue: its pictures, its web version."""

from __future__ import annotations

import base64
import re
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

from digest.delivery.mail import Attachment, Mail
from digest.errors import MissingTool, UsageError
from digest.model import Email
from digest.pipeline import SAMPLE, Desk
from digest.service.telling import to_editor

_LINK = re.compile(r"https?://\S+")


def question(
    desk: Desk, *, subject: str, issue: int, email: Email, link: str, until: str
) -> Mail | None:
    """The mail; None where no editor is set. `link` is where the button is, if any;
    `until` says how long it waits, and what comes then.

    It takes seconds to draw the pictures. Where they cannot be drawn, it says why.
    """
    if not desk.config.newsletter.editor:
        return None
    html = email.fill(SAMPLE).html
    pictures, reason = _pictures(html)
    text = _text(issue, link, until, reason)
    web_version = _attachment("email.html", "text/html", html.encode())
    return to_editor(
        desk,
        subject,
        text,
        html=_html(text, pictures),
        attachments=(*pictures, web_version),
    )


def _text(issue: int, link: str, until: str, reason: str) -> str:
    ways = [f"Look at it:     digest preview {issue}"]
    ways += [f"or on the web:  {link}/email"] if link else []
    ways += [f"Approve it:     digest approve {issue}"]
    ways += [f"or by a button: {link}"] if link else []
    without = ["", f"Without pictures: {reason}"] if reason else []
    opening = f"Issue {issue} is built, and waits for you."
    return "\n".join([opening, until, "", *ways, *without])


def _pictures(html: str) -> tuple[Sequence[Attachment], str]:
    """What it looks like on a phone, on a desk and in the dark, or why that is not
    known."""
    from digest.web.preview.screenshots import FEW, take

    with tempfile.TemporaryDirectory(prefix="digest-") as folder:
        try:
            files = take(html, Path(folder), FEW)
        except (MissingTool, UsageError) as error:
            return (), str(error)
        drawn = [(file.name, file.read_bytes()) for file in files]
    return [_attachment(name, "image/png", content) for name, content in drawn], ""


def _attachment(name: str, type: str, content: bytes) -> Attachment:
    return Attachment(
        name=name,
        type=type,
        content=base64.b64encode(content).decode(),
        inline=type.startswith("image/"),
    )


def _html(text: str, pictures: Sequence[Attachment]) -> str:
    """The same, with links to press, and the pictures below."""
    words = _LINK.sub(r'<a href="\g<0>">\g<0></a>', escape(text))
    drawn = "".join(
        f'<p><img src="cid:{each.name}" alt="{escape(each.name)}" '
        'style="max-width:100%;border:1px solid #ccc"></p>'
        for each in pictures
    )
    style = "font:15px/1.6 monospace;white-space:pre-wrap"
    return f'<!doctype html><body><pre style="{style}">{words}</pre>{drawn}</body>'
