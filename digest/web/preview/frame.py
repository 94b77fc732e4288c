"""The e-mail as a frame of the preview shows it: an edit of its HTML, nothing more.

A browser follows its owner's colour scheme, so light and dark are decided here: the
`prefers-color-scheme` conditions of the e-mail become ones that always or never
hold, in a browser of either scheme. Everything else stays as it will be sent, unless
a client is simulated (`clients`), or the dark that one makes itself (`dark`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from digest.web.preview.source import Attributes, edited, marked, tree

#: gives the address to show in place of a picture's own, or None to leave it
Picture = Callable[[str], str | None]

ALWAYS, NEVER = "(min-width: 0px)", "(min-width: 9999999px)"

_SCHEME = re.compile(
    r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE
)
_CSS_URL = re.compile(r"url\([^()]*\)", re.IGNORECASE)
#: attributes that name a picture, and that hold CSS
_SOURCES, _CSS = ("src", "srcset", "background"), ("style", "media")
#: how the commonest clients show a picture that they have not loaded
_NO_PICTURES = (
    "img:not([src]){display:inline-block!important;box-sizing:border-box;"
    "min-height:4.5em;padding:12px!important;border:1px dashed #8a8a8a!important;"
    "font:14px/1.4 sans-serif!important;color:#707070!important;"
    "background:rgba(128,128,128,.12)!important}"
)
_FAINT = (
    "[data-faint]{outline:2px dashed #e8590c!important;outline-offset:2px!important}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """How an e-mail is looked at: in the dark, with its pictures loaded, by whom.

    `inverts` names the client that makes the dark (`dark.INVERSIONS`), `client` the
    one that is simulated (`clients.CLIENTS`); neither, if empty. `outlines` shows
    what is hard to read in a frame `width` pixels wide.
    """

    dark: bool = False
    images: bool = True
    inverts: str = ""
    client: str = ""
    outlines: bool = False
    width: int = 700


def framed(html: str, light: Light, picture: Picture) -> str:
    """The HTML of an e-mail as seen in a light; `picture` stands in for images."""
    if light.client:
        from digest.web.preview.clients import simulated

        html = simulated(html, light.client)
    html = _lit(html, light, picture)
    if light.inverts:
        from digest.web.preview.dark import inverted

        html = inverted(html, light.inverts)
    style = f":root{{color-scheme:{'dark' if light.dark else 'light'}!important}}"
    if not light.images:
        style += _NO_PICTURES
    if light.outlines:
        html = _outlined(html, light)
        style += _FAINT
    return _in_head(html, f"<style>{style}</style>")


def _lit(html: str, light: Light, picture: Picture) -> str:
    def tag(_: str, attributes: Attributes) -> Attributes:
        after = dict(attributes)
        for name in _CSS:
            if name in after:
                after[name] = _css(after[name], light)
        for name in _SOURCES:
            if name not in after:
                continue
            if not light.images:
                del after[name]
            elif shown := picture(after[name]):
                after[name] = shown
        return after

    return edited(html, tag, lambda css: _css(css, light))


def _css(css: str, light: Light) -> str:
    wanted = "dark" if light.dark else "light"
    css = _SCHEME.sub(lambda m: ALWAYS if m[1].lower() == wanted else NEVER, css)
    return css if light.images else _CSS_URL.sub("none", css)


def _outlined(html: str, light: Light) -> str:
    """The HTML with each text that is hard to read named, and its contrast."""
    from digest.checks import contrast, styles

    page = tree(html)
    seen = styles.Light(dark=light.dark, width=light.width)
    shown = styles.looks(page, styles.sheet(page), seen)
    places = {each: place for place, each in enumerate(page.iter("*"))}
    marks: dict[int, Attributes] = {}
    for text in contrast.faint(styles.texts(shown)):
        ratio = f"{contrast.ratio_of(text):.1f}"
        said = f"contrast {ratio}, {contrast.enough(text):g} is wanted"
        marks[places[text.element]] = {"data-faint": ratio, "title": said}
    return marked(html, marks)


def _in_head(html: str, element: str) -> str:
    end = html.lower().find("</head>")
    return html[:end] + element + html[end:] if end >= 0 else element + html


def alone(message: str) -> str:
    """A page for the frame that says something in place of an e-mail."""
    return (
        '<!DOCTYPE html><html lang="en"><head><title>Preview</title></head>'
        '<body style="margin:32px;font:15px/1.5 sans-serif">'
        f"<p>{escape(message)}</p></body></html>"
    )
