"""Titles, names, dates, images and languages of others, made safe to carry on."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from urllib.parse import urlsplit

from digest.model import Image

_BREAKS = re.compile(r"[\s\u2028\u2029]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
_NO_PICTURE = re.compile(
    r"pixel|doubleclick|feedburner|feedsportal|1x1|spacer|blank\.gif|/b\.gif"
    r"|gravatar|blavatar|placeholder|opengraph_default|default[-_](?:og|share|image)",
    re.IGNORECASE,
)
#: where films are shown: their pages tell no text
FILMS = frozenset(("youtube.com", "www.youtube.com", "youtu.be", "vimeo.com"))
_BYLINE_WORDS = 16
_EARLIEST = 1990  # years before the web are mistakes or defaults


def one_line(text: str | None) -> str | None:
    """`text` on one line, without control and direction characters; None if empty.

    A title's line break would else end a header of the e-mail.
    """
    spaced = _BREAKS.sub(" ", text or "")
    kept = "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cs"})
    return kept.translate(_DIRECTIONS).strip() or None


_DIRECTIONS = dict.fromkeys(
    [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0xFEFF]
)


def name(text: str | None) -> str | None:
    """An author's name as a page gives it, or None where it can be none."""
    line = (one_line((text or "").replace(";", ",")) or "").strip(" ·•|–—-,")
    if (
        not line
        or len(line.split()) > _BYLINE_WORDS
        or re.search(r"://|@|[<>{}]", line)
    ):
        return None
    return line


def web_address(url: str | None) -> str | None:
    """`url` if it is one of the web (http or https, with a host), else None."""
    try:
        parts = urlsplit((url or "").strip())
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return None
    return one_line(parts.geturl())


def picture(
    url: str | None, *, alt: str = "", width: object = None, height: object = None
) -> Image | None:
    """The picture at an https address, unless it is a counter or a stand-in."""
    address = web_address(url)
    size = _pixels(width), _pixels(height)
    if not address or not address.startswith("https://") or _NO_PICTURE.search(address):
        return None
    if any(side is not None and side < 32 for side in size):
        return None
    return Image(url=address, alt=one_line(alt) or "", width=size[0], height=size[1])


def _pixels(value: object) -> int | None:
    text = str(value or "").removesuffix("px")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def language(code: str | None) -> str | None:
    """A language's code (BCP 47), or None where it is none."""
    match = _LANGUAGE.fullmatch((code or "").strip())
    return match[0].replace("_", "-") if match else None


def moment(when: datetime | None, *, now: datetime | None = None) -> datetime | None:
    """`when` in UTC; None before 1990, and not later than `now`, where given."""
    if when is None:
        return None
    try:
        utc = (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    if utc.year < _EARLIEST:
        return None
    return min(utc, now) if now else utc
