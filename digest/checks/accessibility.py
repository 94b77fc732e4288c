"""Who hears the e-mail, or reads it large, gets along: WCAG 2.2, of what e-mail can do.

warning: no lang, dir or title; tables without role="presentation"; headings that skip
a level, or not one h1; links that say nothing; text below 13 px → the template
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from digest.checks.examined import Examined, squeezed
from digest.checks.styles import Light, texts
from digest.model import Finding, Severity

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: pixels
SMALLEST = 13
PHONE = 375
#: of links, read without their surroundings
SAYS_NOTHING = frozenset(
    map(squeezed, ("here", "click here", "click", "link", "this", "more", "read more"))
)


def check(examined: Examined) -> Iterator[Finding]:
    yield from _document(examined.page)
    yield from _tables(examined)
    yield from _headings(examined)
    yield from _links(examined)
    yield from _sizes(examined)


def _document(page: HtmlElement) -> Iterator[Finding]:
    for name in ("lang", "dir"):
        if not page.get(name):
            yield _finding(
                f"has no {name}: a screen reader has to guess", "<html>", f"set {name}"
            )
    if page.get("lang") == "und":
        yield _finding("lang says that it is not known", "<html>", "set lang")
    title = page.find("head/title")
    if title is None or not (title.text or "").strip():
        yield _finding("has no title", "<head>", "set <mj-title>")


def _tables(examined: Examined) -> Iterator[Finding]:
    """Layout tables are not read out as tables; those of data have a <th>."""
    bare = [
        table
        for table in examined.page.iter("table")
        if table.get("role") not in ("presentation", "none", "table")
        and table.find(".//th") is None
    ]
    if bare:
        yield _finding(
            f"{len(bare)} tables are read out as tables of data",
            f"<table class={bare[0].get('class')!r}>",
            'give them role="presentation"',
            examined.at(*bare),
        )


def _headings(examined: Examined) -> Iterator[Finding]:
    headings = list(examined.page.iter("h1", "h2", "h3", "h4", "h5", "h6"))
    first = [heading for heading in headings if heading.tag == "h1"]
    if len(first) != 1:
        message = f"{len(first)} headings of level 1, not one"
        yield _finding(message, "html", "have one <h1>", examined.at(*first))
    for heading, next_one in pairwise(headings):
        level, next_level = int(str(heading.tag)[1]), int(str(next_one.tag)[1])
        if next_level > level + 1:
            message = f"a heading of level {next_level} follows one of level {level}"
            text = " ".join(next_one.text_content().split())
            hint = f"make it <h{level + 1}>"
            yield _finding(message, text[:60], hint, examined.at(next_one))
            return


def _links(examined: Examined) -> Iterator[Finding]:
    unsaid: dict[str, list[HtmlElement]] = defaultdict(list)
    for link in examined.page.iter("a"):
        text = said(link)
        if link.get("href") and (squeezed(text) in SAYS_NOTHING or not text):
            unsaid[text].append(link)
    for text, links in unsaid.items():
        count = len(links)
        yield _finding(
            f"{count} links say only {text!r}" if text else f"{count} links are empty",
            "html",
            "say where they lead",
            examined.at(*links),
        )


def said(link: HtmlElement) -> str:
    """What a screen reader reads out for a link."""
    images = [image.get("alt") or "" for image in link.iter("img")]
    label = link.get("aria-label") or link.get("title") or ""
    words = " ".join([link.text_content(), *images, label])
    return re.sub(r"\s+", " ", words).strip()


def _sizes(examined: Examined) -> Iterator[Finding]:
    """Text that is too small, on a desk or on a phone."""
    for light, place in ((Light(), "desk"), (Light(width=PHONE), "phone")):
        small = [
            text for text in texts(examined.looks(light)) if text.look.size < SMALLEST
        ]
        if small:
            smallest = min(text.look.size for text in small)
            yield _finding(
                f"{len(small)} texts are smaller than {SMALLEST} px on a {place}, "
                f"down to {smallest:g}",
                f"{small[0].text[:50]!r}",
                "make them larger",
                examined.at(*(text.element for text in small)),
            )


def _finding(message: str, where: str, help: str, at: tuple[int, ...] = ()) -> Finding:
    return Finding(
        check="accessibility",
        severity=Severity.WARNING,
        message=message,
        where=where,
        help=f"{help} in the template",
        at=at,
    )
