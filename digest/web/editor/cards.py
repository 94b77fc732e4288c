"""What the editor's page shows of a draft: a card for each story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from digest.issue import Draft, Entry
from digest.issue.draft import Move
from digest.model import Quote, Span, Story
from digest.web.editor.forms import entry_of, stories
from digest.web.editor.sheets import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A quote that was found, and what its buttons ask for: all quotes to show then."""

    number: int
    quote: Quote
    shown: bool
    #: it is shown too, or not any more
    toggled: str
    #: it is shown in the place of the only one
    instead: str = ""
    #: it is shown one place earlier
    earlier: str = ""
    #: it was chosen, and the source allows no more to be quoted
    beyond: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A story of the draft; `story` is what the issue makes of it, if it is in it."""

    key: str
    entry: Entry
    story: Story | None
    quotes: tuple[Found, ...]
    #: what its buttons ask for; empty where it cannot move
    up: str = ""
    down: str = ""

    @property
    def shown(self) -> tuple[Found, ...]:
        """The quotes that are shown, in their order."""
        found = {one.number: one for one in self.quotes}
        return tuple(found[place + 1] for place in self.entry.quotes)

    @property
    def lede(self) -> tuple[Span, ...]:
        """The sentences of the lead as the issue has it, else as it was found."""
        told = self.story.lede if self.story else self.entry.candidate.summary.lede
        return told.sentences

    @property
    def others(self) -> tuple[Found, ...]:
        return tuple(one for one in self.quotes if not one.shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section of the issue; the first is the large story."""

    title: str
    cards: tuple[Card, ...]


def parts(sheet: Sheet) -> tuple[Part, ...]:
    """The stories as the issue shows them."""
    draft, keys = sheet.draft, _keys(sheet.draft)
    told = iter(sheet.issue.stories)
    return tuple(
        Part(
            title=title,
            cards=tuple(
                replace(
                    _card(keys, entry, next(told)),
                    up=_move(keys, draft.moved_up(entry)),
                    down=_move(keys, draft.moved_down(entry)),
                )
                for entry in entries
            ),
        )
        for title, entries in draft.sections
    )


def left_out(draft: Draft) -> tuple[Card, ...]:
    """The stories that are dropped."""
    keys = _keys(draft)
    return tuple(_card(keys, entry, None) for entry in draft.entries if entry.drop)


def find_card(sheet: Sheet, key: str) -> Card:
    """The card of one story.

    Raises:
        UsageError: there is none.
    """
    entry = entry_of(sheet.draft, key)
    cards = (*left_out(sheet.draft), *(c for part in parts(sheet) for c in part.cards))
    return next(each for each in cards if each.entry is entry)


#: what forms call the stories, by the identity of their entries: two may be equal
Keys = Mapping[int, str]


def _keys(draft: Draft) -> Keys:
    return {id(entry): key for key, entry in stories(draft).items()}


def _card(keys: Keys, entry: Entry, story: Story | None) -> Card:
    told = len(story.quotes) if story else len(entry.quotes)
    return Card(
        key=keys[id(entry)],
        entry=entry,
        story=story,
        quotes=tuple(
            _found(entry, place, quote, told)
            for place, quote in enumerate(entry.candidate.summary.quotes)
        ),
    )


def _move(keys: Keys, move: Move | None) -> str:
    return " ".join(["move", *(keys[id(one)] for one in move)]) if move else ""


def _found(entry: Entry, place: int, quote: Quote, told: int) -> Found:
    now = list(entry.quotes)
    at = now.index(place) if place in now else -1
    toggled = [one for one in now if one != place] if at >= 0 else [*now, place]
    earlier = ""
    if at > 0:
        swapped = [*now[: at - 1], place, now[at - 1], *now[at + 1 :]]
        earlier = _asked(swapped)
    return Found(
        number=place + 1,
        quote=quote,
        shown=at >= 0,
        toggled=_asked(toggled),
        instead=_asked([place]) if at < 0 and len(now) == 1 else "",
        earlier=earlier,
        beyond=at >= told,
    )


def _asked(places: Sequence[int]) -> str:
    return " ".join(["quotes", *(str(place + 1) for place in places)])
