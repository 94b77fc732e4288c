"""A colour of the look, and what can be read upon it."""

from __future__ import annotations

from dataclasses import dataclass

from digest.config import COLOR
from digest.errors import RenderError


@dataclass(frozen=True, slots=True)
class Color:
    """An opaque sRGB colour, its channels from 0 to 255."""

    red: int
    green: int
    blue: int

    @classmethod
    def parse(cls, text: str, setting: str) -> Color:
        """A colour written #rgb or #rrggbb, which every mail client knows.

        Raises:
            RenderError: it is written otherwise; names the setting.
        """
        if not COLOR.fullmatch(text):
            raise RenderError(f"{setting}: {text!r} is no colour; write it as #9a1b1f")
        digits = text[1:] if len(text) == 7 else "".join(c + c for c in text[1:])
        return cls(*bytes.fromhex(digits))

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    @property
    def luminance(self) -> float:
        """Relative luminance, 0 to 1 (WCAG 2.2)."""
        return (
            0.2126 * _linear(self.red)
            + 0.7152 * _linear(self.green)
            + 0.0722 * _linear(self.blue)
        )


def _linear(channel: int) -> float:
    share = channel / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def contrast(one: Color, other: Color) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((one.luminance, other.luminance))
    return (light + 0.05) / (dark + 0.05)


WHITE = Color(255, 255, 255)
INK = Color(0x1C, 0x1A, 0x17)


def on(background: Color) -> Color:
    """White or ink, whichever reads better on the background."""
    return max(WHITE, INK, key=lambda color: contrast(color, background))
