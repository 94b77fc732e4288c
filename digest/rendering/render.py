"""The one function of this room: an Issue becomes an Email, the same for everybody."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path

from digest.config import Look, Newsletter
from digest.errors import RenderError
from digest.model import Email, Finding, Issue, Placeholder, Severity
from digest.rendering.branches import Condition, watching
from digest.rendering.fitting import Room, arranged, fitted, room
from digest.rendering.gate import Gate, disarm
from digest.rendering.html import to_html
from digest.rendering.lint import lint
from digest.rendering.templates import fill, source_of, trace
from digest.rendering.view import View, view

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
    whole: bool = False,
) -> Email:
    """The issue set as an e-mail: HTML, plain text, and tags where people differ.

    `nonce` is 8 or more random hexadecimal digits in lower case; the tags carry
    them. A file in `templates` takes the place of ours of the same name. The last
    stories get less room, or only a link, where the HTML would be clipped. Reads
    templates, does nothing else. With `whole` there is room for all stories, as on a
    web page.

    Raises:
        RenderError: an error in a template, a colour that is none, or a text
            in which the nonce occurs.
    """
    if not _NONCE.fullmatch(nonce):
        raise ValueError(f"a nonce is 8 or more of 0-9 and a-f, not {nonce!r}")
    gate, tags = Gate(nonce), _tags(nonce, newsletter)
    page = view(issue, newsletter, look, gate=gate, tags=tags)
    if whole:
        page = arranged(page, room(page, look.rows, math.inf))
        html = _html(page, look, templates)
    else:
        html = fitted(page, look.rows, lambda some: _html(some, look, templates))
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


def _mjml(look: Look) -> str:
    return f"{look.template}/issue.mjml.j2"


def _html(page: View, look: Look, templates: Path | None) -> str:
    name = _mjml(look)
    mjml = fill(name, page, templates)
    try:
        return to_html(mjml, name)
    except RenderError as error:
        origins = trace(name, page, templates)
        for fault in lint(origins.text):
            if fault.breaks:
                place = origins.at(fault.position)
                reason = f"{place}: {fault.message}; {fault.help}"
                raise RenderError(reason) from error
        raise


def branches(
    issue: Issue,
    newsletter: Newsletter,
    look: Look,
    *,
    nonce: str,
    templates: Path | None = None,
    turned: Mapping[str, bool] | None = None,
) -> tuple[Email, list[Condition]]:
    """As `render`, with the conditions of its templates; those of `turned` are so.

    Raises:
        RenderError: as of `render`; also where a template can't do with what is turned.
    """
    with watching(turned) as watch:
        email = render(issue, newsletter, look, nonce=nonce, templates=templates)
    return email, watch.conditions(lambda name: source_of(name, templates))


def lint_templates(
    issue: Issue, newsletter: Newsletter, look: Look, templates: Path
) -> list[Finding]:
    """What is wrong in the MJML that a folder of templates makes of this issue.

    Raises:
        RenderError: a template cannot be filled at all.
    """
    tags = _tags("", newsletter)
    page = view(issue, newsletter, look, gate=Gate(_NOWHERE), tags=tags)
    # some of every form, and some left out: each part is looked at
    full = max(1, len(page.stories) - 3)
    page = arranged(page, Room(full=full, compact=1, titles=1))
    origins = trace(_mjml(look), page, templates)
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
