"""Which pieces of a page are the article: what trafilatura found, and its like.

trafilatura says where the article is; what stands there is read from the page
itself, where lines are not glued together and none is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from digest.sources.boilerplate import Line, is_boilerplate
from digest.sources.markup import Piece

_LONG = 40  # letters from which a piece is no chance match
_NEAR = 2000  # letters after the last piece in which the next is looked for first
_BUDGET = 100_000_000  # letters that may be searched in all
_GAP = 2  # pieces that may lie between the last long one and what still belongs
# Elements, and words in the names of classes, that say: this is not the running text.
# fmt: off
_ASIDE = frozenset((
    "address", "advert", "advertisement", "aside", "author", "bio", "biography",
    "breadcrumb", "breadcrumbs", "byline", "caption", "comment", "comments", "cookie",
    "cookies", "correction", "credit", "credits", "cta", "dateline", "disclaimer",
    "disqus", "embed", "figcaption", "figure", "footer", "footnote", "meta",
    "newsletter", "outbrain", "paywall", "popular", "promo", "promotion", "pullquote",
    "readmore", "recirc", "recommendations", "recommended", "related", "share",
    "sharing", "sidebar", "signup", "social", "sponsor", "sponsored", "subscribe",
    "subscription", "taboola", "tags", "teaser", "timestamp", "toolbar", "trending",
))
# fmt: on


def of_article(pieces: Sequence[Piece], found: Sequence[str]) -> list[Piece]:
    """The pieces that are the article, and what stands among them.

    `found` are the texts that trafilatura holds for the article. A piece that
    stands aside by its place or is all link is given the tag aside, which never
    counts as a paragraph.
    """
    chosen = _chosen(pieces, found)
    places = _places(pieces, chosen)
    filled = [
        number in chosen or _is_like(piece, places)
        for number, piece in enumerate(pieces)
    ]
    long = [
        number
        for number, piece in enumerate(pieces)
        if filled[number] and _is_long(piece) and _is_text(piece, places)
    ]
    if not long:
        return [pieces[number] for number in sorted(chosen)]
    last = _end(filled, long[-1])
    usual = _usual(pieces, chosen)
    return [
        _aside(pieces[number], places, usual)
        for number in range(long[0], last + 1)
        if filled[number]
    ]


def _letters(text: str) -> str:
    """Only what is read aloud: marks and white space differ between the two."""
    return "".join(re.findall(r"\w+", text))


def _is_long(piece: Piece) -> bool:
    return len(piece.text) >= _LONG


def _is_text(piece: Piece, places: set[tuple[str, ...]]) -> bool:
    return piece.place in places or piece.tag in {"p", "quote"}


def _chosen(pieces: Sequence[Piece], found: Sequence[str]) -> set[int]:
    """The numbers of the pieces that are in the region.

    Of pieces that say the same (a teaser, a caption, the paragraph itself) the
    one in the place of most of the region.
    """
    keys = [_letters(piece.text) for piece in pieces]
    inside = _inside(keys, [_letters(text) for text in found])
    weight: Counter[tuple[str, ...]] = Counter()
    for number in inside:
        weight[pieces[number].place] += len(keys[number])
    most: dict[str, int] = {}
    for number in inside:
        key, here = keys[number], weight[pieces[number].place]
        most[key] = max(most.get(key, 0), here)
    return {
        number
        for number in inside
        if len(keys[number]) < _LONG
        or weight[pieces[number].place] == most[keys[number]]
    }


def _inside(keys: Sequence[str], found: Sequence[str]) -> list[int]:
    """The numbers of the keys that are found, alone or as part of something longer.

    Pieces come in the order of the region, so the next is looked for near the
    last; how much is searched beyond that is limited, for hostile pages.
    """
    whole = frozenset(found)
    region = "".join(text for text in found if len(text) >= _LONG)
    at, budget = 0, _BUDGET
    inside = []
    for number, key in enumerate(keys):
        where = 0 if key in whole else -1
        if where < 0 and len(key) >= _LONG:
            where = region.find(key, at, at + len(key) + _NEAR)
            if where < 0 < budget:
                budget -= len(region)
                where = region.find(key)
            at = where + len(key) if where >= 0 else at
        if key and where >= 0:
            inside.append(number)
    return inside


def _places(pieces: Sequence[Piece], chosen: set[int]) -> set[tuple[str, ...]]:
    """The places where two or more different paragraphs of the article stand."""
    found: dict[tuple[str, ...], set[str]] = {}
    for number in chosen:
        if _is_long(pieces[number]):
            found.setdefault(pieces[number].place, set()).add(pieces[number].text)
    return {place for place, texts in found.items() if len(texts) > 1}


def _is_like(piece: Piece, places: set[tuple[str, ...]]) -> bool:
    """Whether a piece that was left out is of the article all the same.

    It stands where the article's pieces stand, and it is prose.
    """
    if piece.place not in places or piece.linked > len(piece.text) / 2:
        return False
    line = Line.of(piece.text)
    return (
        (line.ended or line.text.endswith(":"))
        and line.length > 5
        and not is_boilerplate(line)
    )


def _end(filled: Sequence[bool], last: int) -> int:
    """The last piece that still belongs, short ones after the last long included."""
    number = last
    while any(filled[number + 1 : number + 2 + _GAP]):
        number = filled.index(True, number + 1)
    return number


def _aside(piece: Piece, places: set[tuple[str, ...]], usual: set[str]) -> Piece:
    all_link = piece.linked > 0.8 * len(piece.text) and len(piece.text.split()) > 3
    by_place = piece.place not in places and _says_aside(" ".join(piece.place[:2]))
    by_name = piece.own not in usual and _says_aside(piece.own)
    if all_link or by_place or by_name:
        return replace(piece, tag="aside")
    return piece


def _usual(pieces: Sequence[Piece], chosen: set[int]) -> set[str]:
    """What the article's own paragraphs are called, whatever that may say."""
    names = Counter(pieces[number].own for number in chosen if _is_long(pieces[number]))
    return {name for name, count in names.items() if count > 2}


def _says_aside(classes: str) -> bool:
    return not _ASIDE.isdisjoint(re.findall(r"[a-z]+", classes.lower()))
