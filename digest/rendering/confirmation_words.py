"""What single mails to readers say, in each language; the toml beside has it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationWords:
    """One language's words; in a pattern, braces hold what is filled in."""

    #: of the mail that asks
    subject: str
    heading: str
    asked: str
    button: str
    instead: str
    lasts: str
    ignore: str
    #: of the mail to somebody who is subscribed already
    already_subject: str
    already_heading: str
    already: str
    #: how long a link is good of the two below
    hour: str
    #: of the mail with the link to what is kept about somebody
    own_subject: str
    own_heading: str
    own: str
    own_button: str
    own_ignore: str
    #: of the mail to an address that somebody wants to have theirs at
    move_subject: str
    move_heading: str
    move: str
    move_button: str
    move_ignore: str


_TABLE = Path(__file__).with_name("confirmation_words.toml")
WORDS = {
    language: ConfirmationWords(**words)
    for language, words in tomllib.loads(_TABLE.read_text("utf-8")).items()
}
