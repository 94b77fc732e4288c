"""What a bounce says of a mailbox, and which opens and clicks are no reader's."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from html import unescape


class BounceClass(StrEnum):
    """What a bounce says of the mailbox."""

    #: it takes no mail, and will not
    HARD = "hard"
    #: it takes none for now: it is full, its server is away
    SOFT = "soft"
    #: it takes none of this mail or this sender
    BLOCKED = "blocked"


#: SendGrid's classifications that are about the mail or the sender
#: (OpenAPI of its logs, BounceClassification)
ABOUT_US = frozenset({"content", "frequency or volume too high", "reputation"})
#: RFC 3463: persistent but passing, a full mailbox
PASSING = re.compile(r"4\.|5\.2\.2\b")


def bounce_class(kind: str, classification: str, status: str) -> BounceClass:
    """The class of a bounce, by SendGrid's type, bounce_classification and status.

    Its type `blocked` is a passing bounce, after which SendGrid itself goes on sending;
    after a `bounce` it sends no more. The status is that of RFC 3463.
    """
    known = classification.strip().lower()
    if kind == "blocked" or known in ABOUT_US:
        return BounceClass.BLOCKED
    if known == "technical" or PASSING.match(status.strip()):
        return BounceClass.SOFT
    return BounceClass.HARD


# --- Link scanners ------------------------------------------------------------

#: a scanner follows the links of a mail at once, not one after the other
BURST = timedelta(seconds=10)
#: and before anybody reads it
SOON = timedelta(seconds=120)
#: it may leave out what looks like unsubscribing
NEARLY_ALL = 0.8
_LINK = re.compile(
    r"""<a\b[^>]*?\shref=["'](https?://[^"']+)["'][^>]*>""", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """A click of one person on a link of one mail."""

    id: int
    at: datetime
    url: str


def tracked_links(html: str, tags: Iterable[str]) -> list[str]:
    """The different links of a mail that a provider can count clicks on, in order.

    Those that differ per person, by one of the `tags` in them, are none of these.
    """
    own = tuple(tags)
    links = (
        unescape(found[1])
        for found in _LINK.finditer(html)
        if "clicktracking" not in found[0] and not any(tag in found[1] for tag in own)
    )
    return list(dict.fromkeys(links))


def scanned(
    clicks: Sequence[Click], delivered: datetime | None, links: int
) -> frozenset[int]:
    """Which of one person's clicks on one mail are a link scanner's, by their ids.

    Those of a burst that holds (nearly) all of the mail's `links`, and begins within
    seconds of its delivery. Where that is not known, nobody is taken for a program.
    """
    if delivered is None:
        return frozenset()
    wanted = max(2, math.ceil(NEARLY_ALL * links))
    found: set[int] = set()
    for first in clicks:
        if first.at - delivered > SOON:
            continue
        burst = [each for each in clicks if timedelta() <= each.at - first.at <= BURST]
        if len({each.url for each in burst}) >= wanted:
            found.update(each.id for each in burst)
    return frozenset(found)
