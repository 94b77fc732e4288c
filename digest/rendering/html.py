"""MJML made into the HTML of an e-mail, with our CSS in the elements themselves.

The steps and their options are measured, each against what goes wrong without
it: docs/decisions has the page. MJML's own `<style>`s stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from digest.errors import RenderError
from digest.rendering.gate import disarm_html
from digest.rendering.inlining import inline

if TYPE_CHECKING:
    from lxml.etree import _Element

#: a line of a mail holds 998 bytes at most (RFC 5322, 2.1.1); in characters of
#: one byte, and of three
LINE, WIDE_LINE = 900, 300

_INLINE_STYLE = re.compile(
    r'<mj-style\s+inline="inline"\s*>(.*?)</mj-style>', re.DOTALL
)
_STYLE = re.compile(r"(<mj-style\b.*?</mj-style>)", re.DOTALL)
_BRACKETS = {"&lt;": "\ufdd0", "&gt;": "\ufdd1"}
_MSO_SEAM = re.compile(r"<!\[endif\]-->\s*<!--\[if mso \| IE\]>")
#: a space, or a condition with all of its own
_SPACES = re.compile(r"<!--\[if[^\]]*\]>| ")
_INDENT = re.compile(r"\n[ \t\n]+")
#: where lines end: white space after these is none to a reader
_BLOCK_ENDS = ("</div>", "</style>")
_POSITION = re.compile(r" at position (\d+):(\d+)")


def to_html(mjml: str, name: str) -> str:
    """A complete HTML document from MJML.

    The rules of `<mj-style inline="inline">` are written into the elements.
    `mjml` holds escaped text only: mrml's parser overflows its stack at some
    thousand nested tags, which nothing that is escaped can bring about.

    Raises:
        RenderError: it is not MJML; names the template.
    """
    css = "\n".join(_INLINE_STYLE.findall(mjml))
    html = _compile(_guard(_INLINE_STYLE.sub("", mjml)), name)
    return _finish(_inline(html, css, name))


def _guard(mjml: str) -> str:
    """`mjml` with all that mrml or libxml2 would not keep as a reference.

    mrml 6.0.1 writes attributes as Rust shows strings: a backslash twice, and a
    joiner, a soft hyphen or a non-breaking space of an alt text as `\\u{200d}`.
    libxml2 writes `<!-- … -->` in an attribute as it is, and so Outlook's
    comments. Text keeps its brackets in the shape of two non-characters, which
    no text holds, until all is done that looks for brackets.
    """
    return "".join(
        part if part.startswith("<mj-style") else _references(part)
        for part in _STYLE.split(mjml)
    )


def _references(mjml: str) -> str:
    for reference, stand_in in _BRACKETS.items():
        mjml = mjml.replace(reference, stand_in)
    return mjml.replace("\\", "&#92;").encode("ascii", "xmlcharrefreplace").decode()


def _compile(mjml: str, name: str) -> str:
    from mjml import mjml2html

    try:
        # without fonts: its own table would load them from Google
        return str(mjml2html(mjml, fonts={}))
    except ValueError as error:
        raise RenderError(f"{name}: MJML: {_near(str(error), mjml)}") from error


def _near(reason: str, mjml: str) -> str:
    """mrml's reason, with the text at its position in place of the bytes' count."""
    position = _POSITION.search(reason)
    if not position:
        return reason
    start, end = (int(number) for number in position.groups())
    there = mjml.encode()[start : max(end, start + 40)].decode(errors="ignore")
    return f"{reason[: position.start()]} near {' '.join(there.split())!r}"


def _inline(html: str, css: str, name: str) -> str:
    """`html` with `css` in its elements, serialised by us.

    An @import would be fetched by cssutils, whatever it is told.
    """
    from lxml import etree

    if "@import" in css.lower():
        raise RenderError(f"{name}: CSS cannot @import; put the rules in their place")
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    tree = etree.ElementTree(etree.fromstring(html.encode(), parser))
    inline(tree, css)
    for image in tree.iter("img"):
        _plain_size(image)
    return etree.tostring(
        tree.getroot(),
        method="html",
        encoding="unicode",
        doctype="<!DOCTYPE html>",
    )


def _plain_size(image: _Element) -> None:
    """Make an image's width a whole number, and take a height away that is none."""
    if image.get("height") == "auto":
        del image.attrib["height"]
    image.set("width", image.get("width", "").partition(".")[0])


def _finish(html: str) -> str:
    html = _INDENT.sub("\n", _MSO_SEAM.sub("", html))
    for end in _BLOCK_ENDS:
        html = html.replace(end, f"{end}\n")
    html = "\n".join(part for line in html.split("\n") for part in _fold(line))
    for reference, stand_in in _BRACKETS.items():
        html = html.replace(stand_in, reference)
    return disarm_html(html)


def _fold(line: str) -> Iterator[str]:
    """A line in parts that a mail can hold, broken at spaces only."""
    length = LINE if line.isascii() else WIDE_LINE
    while len(line) > length and (space := _space(line, length)) > 0:
        yield line[:space]
        line = line[space + 1 :]
    yield line


def _space(line: str, length: int) -> int:
    """The last space before `length`, else the next; none in an Outlook condition."""
    space = line.rfind(" ", 1, length)
    while space > 0 and (condition := _condition(line, space)) >= 0:
        space = line.rfind(" ", 1, condition)
    return space if space > 0 else _next_space(line, length)


def _condition(line: str, space: int) -> int:
    """Where the condition begins that the space stands in, or -1."""
    begin = line.rfind("<!--[if", 0, space)
    return begin if line.find("]>", begin, space) < 0 else -1


def _next_space(line: str, length: int) -> int:
    spaces = (found.start() for found in _SPACES.finditer(line) if found[0] == " ")
    return next((space for space in spaces if space >= length), -1)
