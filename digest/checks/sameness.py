"""Whether two stories tell the same, as a reader would say."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from digest.checks.examined import squeezed
from digest.model import Story

#: of the words of the shorter lead, those that are in the other too
SHARED = 0.9
#: with fewer words, two leads are alike by chance
ENOUGH = 10

_TRACKING = re.compile(r"(?:utm_\w+|fbclid|gclid|mc_[ce]id|ref|source)=[^&]*&?")


def same(one: Story, other: Story) -> str:
    """What two stories share; empty if they are two."""
    if address(one) and address(one) == address(other):
        return "the same address"
    if squeezed(one.headline) and squeezed(one.headline) == squeezed(other.headline):
        return "the same headline"
    few, many = sorted((_words(one.lede.text), _words(other.lede.text)), key=len)
    if len(few) >= ENOUGH and len(few & many) >= SHARED * len(few):
        return "the same lead"
    return ""


def address(story: Story) -> str:
    """A story's address without what differs for one page."""
    try:
        parts = urlsplit(story.article.url or "")
    except ValueError:
        return ""
    host = parts.netloc.lower().removeprefix("www.")
    query = _TRACKING.sub("", parts.query).strip("&")
    return f"{host}{parts.path.rstrip('/')}?{query}" if host else ""


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))
