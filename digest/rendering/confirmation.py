"""Single mails to a reader, in the newsletter's looks: the one that asks whether they
want it, and its like.

No name, no counted link, nothing from outside but the settings: whoever filled in a
form, it says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from digest.config import Look, Newsletter
from digest.model import Email, Placeholder
from digest.rendering.confirmation_words import WORDS, ConfirmationWords
from digest.rendering.gate import Gate, disarm
from digest.rendering.html import to_html
from digest.rendering.templates import fill
from digest.rendering.view import LookView, look_view
from digest.rendering.words import direction
from subscribers.model import LetterKind

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
    kind: LetterKind = LetterKind.ASKING,
    language: str = "",
    days: int,
    nonce: str,
    templates: Path | None = None,
) -> Email:
    """The mail of a kind, with a tag for its link; one that only tells has none.

    `language` is the reader's, else it is the newsletter's. The link of a question is
    good for `days`. `nonce` and `templates` are those of `render`.

    Raises:
        RenderError: an error in a template, or a colour that is none.
    """
    url = "" if kind is LetterKind.TELLING else f"-dg{nonce}confirm-"
    spoken = _spoken(language, newsletter.language)
    gate, words = Gate(nonce), WORDS[spoken.split("-")[0]]
    says = _says(kind, words, gate.text(newsletter.name), days)
    page = _view(newsletter, look, gate, says, language=spoken, url=url)
    html = to_html(fill(MJML, page, templates), MJML)
    text = disarm(fill(TEXT, page, templates)) + "\n"
    return Email(
        subject=disarm(page.title),
        preheader=page.preheader,
        html=html,
        text=text,
        tags={Placeholder.CONFIRM_URL: url} if url else {},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Says:
    """What a mail says, but for its link and its frame."""

    title: str
    heading: str
    lines: tuple[str, ...]
    button: str = ""
    instead: str = ""
    notes: tuple[str, ...] = ()


def _says(kind: LetterKind, words: ConfirmationWords, name: str, days: int) -> _Says:
    """The words of a kind of mail."""
    asked = words.asked.format(name=name)
    match kind:
        case LetterKind.TELLING:
            return _Says(
                title=words.already_subject.format(name=name),
                heading=words.already_heading,
                lines=(asked, words.already),
            )
        case LetterKind.OWN:
            return _Says(
                title=words.own_subject.format(name=name),
                heading=words.own_heading,
                lines=(words.own.format(name=name),),
                button=words.own_button,
                instead=words.instead,
                notes=(words.hour, words.own_ignore),
            )
        case LetterKind.MOVE:
            return _Says(
                title=words.move_subject.format(name=name),
                heading=words.move_heading,
                lines=(words.move.format(name=name),),
                button=words.move_button,
                instead=words.instead,
                notes=(words.hour, words.move_ignore),
            )
        case LetterKind.ASKING:
            return _Says(
                title=words.subject.format(name=name),
                heading=words.heading,
                lines=(asked,),
                button=words.button,
                instead=words.instead,
                notes=(words.lasts.format(days=days), words.ignore),
            )


def _view(
    newsletter: Newsletter, look: Look, gate: Gate, says: _Says, **given: str
) -> MailView:
    """What a template sees; `given` are the mail's language and its link."""
    return MailView(
        name=gate.text(newsletter.name),
        title=says.title,
        preheader=says.lines[0],
        direction=look.direction or direction(given["language"]),
        heading=says.heading,
        lines=says.lines,
        button=says.button,
        instead=says.instead,
        notes=says.notes,
        postal_address=gate.text(newsletter.postal_address),
        look=look_view(look, gate),
        **given,
    )


def _spoken(*languages: str) -> str:
    """The tag of the first language that we have words of, or English."""
    tags = (language.lower().replace("_", "-") for language in languages)
    return next((tag for tag in tags if tag.split("-")[0] in WORDS), "en")
