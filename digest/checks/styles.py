"""The e-mail's CSS: its rules, and what they make of each element in a light.

Not a browser: colours, sizes and whether something is hidden, by the cascade of
CSS (importance, inline, specificity, order), which is what can be read or not.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: red, green, blue and alpha, 0 to 1
Color = tuple[float, float, float, float]

BLACK: Color = (0, 0, 0, 1)
WHITE: Color = (1, 1, 1, 1)
NOTHING: Color = (0, 0, 0, 0)


# --- What is written --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Declaration:
    """`name: value`, the value as text and as tinycss2's tokens."""

    name: str
    value: str
    tokens: Sequence[Any]
    important: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """Declarations for selectors, inside of `media`, the outermost first."""

    selector: str
    media: tuple[str, ...]
    declarations: tuple[Declaration, ...]


@dataclass(slots=True)
class Sheet:
    """All that an e-mail's `<style>`s hold."""

    rules: list[Rule] = field(default_factory=list)
    #: each at-rule: its name, and what stands before its block
    at_rules: list[tuple[str, str]] = field(default_factory=list)


def sheet(page: HtmlElement) -> Sheet:
    """The rules of all `<style>`s that are not hidden in comments."""
    import tinycss2

    found = Sheet()
    for style in page.iter("style"):
        media = (style.get("media") or "").strip()
        nodes = tinycss2.parse_stylesheet(
            style.text or "", skip_comments=True, skip_whitespace=True
        )
        _collect(nodes, (media,) if media else (), found)
    return found


def _collect(nodes: Sequence[Any], media: tuple[str, ...], found: Sheet) -> None:
    import tinycss2

    for node in nodes:
        prelude = tinycss2.serialize(getattr(node, "prelude", ())).strip()
        if node.type == "qualified-rule":
            declarations = _declarations(node.content)
            found.rules.append(Rule(prelude, media, declarations))
        elif node.type == "at-rule":
            name = node.lower_at_keyword
            found.at_rules.append((name, prelude))
            if name in ("media", "supports") and node.content is not None:
                inner = tinycss2.parse_rule_list(
                    node.content, skip_comments=True, skip_whitespace=True
                )
                within = (*media, prelude) if name == "media" else media
                _collect(inner, within, found)


@lru_cache(maxsize=4096)
def inline(style: str) -> tuple[Declaration, ...]:
    """The declarations of a `style` attribute."""
    return _declarations(style)


def _declarations(content: Any) -> tuple[Declaration, ...]:
    import tinycss2

    nodes = tinycss2.parse_blocks_contents(
        content, skip_comments=True, skip_whitespace=True
    )
    return tuple(
        Declaration(
            name=node.lower_name,
            value=tinycss2.serialize(node.value).strip(),
            tokens=[t for t in node.value if t.type not in ("whitespace", "comment")],
            important=node.important,
        )
        for node in nodes
        if node.type == "declaration"
    )


# --- What it means in a light -----------------------------------------------


@dataclass(frozen=True, slots=True)
class Light:
    """How an e-mail is looked at: how wide in CSS pixels, and in the dark or not."""

    dark: bool = False
    width: int = 700

    def shows(self, query: str) -> bool:
        """Whether a media query holds; what it asks beyond our knowledge doesn't."""
        return any(self._holds(part.strip().lower()) for part in query.split(","))

    def _holds(self, query: str) -> bool:
        words = set(re.sub(r"\([^)]*\)", " ", query).split())
        if words - {"only", "screen", "all", "and"}:
            return False
        return all(
            self._has(name, (value or "").strip())
            for name, value in re.findall(r"\(\s*([\w-]+)\s*(?::([^)]*))?\)", query)
        )

    def _has(self, name: str, value: str) -> bool:
        if name == "prefers-color-scheme":
            return value == ("dark" if self.dark else "light")
        if name in ("min-width", "max-width"):
            number = re.match(r"([\d.]+)(px|em|rem)?", value)
            if not number:
                return False
            pixels = float(number[1]) * (16 if number[2] in ("em", "rem") else 1)
            return self.width >= pixels if name == "min-width" else self.width <= pixels
        return False


@dataclass(frozen=True, slots=True)
class Look:
    """How an element's own text is shown."""

    color: Color = BLACK
    #: opaque: what is behind the text, all the layers put together
    background: Color = WHITE
    #: CSS pixels
    size: float = 16
    bold: bool = False
    hidden: bool = False
    #: a picture is behind it, so nobody knows its colour
    pictured: bool = False


