"""Images come over https, and say what they show to who cannot see them.

error: not over https, on a host of your own network, no alt, or, with --links, gone
or no image → leave it out
warning: no width, so Outlook shows it in its own size → say the width
warning: 1×1 pixel, which counts openings and shows nothing → leave it out
warning: with --links, an image that did not answer → look at it in a browser
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.checks.examined import Examined
from digest.checks.links import GONE, is_private
from digest.checks.styles import inline
from digest.model import Finding, Severity

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from digest.fetch import Answer

#: pixels; what is not larger is there to be counted
SPECK = 2


def check(examined: Examined) -> Iterator[Finding]:
    images = list(examined.page.iter("img"))
    for image in images:
        private = _is_private(image, examined.config.fetch.allow_private)
        for severity, problem in (*private, *_problems(image)):
            where = (image.get("src") or "an image without an address")[:100]
            yield _finding(severity, problem, where, examined.at(image))
    for source in sorted(examined.images & examined.answers.keys()):
        if wrong := _wrong(examined.answers[source]):
            shown = (image for image in images if image.get("src") == source)
            yield _finding(*wrong, source[:100], examined.at(*shown))


def _is_private(
    image: HtmlElement, allowed: Sequence[str]
) -> Iterator[tuple[Severity, str]]:
    try:
        host = urlsplit(image.get("src") or "").hostname or ""
    except ValueError as error:
        yield Severity.ERROR, f"is no address: {error}"
        return
    if host and is_private(host, allowed):
        yield Severity.ERROR, "can be reached from your own network only"


def _problems(image: HtmlElement) -> Iterator[tuple[Severity, str]]:
    if not (image.get("src") or "").startswith("https://"):
        yield Severity.ERROR, "mail clients show images over https only"
    if image.get("alt") is None:
        yield Severity.ERROR, "has no alt text for readers who don't see images"
    width, height = _side(image, "width"), _side(image, "height")
    if width is None:
        yield Severity.WARNING, "has no width: Outlook shows it as large as it is"
    if any(side is not None and side <= SPECK for side in (width, height)):
        yield Severity.WARNING, "shows nothing: it is there to count who opens"


def _side(image: HtmlElement, name: str) -> float | None:
    """A side's length in pixels (or in per cent, which is a length too)."""
    styled = (d.value for d in inline(image.get("style") or "") if d.name == name)
    for value in (image.get(name) or "", *styled):
        if number := re.match(r"[\d.]*\d", value):
            return float(number[0])
    return None


def _wrong(answer: Answer) -> tuple[Severity, str] | None:
    if answer.status in GONE:
        return Severity.ERROR, f"is gone: the server answers {answer.status}"
    if answer.problem:
        return Severity.WARNING, f"did not answer: {answer.problem}"
    if not answer.content_type.startswith("image/"):
        return Severity.ERROR, f"is no image but {answer.content_type or 'unknown'}"
    return None


def _finding(
    severity: Severity, message: str, where: str, at: tuple[int, ...]
) -> Finding:
    return Finding(
        check="images",
        severity=severity,
        message=message,
        where=where,
        help="correct the template, or leave the image out",
        at=at,
    )
