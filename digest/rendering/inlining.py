"""Our CSS written into the elements: by premailer's parts, in one pass of ours.

premailer reads the rules, knows which goes before which, and merges them with
what an element has. It would look for the elements itself, with one XPath
through the whole e-mail for each rule: half the time of a long issue. And then
it goes on to what MJML has done already (docs/decisions/0004).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from lxml.cssselect import CSSSelector
    from lxml.etree import _Element, _ElementTree

#: names and values of CSS
Declarations = tuple[tuple[str, str], ...]

#: `p`, `.lede` or `p.lede`; with spaces between them most selectors are no more
_STEP = re.compile(r"(?P<tag>\w*)(?:\.(?P<name>[\w-]+))?")


def inline(tree: _ElementTree, css: str) -> None:
    """Write the rules of `css` into the elements of `tree`.

    What an element has already goes before them, `!important` after all others.
    A rule that no element can hold (a media query, `:hover`) is left out.
    """
    styled: dict[_Element, list[Declarations]] = {}
    classes = _by_class(tree)
    for selector, declarations in _rules(css):
        for element in _chosen(selector, tree, classes):
            styled.setdefault(element, []).append(declarations)
    for element, several in styled.items():
        element.set("style", _merged(element.get("style", ""), tuple(several)))


@lru_cache(maxsize=1024)
def _merged(own: str, several: tuple[Declarations, ...]) -> str:
    """An element's own style after others; most elements are like many others."""
    from premailer.merge_style import merge_styles

    no_states = [""] * len(several)
    merged = str(merge_styles(own, several, no_states))
    return merged.replace("; ", ";").replace(", ", ",")


@lru_cache(maxsize=8)
def _rules(css: str) -> Sequence[tuple[str, Declarations]]:
    """Selectors and what they declare, the strongest last."""
    from premailer import Premailer
    from premailer.merge_style import csstext_to_pairs

    _silence_cssutils()
    reader = Premailer(strip_important=False, disable_validation=True)
    rules, _ = reader._parse_style_rules(css, 0)  # noqa: SLF001
    return [
        (selector, tuple(csstext_to_pairs(declared, validate=False)))
        for _, selector, declared in sorted(rules)
    ]


@cache
def _silence_cssutils() -> None:
    """It warns of every property that is younger than itself, on stderr."""
    import logging

    import cssutils

    cssutils.log.setLevel(logging.CRITICAL + 1)


def _by_class(tree: _ElementTree) -> dict[str, list[_Element]]:
    classes: dict[str, list[_Element]] = {}
    for element in tree.iter("*"):
        for name in element.get("class", "").split():
            classes.setdefault(name, []).append(element)
    return classes


def _chosen(
    selector: str, tree: _ElementTree, classes: dict[str, list[_Element]]
) -> Iterable[_Element]:
    """The elements of a selector: from those of its first class, or by an XPath."""
    first, *inner = (_STEP.fullmatch(part) for part in selector.split())
    if first is None or not first["name"] or None in inner:
        return cast("list[_Element]", _xpath(selector)(tree))
    found = [each for each in classes.get(first["name"], ()) if _fits(each, first)]
    for step in filter(None, inner):
        tag = step["tag"] or "*"
        within = (each for outer in found for each in outer.iterdescendants(tag))
        found = list(dict.fromkeys(each for each in within if _fits(each, step)))
    return found


def _fits(element: _Element, step: re.Match[str]) -> bool:
    tag, name = step["tag"], step["name"]
    right_class = not name or name in element.get("class", "").split()
    return right_class and (not tag or element.tag == tag)


@lru_cache(maxsize=256)
def _xpath(selector: str) -> CSSSelector:
    from lxml.cssselect import CSSSelector

    return CSSSelector(selector)
