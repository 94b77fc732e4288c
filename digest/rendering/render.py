"""The one function of this room: an Issue becomes an Email, the same for everybody."""

from __future__ import annotations

import re
from pathlib import Path

from digest.config import Look, Newsletter
from digest.model import Email, Issue, Placeholder
from digest.rendering.gate import Gate, disarm
from digest.rendering.html import to_html
from digest.rendering.templates import fill
from digest.rendering.view import view

#: the look; a folder of the templates
LOOK = "editorial"
_NONCE = re.compile(r"[0-9a-f]{8,}")


def render(
    issue: Issue,
    newsletter: Newsletter,
    look: Look,
    *,
    nonce: str,
    templates: Path | None = None,
) -> Email:
    """The issue set as an e-mail: HTML, plain text, and tags where people differ.

    `nonce` is 8 or more random hexadecimal digits in lower case; the tags carry
    them. A file in `templates` takes the place of ours of the same name. Reads
    templates, does nothing else.

    Raises:
        RenderError: an error in a template, a colour that is none, or a text
            in which the nonce occurs.
    """
    if not _NONCE.fullmatch(nonce):
        raise ValueError(f"a nonce is 8 or more of 0-9 and a-f, not {nonce!r}")
    gate = Gate(nonce)
    # Only letters, digits and hyphens: valid for SendGrid, and unchanged by
    # HTML, URLs, lxml and premailer alike.
    tag = f"-dg{nonce}unsub-"
    page = view(issue, newsletter, look, gate=gate, unsubscribe=tag)
    name = f"{LOOK}/issue.mjml.j2"
    return Email(
        subject=disarm(gate.text(issue.subject)),
        preheader=page.preheader,
        html=to_html(fill(name, page, templates), name),
        text=disarm(fill(f"{LOOK}/issue.txt.j2", page, templates)) + "\n",
        tags={Placeholder.UNSUBSCRIBE_URL: tag},
    )
