"""The one function of this room: an Issue becomes an Email, the same for everybody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from digest.config import Look, Newsletter
from digest.model import Email, Issue, Placeholder
from digest.rendering.fitting import fitted
from digest.rendering.gate import Gate, disarm
from digest.rendering.html import to_html
from digest.rendering.templates import fill
from digest.rendering.view import View, view

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
    them. A file in `templates` takes the place of ours of the same name. The last
    stories get less room, or only a link, where the HTML would be clipped. Reads
    templates, does nothing else.

    Raises:
        RenderError: an error in a template, a colour that is none, or a text
            in which the nonce occurs.
    """
    if not _NONCE.fullmatch(nonce):
        raise ValueError(f"a nonce is 8 or more of 0-9 and a-f, not {nonce!r}")
    gate, tags = Gate(nonce), _tags(nonce, newsletter)
    page = view(issue, newsletter, look, gate=gate, tags=tags)
    name = f"{look.template}/issue.mjml.j2"

    def html_of(arranged: View) -> str:
        return to_html(fill(name, arranged, templates), name)

    html = fitted(page, look.rows, html_of)
    text = disarm(fill(f"{look.template}/issue.txt.j2", page, templates)) + "\n"
    return Email(
        subject=disarm(gate.text(issue.subject)),
        preheader=page.preheader,
        html=html,
        text=text,
        tags={each: tag for each, tag in tags.items() if tag in html or tag in text},
    )


#: short forms of what differs per person
_SHORT = {
    Placeholder.UNSUBSCRIBE_URL: "unsub",
    Placeholder.PREFERENCES_URL: "prefs",
    Placeholder.READER_TEXT: "namet",
    Placeholder.READER_HTML: "nameh",
}


def _tags(nonce: str, newsletter: Newsletter) -> Mapping[Placeholder, str]:
    """What stands for each placeholder; preferences have a page of ours only.

    Only letters, digits and hyphens: valid for SendGrid, and unchanged by HTML,
    URLs, lxml and premailer alike.
    """
    tags = {each: f"-dg{nonce}{short}-" for each, short in _SHORT.items()}
    if newsletter.unsubscribe_by != "own":
        del tags[Placeholder.PREFERENCES_URL]
    return tags
