"""OPML: lists of feeds, as feed readers exchange them (opml.org/spec2.opml)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.errors import SourceError
from digest.sources import fields
from digest.sources.sitemaps import parsed_xml

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_DEEPEST = 100  # folders in folders


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A feed of a list; `section` is the folder it lies in."""

    url: str
    title: str = ""
    section: str = ""


def is_opml(data: bytes) -> bool:
    return b"<opml" in data[:4096].lower()


def read_opml(data: bytes, *, id: str) -> list[Outline]:
    """The feeds of a list, each once, in its order.

    Raises:
        SourceError: it is damaged, or there is no feed on it.
    """
    root = parsed_xml(data, id)
    found: dict[str, Outline] = {}
    for outline in _outlines(root, "", 0):
        found.setdefault(outline.url, outline)
    if not found:
        raise SourceError(
            f"{id}: there is no feed in this OPML; export it anew from a feed reader"
        )
    return list(found.values())


def _outlines(parent: Element, section: str, depth: int) -> Iterator[Outline]:
    for element in parent if depth < _DEEPEST else ():
        if not isinstance(element.tag, str):
            continue
        given = {str(key).lower(): str(value) for key, value in element.items()}
        name = fields.one_line(given.get("title") or given.get("text")) or ""
        if url := fields.web_address(given.get("xmlurl")):
            yield Outline(url=url, title=name, section=section)
        inner = name if element.tag.lower() == "outline" and not url else section
        yield from _outlines(element, inner or section, depth + 1)


def write_opml(title: str, outlines: Iterable[Outline]) -> bytes:
    """A list of feeds for other programs, in folders by section."""
    from lxml import etree

    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    folders = {"": body}
    for each in outlines:
        if each.section not in folders:
            folders[each.section] = etree.SubElement(
                body, "outline", text=each.section, title=each.section
            )
        name = each.title or each.url
        etree.SubElement(
            folders[each.section],
            "outline",
            type="rss",
            text=name,
            title=name,
            xmlUrl=each.url,
        )
    return bytes(
        etree.tostring(root, pretty_print=True, xml_declaration=True, encoding="utf-8")
    )
