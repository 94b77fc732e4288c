"""HTML → pieces of plain text in their order, each with what it stood in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.model import Image
from digest.sources.blocks import INVISIBLE
from digest.sources.fields import picture

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# fmt: off
_DROPPED = frozenset((
    "script", "style", "noscript", "iframe", "object", "embed", "button",
    "nav", "svg", "template", "select", "textarea", "video", "audio", "canvas",
    "title",
))
_INLINE = frozenset((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn",
    "em", "font", "i", "img", "ins", "kbd", "label", "mark", "q", "s", "samp", "small",
    "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
))
# What the frameworks call a text that is only read aloud, or only shown on a touch.
_UNSEEN = frozenset((
    "sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text",
    "screen-reader", "screenreader", "tooltip", "tooltiptext", "popover", "hovercard",
))
# fmt: on
# A start tag as HTML reads it, and its attributes one by one.
_ATTRIBUTE = rb"""[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>]*+))?"""
_TAG = re.compile(rb"<[a-z](?:[\s/]++|" + _ATTRIBUTE + rb")*+", re.IGNORECASE)
_EACH_ATTRIBUTE = re.compile(_ATTRIBUTE)
_MOST_ATTRIBUTES = 10_000  # of one element; libxml2 compares each to all before it
_HEADING = 14  # words up to which a bold line is a heading
_BOLD = frozenset(("b", "strong"))
_TAGS = {
    "p": "p",
    "li": "item",
    "blockquote": "quote",
    "td": "cell",
    "th": "cell",
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6", "figcaption"), "head"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of text between two borders of blocks.

    `tag` is p, head, item, quote or cell, `own` the element itself with its
    classes, `place` the blocks around it, innermost first, `linked` how many of
    its characters are those of links. A short paragraph that is all bold and no
    sentence is a head.
    """

    text: str
    tag: str
    place: tuple[str, ...]
    linked: int
    own: str = ""


@dataclass(frozen=True, slots=True)
class Markup:
    """What a fragment of HTML holds: its pieces, and its first picture."""

    pieces: tuple[Piece, ...]
    image: Image | None


def read_markup(html: str) -> Markup:
    """The texts of a fragment of HTML; however broken, it is read.

    Of one that is_overloaded nothing is read.
    """
    from lxml import etree
    from lxml import html as lxml_html

    parser = lxml_html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True
    )
    source = html.encode("utf-8", "replace").replace(b"\x00", b"")
    if is_overloaded(source):
        return Markup((), None)
    try:
        root = lxml_html.document_fromstring(source, parser=parser)
    except etree.ParserError:  # nothing in it but white space
        return Markup((), None)
    return Markup(tuple(pieces(root)), _first_picture(root))


def is_overloaded(html: bytes) -> bool:
    """Whether an element has so many attributes that parsing it takes minutes."""
    ascii_only = html.replace(b"\x00", b"")  # of UTF-16 the same letters are left
    long = (m[0] for m in _TAG.finditer(ascii_only) if len(m[0]) > 2 * _MOST_ATTRIBUTES)
    return any(len(_EACH_ATTRIBUTE.findall(tag)) > _MOST_ATTRIBUTES for tag in long)


def pieces(root: HtmlElement) -> Iterator[Piece]:
    """The pieces of text under `root`, hidden and scripted ones left out."""
    from lxml import etree

    reader = _Reader()
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if not isinstance(element.tag, str):
            reader.add(element.tail if event == "end" else None)
        elif event == "start":
            yield from reader.enter(element)
        else:
            yield from reader.leave(element)
    yield from reader.flush()


@dataclass(slots=True)
class _Reader:
    """Where a walk through a tree stands: the open elements, the text so far."""

    open: list[tuple[str, str]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    hidden: int = 0
    links: int = 0
    strong: int = 0
    linked: int = 0
    bold: int = 0

    def enter(self, element: HtmlElement) -> Iterator[Piece]:
        tag = str(element.tag)
        if tag not in _INLINE:
            yield from self.flush()
        self.open.append((tag, element.get("class") or ""))
        self.hidden += _is_hidden(element)
        self.links += tag == "a"
        self.strong += tag in _BOLD
        self.add(element.text)

    def leave(self, element: HtmlElement) -> Iterator[Piece]:
        tag = str(element.tag)
        if tag not in _INLINE:
            yield from self.flush()
        self.open.pop()
        self.hidden -= _is_hidden(element)
        self.links -= tag == "a"
        self.strong -= tag in _BOLD
        self.add(element.tail)

    def add(self, text: str | None) -> None:
        if text and not self.hidden:
            self.words.append(text)
            self.linked += len(text) if self.links else 0
            self.bold += len(text) if self.strong else 0

    def flush(self) -> Iterator[Piece]:
        joined = " ".join("".join(self.words).split())
        if text := joined.strip(INVISIBLE):
            own, place = self._place()
            yield Piece(
                text=text,
                tag=self._tag(text),
                own=own,
                place=place,
                linked=min(self.linked, len(text)),
            )
        self.words.clear()
        self.linked = self.bold = 0

    def _tag(self, text: str) -> str:
        kinds = [_TAGS[tag] for tag, _ in self.open[-24:] if tag in _TAGS]
        tag = kinds[-1] if kinds else "p"
        bold = self.bold >= 0.9 * len(text) and len(text.split()) <= _HEADING
        return "head" if tag == "p" and bold and text[-1] not in ".!?" else tag

    def _place(self) -> tuple[str, tuple[str, ...]]:
        blocks = [block for block in self.open[-24:] if block[0] not in _INLINE]
        own = blocks.pop() if blocks and blocks[-1][0] in _TAGS else ("", "")
        place = [f"{tag} {c}".strip() for tag, c in reversed(blocks[-3:])]
        return f"{own[0]} {own[1]}".strip(), tuple(place)


def _is_hidden(element: HtmlElement) -> bool:
    """What no reader sees, or only on a touch, amid a sentence.

    Whole blocks that are hidden count as seen: pages show them by script.
    """
    if element.tag in _DROPPED:
        return True
    if element.tag not in _INLINE:
        return False
    style = (element.get("style") or "")[:200].replace(" ", "").lower()
    return (
        element.get("hidden") is not None
        or element.get("role") == "tooltip"
        or "display:none" in style
        or not _UNSEEN.isdisjoint((element.get("class") or "").lower().split())
        or _is_card(element)
    )


def _is_card(element: HtmlElement) -> bool:
    """A span in a sentence that begins with a picture and is all links."""
    first, depth = element, 0
    while len(first) and not (first.text or "").strip() and depth < 4:
        first, depth = first[0], depth + 1
    if element.tag != "span" or first.tag != "img" or not depth:
        return False
    links = [len(link.text_content()) for link in element.iter("a")]
    return len(links) > 1 and sum(links) > 0.8 * len(element.text_content())


def _first_picture(root: HtmlElement) -> Image | None:
    for element in root.iter("img"):
        found = picture(
            element.get("src"),
            alt=element.get("alt") or "",
            width=element.get("width"),
            height=element.get("height"),
        )
        if found:
            return found
    return None
