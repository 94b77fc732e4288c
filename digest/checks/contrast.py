"""Every text can be read upon its ground, in the light and in the dark (WCAG 2.2, AA).

Also what stands in the place of an image that is not loaded.

error: hardly there: a contrast below 2 → another colour for the text or its ground
warning: below 4.5, or below 3 for large text → another colour, darker or lighter
note: text upon a picture without a colour behind → give a background-color too
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from digest.checks.examined import Examined
from digest.checks.styles import Color, Light, Text, has_dark, texts
from digest.model import Finding, Severity

#: WCAG 2.2, 1.4.3; large is 18 points, or 14 points in bold
ENOUGH, ENOUGH_LARGE = 4.5, 3.0
LARGE, LARGE_BOLD = 24.0, 18.66
#: nobody reads that
UNREADABLE = 2.0


def check(examined: Examined) -> Iterator[Finding]:
    lights = [Light()]
    if has_dark(examined.page, examined.sheet):
        lights.append(Light(dark=True))
    for light in lights:
        seen = list(texts(examined.looks(light)))
        name = "in the dark" if light.dark else "in the light"
        yield from _faint(examined, seen, name)
        yield from _pictured(examined, seen, name)


def faint(seen: Iterable[Text]) -> Iterator[Text]:
    """Those of the texts that are hard to read upon their ground."""
    for text in seen:
        if not text.look.pictured and ratio_of(text) < enough(text):
            yield text


def _faint(examined: Examined, seen: list[Text], light: str) -> Iterator[Finding]:
    """A finding for each pair of colours that is too close."""
    pairs: dict[tuple[str, str], list[Text]] = defaultdict(list)
    for text in faint(seen):
        pairs[written(text.color), written(text.look.background)].append(text)
    for (color, ground), found in pairs.items():
        ratio = ratio_of(found[0])
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        yield Finding(
            check="contrast",
            severity=Severity.ERROR if ratio < UNREADABLE else Severity.WARNING,
            message=f"{color} on {ground} {light} has a contrast of {ratio:.2f}, "
            f"{max(enough(text) for text in found)} is wanted",
            where=f"{found[0].text[:50]!r}{more}",
            help="change the text's colour or its background in the template or [look]",
            at=examined.at(*(text.element for text in found)),
        )


def _pictured(examined: Examined, seen: list[Text], light: str) -> Iterator[Finding]:
    found = [text for text in seen if text.look.pictured]
    if found:
        yield Finding(
            check="contrast",
            severity=Severity.NOTE,
            message=f"stands {light} upon a picture, whose colours nobody knows",
            where=f"{found[0].text[:50]!r}",
            help="give it a background-color too, for readers without images",
            at=examined.at(*(text.element for text in found)),
        )


def enough(text: Text) -> float:
    """The contrast that a text of its size needs."""
    large = text.look.size >= (LARGE_BOLD if text.look.bold else LARGE)
    return ENOUGH_LARGE if large else ENOUGH


def ratio_of(text: Text) -> float:
    """A text's contrast, 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((_luminance(text.color), _luminance(text.look.background)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Color) -> float:
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in color[:3]
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def written(color: Color) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in color[:3])
