"""The one function of this room: an Issue becomes an Email, the same for everybody."""

from __future__ import annotations

import re
from pathlib import Path

from digest.config import Look, Newsletter
from digest.errors import RenderError
from digest.model import Email, Finding, Issue, Placeholder, Severity
from digest.rendering.gate import Gate, disarm
from digest.rendering.html import to_html
from digest.rendering.lint import lint
from digest.rendering.templates import fill, trace
from digest.rendering.view import View, view

#: the look; a folder of the templates
LOOK = "editorial"
MJML = f"{LOOK}/issue.mjml.j2"
#: a nonce that no text holds, for what is not sent
_NOWHERE = "\ufdd4"
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
    return Email(
        subject=disarm(gate.text(issue.subject)),
        preheader=page.preheader,
        html=_html(page, templates),
        text=disarm(fill(f"{LOOK}/issue.txt.j2", page, templates)) + "\n",
        tags={Placeholder.UNSUBSCRIBE_URL: tag},
    )


def _html(page: View, templates: Path | None) -> str:
    mjml = fill(MJML, page, templates)
    try:
        return to_html(mjml, MJML)
    except RenderError as error:
        origins = trace(MJML, page, templates)
        for fault in lint(origins.text):
            if fault.breaks:
                place = origins.at(fault.position)
                reason = f"{place}: {fault.message}; {fault.help}"
                raise RenderError(reason) from error
        raise


def lint_templates(
    issue: Issue, newsletter: Newsletter, look: Look, templates: Path
) -> list[Finding]:
    """What is wrong in the MJML that a folder of templates makes of this issue.

    Raises:
        RenderError: a template cannot be filled at all.
    """
    page = view(issue, newsletter, look, gate=Gate(_NOWHERE), unsubscribe="-x-")
    origins = trace(MJML, page, templates)
    found = {
        (origins.at(fault.position), fault.message): fault.help
        for fault in lint(origins.text)
    }
    return [
        Finding(
            check="template",
            severity=Severity.WARNING,
            message=message,
            where=place,
            help=hint,
        )
        for (place, message), hint in found.items()
    ]