_USED = frozenset(
    "color background background-color background-image font font-size font-weight "
    "display visibility opacity max-height".split()
)
#: of user agents: the sizes of headings and of what is small, in em
_SIZES = {"h1": 2, "h2": 1.5, "h3": 1.17, "h5": 0.83, "h6": 0.67, "small": 0.83}
_BOLD = frozenset("b strong h1 h2 h3 h4 h5 h6 th".split())
_UNSEEN = frozenset("head script style template title".split())
#: elements that look otherwise than what is around them, without any style
_OWN_LOOK = _BOLD | _UNSEEN | _SIZES.keys() | {"a", "font", "body"}
_LINK: Color = (0, 0, 0.933, 1)
_DARK_LINK: Color = (0.62, 0.62, 1, 1)
_DARK_CANVAS: Color = (0.07, 0.07, 0.07, 1)


def looks(page: HtmlElement, found: Sheet, light: Light) -> dict[HtmlElement, Look]:
    """How every element of the page is shown in a light."""
    cascade = _cascade(page, found, light)
    knows_dark = light.dark and _knows_dark(page, found)
    canvas = (
        Look(color=WHITE, background=_DARK_CANVAS)
        if knows_dark
        else Look(color=BLACK, background=WHITE)
    )
    shown: dict[HtmlElement, Look] = {}
    for element in page.iter():  # parents come before their children
        if isinstance(element.tag, str):
            parent = element.getparent()
            above = shown.get(parent, canvas) if parent is not None else canvas
            own = cascade.get(element, {})
            shown[element] = _look(element, above, own, dark=knows_dark)
    return shown


def has_dark(page: HtmlElement, found: Sheet) -> bool:
    """Whether the e-mail has colours of its own for the dark."""
    return _knows_dark(page, found) or any(
        "prefers-color-scheme" in query for rule in found.rules for query in rule.media
    )


def _knows_dark(page: HtmlElement, found: Sheet) -> bool:
    schemes = [
        declaration.value
        for rule in found.rules
        for declaration in rule.declarations
        if declaration.name == "color-scheme"
    ]
    schemes += [
        meta.get("content") or ""
        for meta in page.iter("meta")
        if meta.get("name") == "color-scheme"
    ]
    return any("dark" in scheme for scheme in schemes)


_Values = dict[str, str]
#: what wins: important, inline, specificity, order
_Rank = tuple[bool, bool, tuple[int, int, int], int]
_Ranked = dict[str, tuple[_Rank, str]]
#: whether it is important, and what it says of a property that is looked at
_Said = tuple[tuple[bool, str, str], ...]


def _cascade(
    page: HtmlElement, found: Sheet, light: Light
) -> dict[HtmlElement, _Values]:
    """For each element that is styled, the winning value of each property used."""
    ranked: dict[HtmlElement, _Ranked] = defaultdict(dict)
    for order, rule in enumerate(found.rules):
        said = _said(rule.declarations)
        if said and all(light.shows(query) for query in rule.media):
            for specificity, path in _paths(rule.selector):
                for element in path(page):
                    _give(ranked[element], said, False, specificity, order)
    for element in page.iter():
        if isinstance(element.tag, str) and (style := element.get("style")):
            _give(ranked[element], _said_inline(style), True, (0, 0, 0), 0)
    return {
        element: {name: value for name, (_, value) in values.items()}
        for element, values in ranked.items()
    }


def _give(
    values: _Ranked,
    said: _Said,
    inlined: bool,
    specificity: tuple[int, int, int],
    order: int,
) -> None:
    for important, name, value in said:
        rank = important, inlined, specificity, order
        if name not in values or values[name][0] <= rank:
            values[name] = rank, value


@lru_cache(maxsize=4096)
def _said_inline(style: str) -> _Said:
    return _said(inline(style))


def _said(declarations: Sequence[Declaration]) -> _Said:
    return tuple(
        (declaration.important, name, value)
        for declaration in declarations
        if declaration.name in _USED
        for name, value in _longhands(declaration)
    )


@lru_cache(maxsize=1024)
def _paths(selector: str) -> tuple[tuple[tuple[int, int, int], Any], ...]:
    """An XPath for each selector, but for those that match nothing one can read."""
    from cssselect import HTMLTranslator, parse
    from cssselect.xpath import ExpressionError
    from lxml import etree

    paths = []
    try:
        for one in parse(selector):
            if one.pseudo_element is None:
                path = HTMLTranslator().selector_to_xpath(one)
                paths.append((one.specificity(), etree.XPath(path)))
    except (SyntaxError, ExpressionError):  # a selector newer than cssselect
        pass
    return tuple(paths)


def _longhands(declaration: Declaration) -> Iterator[tuple[str, str]]:
    """What a declaration says of the properties that are looked at."""
    name = declaration.name
    if name == "background":
        colors = (token for token in declaration.tokens if _is_color(token))
        yield "background-color", next((t.serialize() for t in colors), "transparent")
        yield "background-image", _image(declaration)
    elif name == "background-image":
        yield name, _image(declaration)
    elif name == "font":
        size = re.search(r"([\d.]+(?:px|pt|em|rem|%))", declaration.value)
        if size:
            yield "font-size", size[1]
            bold = re.search(r"\b(bold(?:er)?|[6-9]00)\b", declaration.value)
            yield "font-weight", bold[1] if bold else "normal"
    elif name in _USED and _known(declaration):
        yield name, declaration.value.lower()


