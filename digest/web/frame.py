"""The e-mail as a frame of the preview shows it: an edit of its HTML, nothing more.

A browser follows its owner's colour scheme, so light and dark are decided here: the
`prefers-color-scheme` conditions of the e-mail become ones that always or never
hold, in a browser of either scheme. Everything else stays as it will be sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape

#: gives the address to show in place of a picture's own, or None to leave it
Picture = Callable[[str], str | None]

ALWAYS, NEVER = "(min-width: 0px)", "(min-width: 9999999px)"

_TAG = re.compile(r"(<[^<>]*>)")
_SCHEME = re.compile(
    r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE
)
_CSS_URL = re.compile(r"url\([^()]*\)", re.IGNORECASE)
_SOURCE = re.compile(
    r"""(?<=\s)(src|srcset|background)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""",
    re.IGNORECASE,
)
#: how the commonest clients show a picture that they have not loaded
_NO_PICTURES = (
    "img:not([src]){display:inline-block!important;box-sizing:border-box;"
    "min-height:4.5em;padding:12px!important;border:1px dashed #8a8a8a!important;"
    "font:14px/1.4 sans-serif!important;color:#707070!important;"
    "background:rgba(128,128,128,.12)!important}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """How an e-mail is looked at: in the dark, and with its pictures loaded."""

    dark: bool = False
    images: bool = True


def framed(html: str, light: Light, picture: Picture) -> str:
    """The HTML of an e-mail as seen in a light; `picture` stands in for images."""
    style = f":root{{color-scheme:{'dark' if light.dark else 'light'}!important}}"
    if not light.images:
        style += _NO_PICTURES
    return _in_head(_edited(html, light, picture), f"<style>{style}</style>")


def _edited(html: str, light: Light, picture: Picture) -> str:
    parts = _TAG.split(html)  # text at even places, tags at odd ones
    for place in range(1, len(parts), 2):
        parts[place] = _tag(parts[place], light, picture)
        if parts[place][:6].lower() == "<style":
            parts[place + 1] = _css(parts[place + 1], light)
    return "".join(parts)


def _tag(tag: str, light: Light, picture: Picture) -> str:
    def source(found: re.Match[str]) -> str:
        if not light.images:
            return ""
        shown = picture(unescape(found[2].strip("\"'")))
        return f'{found[1]}="{escape(shown)}"' if shown else found[0]

    return _css(_SOURCE.sub(source, tag), light)


def _css(css: str, light: Light) -> str:
    wanted = "dark" if light.dark else "light"
    css = _SCHEME.sub(lambda m: ALWAYS if m[1].lower() == wanted else NEVER, css)
    return css if light.images else _CSS_URL.sub("none", css)


def _in_head(html: str, element: str) -> str:
    end = html.lower().find("</head>")
    return html[:end] + element + html[end:] if end >= 0 else element + html
