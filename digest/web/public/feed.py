"""The Atom feed of issues (RFC 4287), by lxml, which knows what XML can hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from digest import __version__

ATOM = "http://www.w3.org/2005/Atom"
#: the one namespace, without a prefix
NAMES: Any = {None: ATOM}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An issue in a list or a feed; `content` is HTML."""

    id: int
    number: int
    title: str
    summary: str
    language: str
    at: datetime
    content: str


def atom(
    entries: Sequence[Entry], *, base: str, name: str, language: str, began: datetime
) -> bytes:
    """The feed of these issues, the newest first.

    `base` is where the pages are; `began` is when an empty feed was last changed.
    """
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap=NAMES)
    feed.set("{http://www.w3.org/XML/1998/namespace}lang", language)
    _add(feed, "id", f"{base}/")
    _add(feed, "title", name)
    _add(feed, "updated", _moment(max((each.at for each in entries), default=began)))
    _add(_add(feed, "author"), "name", name)
    kind = {"rel": "self", "type": "application/atom+xml"}
    _add(feed, "link", **kind, href=f"{base}/feed.xml")
    _add(feed, "link", rel="alternate", type="text/html", href=f"{base}/")
    _add(feed, "generator", "newsletter-digest", version=__version__)
    for each in entries:
        _add_entry(feed, each, base)
    return etree.tostring(feed, xml_declaration=True, encoding="utf-8")


def _add_entry(feed: etree._Element, entry: Entry, base: str) -> None:
    url = f"{base}/i/{entry.id}"
    added = _add(feed, "entry")
    _add(added, "id", url)
    _add(added, "title", entry.title)
    _add(added, "published", _moment(entry.at))
    _add(added, "updated", _moment(entry.at))
    _add(added, "link", rel="alternate", type="text/html", href=url)
    _add(added, "summary", entry.summary)
    _add(added, "content", entry.content, type="html")


def _add(
    parent: etree._Element, name: str, text: str = "", **attributes: str
) -> etree._Element:
    element = etree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    element.text = text or None
    return element


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
