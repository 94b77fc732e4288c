"""Whether two stories tell the same, as a reader would say."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from digest.checks.examined import squeezed
from digest.model import Story

#: of the words of the shorter lead, those that are in the other too
SHARED = 0.9
#: sharing no more of it, two stories have a standing headline ("Letters") in common
STANDING = 0.5
#: with fewer words, two leads are alike by chance
ENOUGH = 10

_TRACKING = re.compile(r"(?:^|(?<=&))(?:utm_\w+|fbclid|gclid|mc_[ce]id)=[^&]*&?")


def same(one: Story, other: Story) -> str:
    """What two stories share; empty if they are two."""
    if address(one) and address(one) == address(other):
        return "the same address"
    few, many = sorted((_words(one.lede.text), _words(other.lede.text)), key=len)
    headline = squeezed(one.headline)
    standing = few and len(few & many) <= STANDING * len(few)
    if headline and headline == squeezed(other.headline) and not standing:
        return "the same headline"
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
    # where a page is a program, its stories are told apart behind the #
    route = parts.fragment if parts.fragment.startswith(("/", "!")) else ""
    return f"{host}{parts.path.rstrip('/')}?{query}#{route}" if host else ""


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))
