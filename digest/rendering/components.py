"""What MJML knows: its elements, their attributes, and what a value looks like.

The facts are data: `mjml.toml`, written from the npm package; its head says how.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

#: every element takes these
EVERYWHERE = frozenset({"css-class", "mj-class"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """An element of MJML; `attributes` by name, with the type of their values."""

    attributes: Mapping[str, str]
    children: frozenset[str]
    #: whether it holds HTML or text, and no element of MJML
    html: bool


@cache
def elements() -> Mapping[str, Element]:
    """All elements, by name."""
    return {name: _element(fields) for name, fields in _table()["elements"].items()}


def parents(name: str) -> list[str]:
    """The elements that may hold the one of this name."""
    return [parent for parent, each in elements().items() if name in each.children]


@cache
def _table() -> Mapping[str, Any]:
    source = files(__package__ or "digest.rendering").joinpath("mjml.toml")
    return tomllib.loads(source.read_text("utf-8"))


def _element(fields: Mapping[str, Any]) -> Element:
    by_type: Mapping[str, str] = fields.get("attributes", {})
    return Element(
        attributes={n: kind for kind, names in by_type.items() for n in names.split()},
        children=frozenset(fields.get("children", "").split()),
        html=fields.get("html", False),
    )


def expected(kind: str, value: str) -> str:
    """What a value of this type should be, in words; empty if `value` is one."""
    pattern, words = _type(kind)
    return "" if pattern.fullmatch(" ".join(value.split())) else words


@cache
def _type(kind: str) -> tuple[re.Pattern[str], str]:
    """The pattern of a type, and what it is in words."""
    name, _, rest = kind.partition("(")
    options, _, count = rest.partition(")")
    choices = [option for option in options.split(",") if option]
    if name == "enum":
        return re.compile(_any(options.split(","))), " or ".join(choices)
    if name.startswith("unit"):
        pattern = _unit(options.split(","), count, "-?" if name != "unit" else "")
        return re.compile(pattern), f"a number with {' or '.join(choices)}"
    if name == "color":
        return re.compile(_color()), "a colour, as #9a1b1f"
    return {
        "integer": (re.compile(r"\d+"), "a whole number"),
        "boolean": (re.compile("true|false"), "true or false"),
        "string": (re.compile(".*"), "a text"),
    }[name]


def _any(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in words)


def _unit(units: list[str], count: str, sign: str) -> str:
    word = "|auto" if "auto" in units else ""
    number = rf"(?:{sign}[\d.]+(?:{_any([u for u in units if u != 'auto'])})|0{word})"
    most = int(count.strip("{}").rpartition(",")[2] or 1)
    return f"{number}(?: {number}){{0,{most - 1}}}"


def _color() -> str:
    part = r"\s*\d{1,3}\s*"
    numbers = rf"rgb\({part},{part},{part}\)|rgba\({part},{part},{part},\s*[\d.]+\s*\)"
    return rf"#(?:[0-9a-fA-F]{{3}}){{1,2}}|{numbers}|{_any(_table()['colors'].split())}"