def _known(declaration: Declaration) -> bool:
    """Whether a colour can be read: var() and newer spaces cannot, and don't count."""
    if declaration.name not in ("color", "background-color"):
        return True
    if declaration.value.lower() in ("inherit", "initial", "unset"):
        return True
    return bool(declaration.tokens) and _is_color(declaration.tokens[0])


def _is_color(token: Any) -> bool:
    from tinycss2.color3 import parse_color

    return parse_color(token) is not None


def _image(declaration: Declaration) -> str:
    return "image" if re.search(r"url\(|gradient\(", declaration.value) else "none"


def _look(element: HtmlElement, above: Look, own: _Values, *, dark: bool) -> Look:
    tag = str(element.tag)
    if not own and tag not in _OWN_LOOK and "bgcolor" not in element.attrib:
        return above
    color = _text_color(element, above, own, dark=dark)
    ground = _color(
        own.get("background-color") or element.get("bgcolor"), NOTHING, color
    )
    background = _over(ground, above.background)
    pictured = own.get("background-image") == "image" or (
        above.pictured and ground[3] < 1
    )
    size = _size(own.get("font-size"), above.size, _SIZES.get(tag, 1))
    return Look(
        color=color,
        background=background,
        size=size,
        bold=_bold(own.get("font-weight"), above.bold or tag in _BOLD),
        hidden=above.hidden or tag in _UNSEEN or _hides(own),
        pictured=pictured,
    )


def _text_color(
    element: HtmlElement, above: Look, own: _Values, *, dark: bool
) -> Color:
    usual = above.color
    if element.tag == "a" and element.get("href"):
        usual = _DARK_LINK if dark else _LINK
    if value := own.get("color"):
        return _color(value, above.color if value == "inherit" else usual, above.color)
    attribute = {"font": "color", "body": "text"}.get(str(element.tag), "")
    return _color(element.get(attribute) if attribute else None, usual, usual)


def _color(value: str | None, usual: Color, current: Color) -> Color:
    """A colour as it is written; `usual` if it is none."""
    if not value or value in ("inherit", "unset"):
        return usual
    if value == "initial":
        return NOTHING if usual == NOTHING else BLACK
    if value == "currentcolor":
        return current
    return _parsed(value) or usual


@lru_cache(maxsize=1024)
def _parsed(value: str) -> Color | None:
    from tinycss2.color3 import parse_color

    found = parse_color(value)
    return tuple(found) if isinstance(found, tuple) else None


def _over(color: Color, ground: Color) -> Color:
    """A colour laid over an opaque one."""
    alpha = color[3]
    if alpha in (0, 1):
        return color if alpha else ground
    red, green, blue = (
        alpha * above + (1 - alpha) * below
        for above, below in zip(color[:3], ground[:3], strict=True)
    )
    return (red, green, blue, 1)


_POINTS = {"px": 1, "pt": 4 / 3, "rem": 16}
_KEYWORDS = {"x-small": 10, "small": 13, "medium": 16, "large": 18, "x-large": 24}


def _size(value: str | None, above: float, usual: float) -> float:
    """A font size in pixels; `usual` is in em."""
    if value in _KEYWORDS:
        return _KEYWORDS[value]
    number = re.match(r"([\d.]*\d)(px|pt|rem|em|%)?$", value or "")
    if not number:
        return above * usual
    count, unit = float(number[1]), number[2] or "px"
    if unit in _POINTS:
        return count * _POINTS[unit]
    return above * count / (100 if unit == "%" else 1)


def _bold(value: str | None, above: bool) -> bool:
    if value is None or value == "inherit":
        return above
    return value in ("bold", "bolder") or (value.isdigit() and int(value) >= 600)


def _hides(own: Mapping[str, str]) -> bool:
    return (
        own.get("display") == "none"
        or own.get("visibility") in ("hidden", "collapse")
        or own.get("opacity") in ("0", "0%")
        or own.get("max-height") in ("0", "0px")
    )


# --- What is read -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """A text that a reader sees, and how."""

    text: str
    look: Look
    #: holds it; of an image, the image
    element: HtmlElement

    @property
    def color(self) -> Color:
        """The colour that reaches the eye, where the text's own is not opaque."""
        return _over(self.look.color, self.look.background)


def texts(shown: Mapping[HtmlElement, Look]) -> Iterator[Text]:
    """Every text node that is seen, and what stands in the place of an image."""
    for element, look in shown.items():
        if look.hidden or not look.size:
            continue
        nodes = [element.text, *(child.tail for child in element)]
        if element.tag == "img":
            nodes.append(element.get("alt"))
        for node in nodes:
            if text := " ".join((node or "").replace("\u200c", "").split()):
                yield Text(text, look, element)
