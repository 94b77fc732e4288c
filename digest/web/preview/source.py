"""The source of an e-mail, edited tag by tag: what is not changed stays as it is.

A parser that writes its tree out again would mend what it reads, and show another
e-mail than the one that is sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape, unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: names of attributes, in lower case, and their values as a reader means them
Attributes = Mapping[str, str]
#: what a start tag becomes: other attributes, or None where it is left out
EditTag = Callable[[str, Attributes], Attributes | None]
#: what a style sheet becomes
EditSheet = Callable[[str], str]

_MARKUP = re.compile(
    r"<!--.*?(?:-->|$)"  # Outlook's conditions too
    r"|<(?P<end>/?)(?P<name>[a-z][^\s/>]*)"
    r"(?P<rest>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE = re.compile(
    r"([^\s=/\"'<>]+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?", re.DOTALL
)
#: hold text that is no markup, up to their end
_RAW = re.compile("style|script|title|textarea", re.IGNORECASE)


def edited(
    html: str,
    tag: EditTag,
    sheet: EditSheet = str,
    *,
    unwrapped: frozenset[str] = frozenset(),
) -> str:
    """The HTML with its start tags and style sheets edited, outside of comments.

    Of the elements `unwrapped` only what they hold is left.
    """
    done: list[str] = []
    at = 0
    for found, inside in _tags(html):
        name = found["name"].lower()
        done.append(html[at : found.start()])
        if name not in unwrapped:
            done.append(found[0] if found["end"] else _start(found, name, tag))
        at = found.end() + len(inside)
        done.append(sheet(inside) if name == "style" else inside)
    return "".join((*done, html[at:]))


def _tags(html: str) -> Iterator[tuple[re.Match[str], str]]:
    """Each tag outside of comments, and the text of one that holds no markup."""
    at = 0
    while found := _MARKUP.search(html, at):
        at = found.end()
        if not found["name"]:
            continue
        inside = ""
        if not found["end"] and _RAW.fullmatch(found["name"]):
            closing = re.compile(f"</{re.escape(found['name'])}", re.IGNORECASE)
            end = closing.search(html, at)
            inside = html[at : end.start() if end else len(html)]
            at += len(inside)
        yield found, inside


def _start(found: re.Match[str], name: str, tag: EditTag) -> str:
    before = {key.lower(): _value(value) for key, value in _pairs(found["rest"])}
    after = tag(name, before)
    if after is None:
        return ""
    if after == before:
        return found[0]
    kept = " ".join(f'{key}="{escape(value)}"' for key, value in after.items())
    close = "/" if found["rest"].endswith("/") else ""
    return f"<{found['name']}{' ' if kept else ''}{kept}{close}>"


def _pairs(rest: str) -> list[tuple[str, str]]:
    return _ATTRIBUTE.findall(rest)


def _value(written: str) -> str:
    return unescape(written.strip("\"'") if written[:1] in ("'", '"') else written)


# --- Elements by their place ----------------------------------------------------------

#: lxml puts these in where they are not written
_IMPLIED = frozenset({"html", "head", "body", "p", "tbody"})


def tree(html: str) -> HtmlElement:
    """What the checks see: digest.checks.examined parses in the same way."""
    from lxml import etree
    from lxml import html as parser

    try:
        return parser.document_fromstring(html)
    except etree.ParserError:  # there is no element in it
        return parser.document_fromstring("<html></html>")


def marked(html: str, marks: Mapping[int, Attributes]) -> str:
    """The HTML with attributes put on elements, by their places as in `Finding.at`.

    Where the source is so broken that a place cannot be found, nothing more is put.
    """
    if not marks:
        return html
    places = _places(html)
    numbers = iter(range(len(html)))

    def mark(_: str, attributes: Attributes) -> Attributes:
        place = places.get(next(numbers), -1)
        return {**marks.get(place, {}), **attributes}

    return edited(html, mark)


def _places(html: str) -> dict[int, int]:
    """The number of each start tag in the source → its place among all elements."""
    written = [found["name"].lower() for found, _ in _tags(html) if not found["end"]]
    places: dict[int, int] = {}
    number = 0
    for place, element in enumerate(tree(html).iter("*")):
        if number < len(written) and written[number] == element.tag:
            places[number] = place
            number += 1
        elif element.tag not in _IMPLIED:
            break
    return places
