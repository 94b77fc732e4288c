"""What differs per person: their name, their unsubscribe page, their headers."""

from __future__ import annotations

import re

from digest.config import Newsletter
from digest.errors import DeliveryError
from digest.model import Placeholder
from subscribers.model import Recipient

#: names in which there is nothing to look at: nearly all, so it is worth the line
_PLAIN_NAME = re.compile(r"[\w'.-]+(?: [\w'.-]+)*")
#: reads the same in HTML, in text and in a header: RFC 3986's unreserved characters
_TOKEN = re.compile(r"[\w.~-]{1,500}", re.ASCII)
#: SendGrid refuses names with these ("Mail Send limitations")
_NAME = str.maketrans({";": " ", ",": " "})
#: A character without width that may not be broken at: it keeps what looks like
#: a tag of SendGrid's from being one, and the reader does not see it.
WORD_JOINER = "\N{WORD JOINER}"
#: how `<%…%>` and `[unsubscribe]` begin: its docs, "Subscription tracking"
_TAG = re.compile(r"(?:<|&lt;)(?=%)|\[(?=(?i:unsubscribe)\])")


def one_line(text: str) -> str:
    """White space and control characters as single spaces: a header is one line."""
    if not text.isprintable():
        text = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(text.split())


def inert(text: str) -> str:
    """Text in which nothing is a tag of SendGrid's, whoever wrote it."""
    return _TAG.sub(rf"\g<0>{WORD_JOINER}", text)


def shown_name(person: Recipient) -> str:
    """Their name as SendGrid takes it; empty if there is none."""
    if _PLAIN_NAME.fullmatch(person.name):
        return person.name
    return one_line(inert(person.name).translate(_NAME))


def greeting(name: str) -> str:
    """What stands for the reader's name: with it a space, without it nothing."""
    return f" {name}" if name else ""


def pages(newsletter: Newsletter) -> dict[Placeholder, str]:
    """The pages of our own, each without the person's token at its end.

    With the token it is the same text in HTML, in plain text and in a header, so one
    tag with one value serves all three; a name needs an escaped form of its own.
    None where SendGrid has its page.
    """
    if newsletter.unsubscribe_by != "own":
        return {}
    base = newsletter.base_url.rstrip("/")
    return {
        Placeholder.UNSUBSCRIBE_URL: f"{base}/u/",
        Placeholder.PREFERENCES_URL: f"{base}/p/",
    }


def check_token(person: Recipient) -> None:
    """Raise DeliveryError for a token that would mean more than itself."""
    if not _TOKEN.fullmatch(person.token):
        raise DeliveryError(
            f"subscriber {person.id}: the token {person.token[:40]!r} holds "
            "characters that mean something else in an address"
        )


def unsubscribe_headers(url: str) -> dict[str, str]:
    """For the reader's mail program: one click, one POST (RFC 2369, RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
