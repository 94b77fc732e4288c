"""Simulations of mail clients: what they leave out of an e-mail is left out.

By the tests of caniemail.com, of which the checks have a copy: what a client does not
know goes. Where it knows a thing in part, what its note says in plain words goes too
(`PARTLY`), and the rest stays: it is an approximation, and looks too good rather than
too bad. What clients do wrong (Word's own widths, fonts and line heights) is not here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from digest.checks.clients import table
from digest.checks.styles import Declaration, inline
from digest.checks.uses import in_at_rule, in_css, in_element, in_selector
from digest.web.preview.source import Attributes, edited

#: bytes of a <style> beyond which Gmail takes no notice of it
GMAIL_STYLE = 16 * 1024

#: whether a declaration means nothing on an element of this name
Ignores = Callable[[str, Declaration], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """What a client ignores of a feature that it knows in part, as its note says."""

    note: str
    ignores: Ignores


def _only_on(*tags: str) -> Ignores:
    return lambda tag, _: tag not in tags


def _not_on(*tags: str) -> Ignores:
    return lambda tag, _: tag in tags


#: of Outlook on Windows: features by slug; the notes are those of the table
PARTLY: Mapping[str, Partial] = {
    "css-width": Partial(
        note="Partial. Not supported on `<body>`, `<span>`, `<div>`, `<p>` or `<img>` "
        "elements.",
        ignores=_not_on("body", "span", "div", "p", "img"),
    ),
    "css-max-width": Partial(
        note="Partial. Only works on `<table>` elements.", ignores=_only_on("table")
    ),
    "css-padding": Partial(
        note="Partial. Only supported on table cells.", ignores=_only_on("td", "th")
    ),
    "css-display": Partial(
        note="Partial. Only supports `display:none` (but not on `<img>`).",
        ignores=lambda tag, said: tag == "img" or said.value.lower() != "none",
    ),
    "css-background": Partial(
        note="Partial. Only `background-color` values are supported.",
        ignores=lambda _, said: "url(" in said.value or "gradient(" in said.value,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client to simulate: its name in the table, and what else it does."""

    name: str
    #: takes what is written for it in comments
    mso: bool = False
    partly: Mapping[str, Partial] | None = None
    longest_style: int | None = None
    #: no <style> outside of the head
    head_only: bool = False


#: by the value of the choice of clients
CLIENTS: Mapping[str, Client] = {
    "outlook": Client(name="Outlook (Windows)", mso=True, partly=PARTLY),
    "gmail": Client(name="Gmail", longest_style=GMAIL_STYLE, head_only=True),
}


def simulated(html: str, client: str) -> str:
    """The HTML as far as a client knows it."""
    how = CLIENTS[client]
    if how.mso:
        html = _for_outlook(html)
    head = html.lower().find("</head>") if how.head_only else -1
    if head >= 0:
        body = edited(html[head:], lambda _, attributes: attributes, lambda _: "")
        html = html[:head] + body
    unknown = _unknown(how.name)
    return edited(
        html,
        lambda tag, attributes: _element(tag, attributes, client),
        lambda css: _sheet(css, client),
        unwrapped=frozenset(
            use.removeprefix("element:")
            for use in unknown
            if use.startswith("element:")
        ),
    )


@cache
def _unknown(client: str) -> frozenset[str]:
    """The uses of features that the client does not support."""
    column = table().clients.index(client)
    return frozenset(
        use
        for feature in table().features
        if feature.support[column].startswith("n")
        for use in feature.uses
    )


# --- Elements -------------------------------------------------------------------------


def _element(tag: str, attributes: Attributes, client: str) -> Attributes | None:
    unknown = _unknown(CLIENTS[client].name)
    uses = set(in_element(tag, attributes))
    if any(use.startswith(("meta:", "input:")) for use in uses & unknown):
        return None
    after = {k: v for k, v in attributes.items() if f"attribute:{k}" not in unknown}
    if uses & unknown & {use for use in uses if use.startswith(("image:", "link:"))}:
        after.pop("src", None)
    if style := after.get("style"):
        after["style"] = _style(style, tag, client)
    return after


