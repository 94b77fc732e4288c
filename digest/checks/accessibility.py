"""Who hears the e-mail, or reads it large, gets along: WCAG 2.2, of what e-mail can do.

warning: no lang, dir or title; tables without role="presentation"; headings that skip
a level, or not one h1; links that say nothing; text below 13 px → the template
"""

from __future__ import annotations

import re
from collections import Counter
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
    page = examined.page
    yield from _document(page)
    yield from _tables(page)
    yield from _headings(page)
    yield from _links(page)
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


def _tables(page: HtmlElement) -> Iterator[Finding]:
    """Layout tables are not read out as tables; those of data have a <th>."""
    bare = [
        table
        for table in page.iter("table")
        if table.get("role") not in ("presentation", "none", "table")
        and table.find(".//th") is None
    ]
    if bare:
        yield _finding(
            f"{len(bare)} tables are read out as tables of data",
            f"<table class={bare[0].get('class')!r}>",
            'give them role="presentation"',
        )


def _headings(page: HtmlElement) -> Iterator[Finding]:
    levels = [
        (int(str(element.tag)[1]), " ".join(element.text_content().split()))
        for element in page.iter("h1", "h2", "h3", "h4", "h5", "h6")
    ]
    first = sum(level == 1 for level, _ in levels)
    if first != 1:
        yield _finding(f"{first} headings of level 1, not one", "html", "have one <h1>")
    for (level, _), (next_level, text) in pairwise(levels):
        if next_level > level + 1:
            message = f"a heading of level {next_level} follows one of level {level}"
            yield _finding(message, text[:60], f"make it <h{level + 1}>")
            return


def _links(page: HtmlElement) -> Iterator[Finding]:
    unsaid: Counter[str] = Counter()
    for link in page.iter("a"):
        text = said(link)
        if link.get("href") and (squeezed(text) in SAYS_NOTHING or not text):
            unsaid[text] += 1
    for text, count in unsaid.items():
        yield _finding(
            f"{count} links say only {text!r}" if text else f"{count} links are empty",
            "html",
            "say where they lead",
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
            )


def _finding(message: str, where: str, help: str) -> Finding:
    return Finding(
        check="accessibility",
        severity=Severity.WARNING,
        message=message,
        where=where,
        help=f"{help} in the template",
    )
