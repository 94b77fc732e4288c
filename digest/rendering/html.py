"""MJML made into the HTML of an e-mail, with our CSS in the elements themselves.

The steps and their options are measured, each against what goes wrong without
it: docs/decisions has the page. MJML's own `<style>`s stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from digest.errors import RenderError
from digest.rendering.gate import disarm_html

if TYPE_CHECKING:
    from lxml.etree import _Element, _ElementTree
    from premailer import Premailer

#: a line of a mail holds 998 bytes at most (RFC 5322, 2.1.1); in characters of
#: one byte, and of three
LINE, WIDE_LINE = 900, 300

_INLINE_STYLE = re.compile(
    r'<mj-style\s+inline="inline"\s*>(.*?)</mj-style>', re.DOTALL
)
_STYLE = re.compile(r"(<mj-style\b.*?</mj-style>)", re.DOTALL)
_BRACKETS = {"&lt;": "\ufdd0", "&gt;": "\ufdd1"}
_MSO_SEAM = re.compile(r"<!\[endif\]-->\s*<!--\[if mso \| IE\]>")
#: where lines end: white space after these is none to a reader
_BLOCK_ENDS = ("</tr>", "</div>", "</p>", "</style>", "<tbody>")
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

    premailer would drop the doctype (its issue 156), and strips `!important`,
    overwrites the widths that Outlook reads, and deletes rules for a dark mode
    that match nothing yet, unless told otherwise. An @import it would fetch,
    whatever it is told.
    """
    from lxml import etree

    if "@import" in css.lower():
        raise RenderError(f"{name}: CSS cannot @import; put the rules in their place")
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    tree = etree.ElementTree(etree.fromstring(html.encode(), parser))
    _premail(tree, css)
    for image in tree.iter("img"):
        _plain_size(image)
    return etree.tostring(
        tree.getroot(),
        method="html",
        encoding="unicode",
        doctype="<!DOCTYPE html>",
    )


def _premail(tree: _ElementTree, css: str) -> None:
    mark = "data-premailer"
    styles = list(tree.iter("style"))
    for style in styles:
        style.set(mark, "ignore")
    inliner = _premailer()(
        css_text=css,
        disable_leftover_css=True,
        strip_important=False,
        allow_network=False,
        align_floating_images=False,
        disable_validation=True,
        disable_link_rewrites=True,
        remove_unset_properties=False,
    )
    inliner.transform(tree.getroot(), pretty_print=False)
    for style in styles:  # it leaves the mark where there is a media attribute
        style.attrib.pop(mark, "")


@cache
def _premailer() -> type[Premailer]:
    """premailer, which is slow to import, as a class that fits our purpose."""
    import logging

    import cssutils
    from premailer import Premailer

    # it warns of every property that is younger than itself, on stderr
    cssutils.log.setLevel(logging.CRITICAL + 1)
    parsed = lru_cache(maxsize=8)(Premailer(strip_important=False)._parse_style_rules)  # noqa: SLF001

    class Inliner(Premailer):  # type: ignore[misc]  # it has no types
        def _parse_style_rules(self, css_body: str, ruleset_index: int) -> Any:
            """The same for the same CSS: half the time of a short issue."""
            return parsed(css_body, ruleset_index)

        def _style_to_basic_html_attributes(
            self, element: _Element, style_content: str, force: bool = False
        ) -> None:
            """None: MJML has set what Outlook reads. But the style in fewer bytes."""
            element.set("style", style_content.replace("; ", ";"))

    return Inliner


def _plain_size(image: _Element) -> None:
    """Make an image's width a whole number, and take a height away that is none."""
    if image.get("height") == "auto":
        del image.attrib["height"]
    image.set("width", image.get("width", "").partition(".")[0])


def _finish(html: str) -> str:
    html = _MSO_SEAM.sub("", html)
    for end in _BLOCK_ENDS:
        html = html.replace(end, f"{end}\n")
    html = "\n".join(part for line in html.split("\n") for part in _fold(line))
    for reference, stand_in in _BRACKETS.items():
        html = html.replace(stand_in, reference)
    return disarm_html(html)


def _fold(line: str) -> Iterator[str]:
    """A line in parts that a mail can hold, broken at spaces only."""
    length = LINE if line.isascii() else WIDE_LINE
    while len(line) > length:
        space = line.rfind(" ", 1, length)
        if space < 0 and (space := line.find(" ", length)) < 0:
            break
        yield line[:space]
        line = line[space + 1 :]
    yield line
