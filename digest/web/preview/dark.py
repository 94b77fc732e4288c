"""A simulation of the dark that mail clients make themselves, by inverting colours.

No client says how it does it; these rules are what others have seen and published.

Gmail on iOS inverts fully: light colours become dark and dark ones light, text and
ground alike, and no rule of the e-mail changes that. Outlook.com inverts in part: light
grounds become dark and dark text light, and what is dark already stays.
    https://www.litmus.com/blog/the-ultimate-guide-to-dark-mode-for-email-marketers
    https://support.ometria.com/hc/en-gb/articles/8844469213597
Hue and chroma are kept and the lightness is turned over, in CIE L*a*b*. That is how
Outlook's own editor does it, which gives black the lightness of #333333:
    https://github.com/microsoft/roosterjs, getDarkColor.ts
Outlook.com names the elements that it changed, `data-ogsc` for text and `data-ogsb` for
grounds, and an e-mail's own rules for these are taken to win; borders stay as they are:
    https://www.hteumeuleu.com/2021/emails-react-outlook-com-dark-mode/
    https://docs.bird.com/taxi/email-and-taxi-for-email-best-practice/dark-mode
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from digest.checks.styles import Color
from digest.web.preview.source import Attributes, edited

#: CIE lightness of #333333, which Outlook makes of white
OUTLOOK_BLACK = 21.247
#: CIE lightness above which a ground is light, and below which a text is dark
MIDDLE = 50.0

_INKS = frozenset({"color", "-webkit-text-fill-color", "text-decoration-color"})
_GROUNDS = frozenset({"background", "background-color"})
_LINES = frozenset(
    f"border{side}{end}"
    for side in ("", "-top", "-right", "-bottom", "-left")
    for end in ("", "-color")
)
_ATTRIBUTES = {"bgcolor": True, "color": False, "text": False, "link": False}

#: gives the lightness that a lightness becomes, or None where it stays
Turn = Callable[[float], float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inversion:
    """How a client inverts: what a ground, a text and a line become."""

    ground: Turn
    ink: Turn
    line: Turn
    #: names the elements that it changed, as Outlook does
    names: bool = False


def _full(lightness: float) -> float | None:
    return 100 - lightness


def _stays(_: float) -> float | None:
    return None


def _outlook(lightness: float) -> float:
    return (100 - lightness) * (100 - OUTLOOK_BLACK) / 100 + OUTLOOK_BLACK


def _light_only(lightness: float) -> float | None:
    return _outlook(lightness) if lightness > MIDDLE else None


def _dark_only(lightness: float) -> float | None:
    return _outlook(lightness) if lightness < MIDDLE else None


#: by the value of the choice of colours
INVERSIONS: Mapping[str, Inversion] = {
    "gmail": Inversion(ground=_full, ink=_full, line=_full),
    "outlook": Inversion(ground=_light_only, ink=_dark_only, line=_stays, names=True),
}


def inverted(html: str, client: str) -> str:
    """The HTML with its colours as a client in the dark inverts them."""
    how = INVERSIONS[client]
    ground, ink = (
        _css_of(_turned((1, 1, 1, 1), how.ground)),
        _css_of(_turned((0, 0, 0, 1), how.ink)),
    )
    link = _css_of(_turned((0, 0, 0.933, 1), how.ink))
    canvas = (
        f":where(html){{background:{ground};color:{ink}}}:where(a:link){{color:{link}}}"
    )

    def tag(_: str, attributes: Attributes) -> Attributes:
        return _element(attributes, client)

    done = edited(html, tag, lambda css: _sheet(css, client))
    start = done.lower().find("<head>")
    at = start + len("<head>") if start >= 0 else 0
    return f"{done[:at]}<style>{canvas}</style>{done[at:]}"


def _element(attributes: Attributes, client: str) -> Attributes:
    how, after = INVERSIONS[client], dict(attributes)
    named: set[str] = set()
    if style := attributes.get("style"):
        after["style"], changed = _style(style, client)
        named |= changed
    for name, is_ground in _ATTRIBUTES.items():
        if name in attributes:
            turn = how.ground if is_ground else how.ink
            after[name] = _value(attributes[name], turn)
            if after[name] != attributes[name]:
                named.add("data-ogsb" if is_ground else "data-ogsc")
    return {**after, **dict.fromkeys(sorted(named), "")} if how.names else after


@lru_cache(maxsize=4096)
def _style(style: str, client: str) -> tuple[str, frozenset[str]]:
    """A `style` with its colours turned, and how the changes are named."""
    import tinycss2

    nodes = tinycss2.parse_blocks_contents(style)
    changed = _turn_all(nodes, INVERSIONS[client])
    if not changed and tinycss2.serialize(nodes) == style:
        return style, changed
    return tinycss2.serialize(nodes).rstrip("; "), changed


def _sheet(css: str, client: str) -> str:
    import tinycss2

    nodes = tinycss2.parse_stylesheet(css)
    return "".join(_rule(node, INVERSIONS[client]) for node in nodes)


def _rule(node: Any, how: Inversion) -> str:
    import tinycss2

    if node.type not in ("qualified-rule", "at-rule") or node.content is None:
        return str(node.serialize())
    prelude = tinycss2.serialize(node.prelude)
    if "data-ogs" in prelude:  # made for it
        return str(node.serialize())
    if node.type == "at-rule":
        inner = tinycss2.parse_rule_list(node.content)
        body = "".join(_rule(each, how) for each in inner)
        return f"@{node.at_keyword}{prelude}{{{body}}}"
    declared = tinycss2.parse_blocks_contents(node.content)
    _turn_all(declared, how)
    return f"{prelude}{{{tinycss2.serialize(declared)}}}"


def _turn_all(nodes: Sequence[Any], how: Inversion) -> frozenset[str]:
    """Turns the colours of declarations over, in place; says what was changed."""
    changed: set[str] = set()
    for node in nodes:
        if node.type != "declaration":
            continue
        for names, turn, name in (
            (_INKS, how.ink, "data-ogsc"),
            (_GROUNDS, how.ground, "data-ogsb"),
            (_LINES, how.line, ""),
        ):
            if node.lower_name in names and _turn_tokens(node, turn):
                changed.add(name)
    return frozenset(changed - {""})


def _turn_tokens(node: Any, turn: Turn) -> bool:
    import tinycss2

    text = "".join(_value(token.serialize(), turn) for token in node.value)
    if text == tinycss2.serialize(node.value):
        return False
    node.value = tinycss2.parse_component_value_list(text)
    return True


def _value(text: str, turn: Turn) -> str:
    """A colour as text, turned over; what is none stays."""
    from tinycss2.color3 import parse_color

    color = parse_color(text) if text.strip() else None
    if not isinstance(color, tuple) or not color[3]:
        return text
    given: Color = tuple(color)
    turned = _turned(given, turn)
    return text if turned == given else _css_of(turned)


def _css_of(color: Color) -> str:
    red, green, blue = (round(channel * 255) for channel in color[:3])
    if color[3] == 1:
        return f"#{red:02x}{green:02x}{blue:02x}"
    return f"rgba({red},{green},{blue},{color[3]:g})"


# --- CIE L*a*b*, of sRGB under D65 ----------------------------------------------------

_WHITE = (0.95047, 1.0, 1.08883)
_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_TO_RGB = (
    (3.2404542, -1.5371385, -0.4985314),
    (-0.9692660, 1.8760108, 0.0415560),
    (0.0556434, -0.2040259, 1.0572252),
)
_Triple = tuple[float, float, float]


@lru_cache(maxsize=1024)
def _turned(color: Color, turn: Turn) -> Color:
    """The colour with another lightness; its hue and chroma as far as there is one."""
    lightness, a, b = _lab(color[:3])
    wanted = turn(lightness)
    if wanted is None:
        return color
    red, green, blue = _rgb((wanted, a, b))
    return (red, green, blue, color[3])


def _lab(rgb: _Triple) -> _Triple:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    x, y, z = (
        _root(value / white)
        for value, white in zip(_times(_TO_XYZ, linear), _WHITE, strict=True)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _rgb(lab: _Triple) -> _Triple:
    y = (lab[0] + 16) / 116
    ratios = (y + lab[1] / 500, y, y - lab[2] / 200)
    xyz = [_cube(each) * white for each, white in zip(ratios, _WHITE, strict=True)]
    red, green, blue = (
        12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055
        for c in _times(_TO_RGB, xyz)
    )
    return _within(red), _within(green), _within(blue)


def _within(channel: float) -> float:
    return min(max(channel, 0.0), 1.0)


def _times(matrix: Sequence[_Triple], vector: Sequence[float]) -> list[float]:
    return [sum(m * v for m, v in zip(row, vector, strict=True)) for row in matrix]


def _root(ratio: float) -> float:
    return (
        float(ratio ** (1 / 3)) if ratio > 216 / 24389 else ratio * 841 / 108 + 4 / 29
    )


def _cube(root: float) -> float:
    return root**3 if root > 6 / 29 else (root - 4 / 29) * 108 / 841