@lru_cache(maxsize=4096)
def _style(style: str, tag: str, client: str) -> str:
    return ";".join(_kept(inline(style), tag, client))


def _kept(said: tuple[Declaration, ...], tag: str, client: str) -> Iterator[str]:
    how = CLIENTS[client]
    unknown, partly = _unknown(how.name), how.partly or {}
    for each in said:
        part = partly.get(f"css-{_FAMILY.sub('', each.name)}")
        known = unknown.isdisjoint(in_css([each]))
        mark = " !important" if each.important else ""
        if how.mso and each.name == "mso-padding-alt":  # Word's own padding
            yield f"padding:{each.value}{mark}"
        elif known and not (part and tag and part.ignores(tag, each)):
            yield f"{each.name}:{each.value}{mark}"


#: padding-left is padding
_FAMILY = re.compile(r"(?<=padding)-(?:top|right|bottom|left)$")


# --- Style sheets ---------------------------------------------------------------------


def _sheet(css: str, client: str) -> str:
    import tinycss2

    how = CLIENTS[client]
    if how.longest_style is not None and len(css.encode()) > how.longest_style:
        return ""
    nodes = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    return "\n".join(filter(None, (_rule(node, client) for node in nodes)))


def _rule(node: Any, client: str) -> str:
    import tinycss2

    unknown = _unknown(CLIENTS[client].name)
    prelude = tinycss2.serialize(getattr(node, "prelude", ())).strip()
    if node.type == "qualified-rule":
        selectors = [
            one.strip()
            for one in prelude.split(",")
            if unknown.isdisjoint(in_selector(one.strip()))
        ]
        said = inline(tinycss2.serialize(node.content))
        kept = ";".join(_kept(said, "", client))
        return f"{', '.join(selectors)} {{{kept}}}" if selectors and kept else ""
    if node.type != "at-rule" or not unknown.isdisjoint(
        in_at_rule(node.lower_at_keyword, prelude)
    ):
        return ""
    if node.content is None:
        return str(node.serialize())
    inner = tinycss2.parse_rule_list(
        node.content, skip_comments=True, skip_whitespace=True
    )
    body = "\n".join(filter(None, (_rule(each, client) for each in inner)))
    return f"@{node.at_keyword} {prelude} {{{body}}}" if body else ""


# --- Outlook's comments ---------------------------------------------------------------

_HIDDEN = re.compile(
    r"<!--\[if\s([^\]]*)\]>(?!<!)(.*?)<!\[endif\]-->", re.DOTALL | re.IGNORECASE
)
_REVEALED = re.compile(
    r"<!--\[if\s([^\]]*)\]>\s*<!-->(.*?)<!--<!\[endif\]-->", re.DOTALL | re.IGNORECASE
)
_XML = re.compile(
    r"<noscript>\s*<xml>.*?</xml>\s*</noscript>|<xml>.*?</xml>", re.DOTALL
)
_VERSION = re.compile(r"(?:(lt|lte|gt|gte)\s+)?mso(?:\s+(\d+))?", re.IGNORECASE)
#: of Outlook 2016 and later, and of Microsoft 365
_OUTLOOK = 16


def _for_outlook(html: str) -> str:
    """What Outlook's comments hold for it, and without what they keep from it."""
    html = _REVEALED.sub(lambda found: found[2] if _holds(found[1]) else "", html)
    html = _HIDDEN.sub(lambda found: found[2] if _holds(found[1]) else "", html)
    return _XML.sub("", html)


def _holds(condition: str) -> bool:
    """Whether a condition such as `mso | IE`, `gte mso 9` or `!mso` holds."""
    return any(_part(part) for part in condition.split("|"))


def _part(part: str) -> bool:
    part = part.strip(" ()").lower()
    found = _VERSION.search(part)
    if not found:
        return part.startswith("!")
    number = int(found[2] or _OUTLOOK)
    holds = {
        "lt": number > _OUTLOOK,
        "lte": number >= _OUTLOOK,
        "gt": number < _OUTLOOK,
        "gte": number <= _OUTLOOK,
    }.get(found[1] or "", number == _OUTLOOK)
    return holds != part.startswith("!")
