"""How much room each story gets, so that Gmail shows the whole e-mail.

Gmail clips a message at 102 KB (and drops the styles in its head with the rest).
The first stories are set in full, then come compact rows, then headlines alone,
and what has no room even for that is left out and said to be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from digest.rendering.view import SectionView, View

#: bytes of HTML; Gmail shows 102,400, and each person's addresses are longer
#: than the tags that stand for them
LIMIT = 100_000
#: bytes of markup, measured on the editorial look: all that is no story, and a
#: story in full, compact, as a title
FRAME, FULL, COMPACT, TITLE = 14_500, 3_850, 440, 220
#: so often the estimate is corrected by what the HTML measures, to somewhat less
#: than would do; so much of the limit is as good as all of it
TRIES, CAUTION, ENOUGH = 6, 0.97, 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many stories are set in full, compact and as titles, in this order."""

    full: int
    compact: int = 0
    titles: int = 0


def fitted(page: View, rows: int, html_of: Callable[[View], str]) -> str:
    """The HTML of the page, each story with as much room as there is.

    `rows` stories are in full after the first, if they fit.
    """
    html, limit, wanted = "", float(LIMIT), min(rows + 1, len(page.stories))
    for _ in range(TRIES):
        given = room(page, rows, limit)
        found = html_of(arranged(page, given))
        size = len(found.encode())
        if size <= LIMIT or not html:
            html = found
        if size <= LIMIT and (given.full == wanted or size > ENOUGH * LIMIT):
            break
        limit *= CAUTION * LIMIT / size
    return html


def room(page: View, rows: int, limit: float) -> Room:
    """The most room for each story in `limit` bytes, by an estimate."""
    titles = [TITLE + _bytes(story.headline, story.url) for story in page.stories]
    compact = [COMPACT - TITLE + size for size in titles]
    full = [
        FULL
        - TITLE
        + size
        + _bytes(story.lede, *(quote.text for quote in story.quotes))
        for size, story in zip(titles, page.stories, strict=True)
    ]
    if page.web_url:  # the rest is a link there
        titles = [0] * len(titles)
    found = _room(_sums(full), _sums(compact), _sums(titles), rows + 1, limit - FRAME)
    return replace(found, titles=0) if page.web_url else found


def _room(
    full: Sequence[int], compact: Sequence[int], titles: Sequence[int],
    most: int, left: float,
) -> Room:  # fmt: skip
    """The same of sums: `full[n]` is what the first `n` stories take in full."""
    count = len(full) - 1
    for n in range(min(most, count), 0, -1):
        if full[n] + compact[count] - compact[n] <= left:
            return Room(full=n, compact=count - n)
    first = min(1, count)
    left -= full[first]
    for n in range(count, first, -1):
        if compact[n] - compact[first] + titles[count] - titles[n] <= left:
            return Room(full=first, compact=n - first, titles=count - n)
    listed = [n for n in range(first, count + 1) if titles[n] - titles[first] <= left]
    return Room(full=first, titles=max(listed, default=first) - first)


def _bytes(*texts: str) -> int:
    return sum(len(text.encode()) for text in texts)


def _sums(sizes: Sequence[int]) -> Sequence[int]:
    return [0, *accumulate(sizes)]


def arranged(page: View, room: Room) -> View:
    """The page with its stories sorted by the room they get."""
    sections, index = [], 0
    for section in page.sections:
        sections.append(_section(section, index, room))
        index += len(section.stories)
    left_out = index - room.full - room.compact - room.titles
    return replace(page, sections=tuple(sections), left_out=max(0, left_out))


def _section(section: SectionView, index: int, room: Room) -> SectionView:
    """A section whose first story is number `index` of the issue."""
    ends = accumulate((room.full, room.compact, room.titles))
    full, compact, titles = (max(0, end - index) for end in ends)
    return replace(
        section,
        full=section.stories[:full],
        compact=section.stories[full:compact],
        titles=section.stories[compact:titles],
    )
