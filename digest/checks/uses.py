"""What an e-mail asks of a client: elements, attributes, properties, units, selectors.

Each has a name of the form kind:name, such as property:border-radius, element:video,
unit:vw or pseudo:hover; `digest/checks/refresh.py` says which feature each belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from posixpath import splitext
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from digest.checks.styles import Declaration, Sheet, inline

if TYPE_CHECKING:
    from lxml.html import HtmlElement


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is used, in words, and the first element that does, if one."""

    words: str
    element: HtmlElement | None = None


def uses(page: HtmlElement, found: Sheet) -> dict[str, Place]:
    """Every use, with the first place where it is found."""
    places: dict[str, Place] = {}
    for use, place in _all(page, found):
        places.setdefault(use, place)
    return places


def _all(page: HtmlElement, found: Sheet) -> Iterator[tuple[str, Place]]:
    for rule in found.rules:
        place = Place(f"<style>: {rule.selector[:60]}")
        for use in (*in_selector(rule.selector), *in_css(rule.declarations)):
            yield use, place
    for name, prelude in found.at_rules:
        place = Place(f"<style>: @{name} {prelude[:50]}")
        for use in in_at_rule(name, prelude):
            yield use, place
    elements = [each for each in page.iter() if isinstance(each.tag, str)]
    styles: dict[str, HtmlElement] = {}
    for element in elements:
        styles.setdefault(element.get("style") or "", element)
    for style, element in styles.items():
        for use in in_css(inline(style)):
            yield use, Place(f'style="{style[:60]}"', element)
    for element in elements:
        for use in in_element(str(element.tag), element.attrib):
            yield use, Place(f"<{element.tag}>", element)


def in_css(declarations: Iterable[Declaration]) -> Iterator[str]:
    for declaration in declarations:
        name = "--" if declaration.name.startswith("--") else declaration.name
        yield f"property:{name}"
        yield f"value:{name}:{declaration.value.lower()}"
        if declaration.important:
            yield "important"
        yield from _in_tokens(declaration.tokens)


def _in_tokens(tokens: Iterable[Any]) -> Iterator[str]:
    for token in tokens:
        if token.type == "dimension":
            yield f"unit:{token.lower_unit}"
        elif token.type == "percentage":
            yield "unit:%"
        elif token.type == "ident":
            yield f"keyword:{token.lower_value}"
        elif token.type == "function":
            yield f"function:{token.lower_name}"
            yield from _in_tokens(token.arguments)


_COMBINATORS = {">": "child", "+": "adjacent-sibling", "~": "general-sibling"}
_PARTS = re.compile(
    r"(?P<element>::[\w-]+)|(?P<pseudo>:[\w-]+)|(?P<attribute>\[[^\]]*\])"
    r"|(?P<class>\.[\w-]+)|(?P<id>#[\w-]+)|(?P<universal>\*)"
    r"|\s*(?P<combinator>[>+~])\s*|(?P<grouping>,\s*)|(?P<descendant>\s+)|[\w-]+|."
)


def in_selector(selector: str) -> Iterator[str]:
    before = ""
    for part in _PARTS.finditer(selector):
        kind, text = part.lastgroup or "type", part[0].strip()
        if kind == "combinator":
            yield f"selector:{_COMBINATORS[text]}"
        elif kind == "pseudo":
            yield f"pseudo:{text[1:]}"
        elif kind == "element":
            yield f"pseudo-element:{text[2:]}"
        else:
            yield f"selector:{kind}"
        if kind == before == "class":
            yield "selector:chaining"
        before = kind


def in_at_rule(name: str, prelude: str) -> Iterator[str]:
    yield f"at:{name}"
    if name == "media":
        for feature in re.findall(r"\(\s*([\w-]+)", prelude):
            yield f"media:{feature}"


def in_element(tag: str, attributes: Mapping[str, str]) -> Iterator[str]:
    yield f"element:{tag}"
    for name in attributes:
        yield f"attribute:{name}"
    if tag == "input":
        yield f"input:{attributes.get('type') or 'text'}"
    elif tag == "meta":
        yield f"meta:{attributes.get('name') or ''}"
    elif tag == "a":
        yield from _in_link(attributes.get("href") or "")
    elif tag == "img":
        yield from _in_image(attributes.get("src") or "")


def _in_link(address: str) -> Iterator[str]:
    for start in ("#", "mailto"):
        if address.startswith(start):
            yield f"link:{start}"


def _in_image(address: str) -> Iterator[str]:
    if address.startswith("data:"):
        yield "link:data"
        return
    try:
        path = urlsplit(address).path
    except ValueError:  # the check of images speaks of it
        return
    yield f"image:{splitext(path)[1][1:].lower()}"
