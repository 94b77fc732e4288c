"""The line of an inbox: sender, subject and preview text as clients cut them.

Clients cut at a width in pixels and not at a letter, so what is here is about where an
ordinary text is cut, at the usual size of letters. Who counted is named with each:
emailtooltester.com ("Email subject lines character limit", on an iPhone 14),
themarketer.com ("How long should your preview texts be"), theorchardagency.com.au
("Subject line length and open rates"), typecount.com ("Email subject line length").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from digest.web.preview.source import tree

#: what stands between letters and is not seen: blanks of all kinds, joiners, marks
_UNSEEN = re.compile(
    r"[\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u206f\u3000\ufeff]+"
)
#: texts of a body, but for what is none, and elements that stand apart from others
_READ = "descendant::text()[not(ancestor::style or ancestor::script)]"
_BLOCKS = frozenset(
    "div p h1 h2 h3 h4 h5 h6 ul ol li table tbody tr td th br blockquote hr".split()
)
#: characters; no client shows more
MOST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """A client's list of mails: about how many characters of each it shows."""

    name: str
    #: how it is set: in one line, or in lines under one another
    form: str
    sender: int
    subject: int
    snippet: int
    source: str


_ORCHARD = "theorchardagency.com.au, themarketer.com"
INBOXES: Sequence[Inbox] = (
    Inbox(name="Gmail in a browser", form="line", sender=20, subject=70, snippet=97,
          source=_ORCHARD),
    Inbox(name="Gmail on a phone", form="lines", sender=25, subject=40, snippet=90,
          source="typecount.com, themarketer.com"),
    Inbox(name="Apple Mail on an iPhone", form="lines", sender=28, subject=48,
          snippet=99, source="emailtooltester.com, on an iPhone 14"),
    Inbox(name="Apple Mail on a Mac", form="lines", sender=28, subject=64, snippet=140,
          source="typecount.com, themarketer.com"),
    Inbox(name="Outlook on Windows", form="lines", sender=25, subject=54, snippet=35,
          source=_ORCHARD),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A text as far as it is shown, and what is not."""

    shown: str
    rest: str

    @classmethod
    def at(cls, text: str, most: int) -> Cut:
        """The text, cut so that an ellipsis still fits; blanks are not shown."""
        text = " ".join(text.split())
        if len(text) <= most:
            return cls(shown=text, rest="")
        return cls(shown=text[: most - 1].rstrip(), rest=text[most - 1 :].strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A mail in a client's list."""

    inbox: Inbox
    sender: Cut
    subject: Cut
    snippet: Cut


def rows(sender: str, subject: str, html: str) -> list[Row]:
    """The mail in each list."""
    snippet = snippet_of(html)
    return [
        Row(
            inbox=inbox,
            sender=Cut.at(sender, inbox.sender),
            subject=Cut.at(subject, inbox.subject),
            snippet=Cut.at(snippet, inbox.snippet),
        )
        for inbox in INBOXES
    ]


def snippet_of(html: str) -> str:
    """What clients take for the preview text: how the body begins, hidden or not.

    Blanks that fill it up end it, for they are shown as such.
    """
    body = tree(html).find("body")
    found: list[str] = []
    for text in () if body is None else body.xpath(_READ):
        holder = text.getparent()
        begins = holder.tag in _BLOCKS and (text.is_text or text.is_tail)
        found.append(f" {text}" if begins else text)
        if sum(map(len, found)) > MOST:
            break
    text = "".join(found)[:MOST].strip()
    filled = _FILLING.search(text)
    return _UNSEEN.sub(" ", text[: filled.start()] if filled else text).strip()


#: a run of blanks that nobody means as a space
_FILLING = re.compile(r"(?:[\u034f\u200b-\u200f\u2007\ufeff\u00ad\u00a0]\s*){6,}")
