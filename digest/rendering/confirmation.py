"""The mail that asks somebody whether they want the newsletter, in its looks.

Also the one that says they have it already. No name, no counted link, nothing from
outside but the settings: whoever filled in the form, it says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digest.config import Look, Newsletter
from digest.model import Email, Placeholder
from digest.rendering.confirmation_words import WORDS
from digest.rendering.gate import Gate, disarm
from digest.rendering.html import to_html
from digest.rendering.templates import fill
from digest.rendering.view import LookView, look_view
from digest.rendering.words import direction

MJML, TEXT = "mail/confirmation.mjml.j2", "mail/confirmation.txt.j2"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailView:
    """A mail of a few lines as a template sees it; with a link, or without."""

    name: str
    title: str
    preheader: str
    language: str
    direction: str
    heading: str
    lines: tuple[str, ...]
    #: what a link does, and what stands for it; empty without one
    button: str = ""
    url: str = ""
    instead: str = ""
    notes: tuple[str, ...] = ()
    postal_address: str
    look: LookView

    @property
    def start(self) -> str:
        return "right" if self.direction == "rtl" else "left"

    def names(self, *, plain: bool) -> dict[str, object]:
        """What a template calls the parts of this; the frame speaks of an issue."""
        return {"mail": self, "issue": self, "look": self.look}


def confirmation(
    newsletter: Newsletter,
    look: Look,
    *,
    asking: bool,
    days: int,
    nonce: str,
    templates: Path | None = None,
) -> Email:
    """The mail that asks, with a tag for the link; or says that there is no need.

    The link is good for `days`. `nonce` and `templates` are those of `render`.

    Raises:
        RenderError: an error in a template, or a colour that is none.
    """
    url = f"-dg{nonce}confirm-" if asking else ""
    page = _view(newsletter, look, Gate(nonce), url, days)
    html = to_html(fill(MJML, page, templates), MJML)
    text = disarm(fill(TEXT, page, templates)) + "\n"
    return Email(
        subject=disarm(page.title),
        preheader=page.preheader,
        html=html,
        text=text,
        tags={Placeholder.CONFIRM_URL: url} if url else {},
    )


def _view(
    newsletter: Newsletter, look: Look, gate: Gate, url: str, days: int
) -> MailView:
    language = _spoken(newsletter.language)
    words = WORDS[language.split("-")[0]]
    name = gate.text(newsletter.name)
    asked = words.asked.format(name=name)
    says: dict[str, Any] = (
        {
            "title": words.subject.format(name=name),
            "heading": words.heading,
            "lines": (asked,),
            "button": words.button,
            "url": url,
            "instead": words.instead,
            "notes": (words.lasts.format(days=days), words.ignore),
        }
        if url
        else {
            "title": words.already_subject.format(name=name),
            "heading": words.already_heading,
            "lines": (asked, words.already),
        }
    )
    return MailView(
        name=name,
        preheader=asked,
        language=language,
        direction=look.direction or direction(language),
        postal_address=gate.text(newsletter.postal_address),
        look=look_view(look, gate),
        **says,
    )


def _spoken(language: str) -> str:
    """The language's tag, or English where we have no words of it."""
    tag = language.lower().replace("_", "-")
    return tag if tag.split("-")[0] in WORDS else "en"
