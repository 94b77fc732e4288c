"""What a mail client cannot show, by the tests of caniemail.com.

Grouped by feature, weighed by how many read with a client; never forbids sending.
What is only adornment where it is missing is not spoken of (`HARMLESS`).

warning: Apple Mail or Gmail cannot show something → another way that all know
note: Outlook, Yahoo Mail, Samsung Email or two smaller ones cannot → look at it there
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from digest.checks.examined import Examined
from digest.checks.uses import Place, uses
from digest.model import Finding, Severity

TABLE = Path(__file__).with_name("caniemail.json")

#: Tiers and no shares: the published ones (Litmus) count opens, most of which
#: Apple's privacy proxy makes itself, so their tenths mean nothing.
WEIGHTS: Mapping[str, int] = {
    "Apple Mail": 3,
    "Gmail": 3,
    "Outlook": 2,
    "Yahoo Mail": 2,
    "Samsung Email": 2,
}
OTHERS = 1
#: a client of the second tier, or two of the third, make it worth a note
WORTH_A_NOTE = 2

#: Without these a reader misses nothing: what they add is for those who have it,
#: and layout and text stand in the elements, not in the <style>.
HARMLESS = frozenset(
    # rules for phones, for the dark and for the mouse
    "css-at-media css-at-media-hover css-at-media-prefers-color-scheme "
    "css-at-media-prefers-reduced-motion css-at-supports css-color-scheme "
    "css-important css-pseudo-class-active css-pseudo-class-focus "
    "css-pseudo-class-hover css-pseudo-class-link css-pseudo-class-visited "
    "css-selector-adjacent-sibling css-selector-attribute css-selector-chaining "
    "css-selector-child css-selector-general-sibling css-selector-universal "
    "html-meta-color-scheme html-style "
    # adornment
    "css-border-radius css-border-spacing css-box-shadow css-cursor css-hyphens "
    "css-opacity css-outline css-overflow css-overflow-wrap css-text-shadow "
    "css-transition css-word-break css-word-spacing css-word-wrap "
    # Outlook has tables in comments beside these; Yahoo makes a height a least one
    "css-box-sizing css-height css-max-height "
    # a picture keeps its own shape
    "css-aspect-ratio css-object-fit css-object-position "
    # for screen readers and browsers, in clients that have one
    "html-abbr html-aria-hidden html-aria-label html-aria-labelledby html-dir "
    "html-lang html-role html-target".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A feature and what each client, in the table's order, makes of it."""

    slug: str
    title: str
    tested: str
    uses: Sequence[str]
    #: y, n, a (in part) or u (unknown), each with the numbers of its notes
    support: Sequence[str]
    notes: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    source: str
    date: str
    clients: Sequence[str]
    features: Sequence[Feature]


@cache
def table() -> Table:
    """The compact copy of caniemail's data that `digest.checks.refresh` makes."""
    given = json.loads(TABLE.read_text(encoding="utf-8"))
    return Table(
        source=given["source"],
        date=given["date"],
        clients=given["clients"],
        features=[Feature(slug=slug, **f) for slug, f in given["features"].items()],
    )


def check(examined: Examined) -> Iterator[Finding]:
    found = uses(examined.page, examined.sheet)
    for feature in table().features:
        used = [use for use in feature.uses if use in found]
        if used and feature.slug not in HARMLESS:
            yield from _finding(examined, feature, found[used[0]])


def _finding(examined: Examined, feature: Feature, place: Place) -> Iterator[Finding]:
    unable = [
        client
        for client, support in zip(table().clients, feature.support, strict=True)
        if support.startswith("n")
    ]
    weights = [_weight(client) for client in unable]
    if sum(weights) < WORTH_A_NOTE:
        return
    notes = " ".join(feature.notes[number] for number in _numbers(feature))
    yield Finding(
        check="clients",
        severity=Severity.WARNING if max(weights) > WORTH_A_NOTE else Severity.NOTE,
        message=f"{feature.title}: not shown by {', '.join(unable)} "
        f"(tested {feature.tested})" + (f"; {notes}" if notes else ""),
        where=place.words,
        help=f"https://www.caniemail.com/features/{feature.slug}/ says what helps",
        at=examined.at(place.element) if place.element is not None else (),
    )


def _weight(client: str) -> int:
    return max(
        (weight for name, weight in WEIGHTS.items() if client.startswith(name)),
        default=OTHERS,
    )


def _numbers(feature: Feature) -> list[str]:
    """The notes that belong to clients which cannot show it."""
    unable = (support for support in feature.support if support.startswith("n"))
    numbers = {word[1:] for support in unable for word in support.split()[1:]}
    return sorted(numbers & feature.notes.keys())
