"""A draft: the stories of an issue that is not frozen yet, as an editor may change it.

Candidates → Draft → (an editor) → Issue. What is quoted is chosen among what was
found in the articles; words of the editor's own are kept apart from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from digest.config import IssueSettings
from digest.issue.headline import headline
from digest.model import Article, Quote, Sponsor, Summary

#: a story row stays a row: one pull quote; the first story has room for all
ROW_QUOTES = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An article that may become a story, with what was found in it.

    `others` tell of the same event; `items` are the ids of all of them in the store.
    """

    article: Article
    summary: Summary
    others: tuple[Article, ...] = ()
    section: str = ""
    #: characters of lede and quotes together; 0 for no limit
    quote_limit: int = 0
    items: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A story of a draft. `quotes` are places in its summary's quotes, in order."""

    candidate: Candidate
    headline: str
    section: str = ""
    quotes: tuple[int, ...] = ()
    note: str = ""
    #: it goes before those that are not
    pin: bool = False
    #: it is not in the issue, and waits for the next one
    drop: bool = False

    @property
    def chosen(self) -> tuple[Quote, ...]:
        found = self.candidate.summary.quotes
        return tuple(replace(found[place], selected=True) for place in self.quotes)


#: a story of a draft, and the one that it is to stand right before
Move = tuple[Entry, Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An issue that has no number yet; an empty subject is made of its headlines."""

    series: str
    entries: tuple[Entry, ...]
    subject: str = ""
    preheader: str = ""
    editorial: str = ""
    sponsor: Sponsor | None = None
    #: the lines of its file where an editor's words stand, as checks call the places
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)

    @property
    def stories(self) -> tuple[Entry, ...]:
        """Those that go into the issue, in their order there."""
        kept = (entry for entry in self.entries if not entry.drop)
        return tuple(sorted(kept, key=lambda entry: not entry.pin))

    @property
    def sections(self) -> tuple[tuple[str, tuple[Entry, ...]], ...]:
        """The stories as the issue shows them: the first alone, then by section.

        A section stands where its first story stands.
        """
        grouped: dict[str, list[Entry]] = {}
        for entry in self.stories[1:]:
            grouped.setdefault(entry.section, []).append(entry)
        rows = ((name, tuple(entries)) for name, entries in grouped.items())
        return (("", self.stories[:1]), *rows)

    def moved_up(self, entry: Entry) -> Move | None:
        """What shows a story one place further up: itself before another.

        The first of a section takes the whole section along. None where it cannot: a
        pinned story stays before one that is not.
        """
        section, place = self._at(entry)
        if place:
            before = self.sections[section][1][place - 1]
        elif section:
            before = self.sections[section - 1][1][0]
        else:
            return None
        return (entry, before) if entry.pin == before.pin else None

    def moved_down(self, entry: Entry) -> Move | None:
        """What shows it one place further down: the next one before it, or None."""
        section, place = self._at(entry)
        entries = self.sections[section][1]
        if place + 1 < len(entries):
            return self.moved_up(entries[place + 1])
        if place == 0 and section + 1 < len(self.sections):
            return self.moved_up(self.sections[section + 1][1][0])
        return None

    def _at(self, entry: Entry) -> tuple[int, int]:
        return next(
            (section, place)
            for section, (_, entries) in enumerate(self.sections)
            for place, one in enumerate(entries)
            if one is entry
        )

    @property
    def items(self) -> tuple[int, ...]:
        """The ids of the items that the issue uses."""
        return tuple(item for entry in self.stories for item in entry.candidate.items)


def propose(
    candidates: Sequence[Candidate],
    *,
    series: str,
    settings: IssueSettings,
    left: Sequence[Candidate] = (),
) -> Draft:
    """The draft of these candidates: the first one large, the others by section.

    Sections are in the order of the settings, then as they come. Of those `left` out
    it has entries that are dropped, for an editor to take in.
    """
    first, others = candidates[:1], candidates[1:]
    order = list(dict.fromkeys((*settings.sections, *(c.section for c in others))))
    rows = sorted(others, key=lambda candidate: order.index(candidate.section))
    return Draft(
        series=series,
        entries=(
            *(_entry(candidate, quotes=None) for candidate in first),
            *(_entry(candidate) for candidate in rows),
            *(replace(_entry(candidate), drop=True) for candidate in left),
        ),
    )


def _entry(candidate: Candidate, quotes: int | None = ROW_QUOTES) -> Entry:
    return Entry(
        candidate=candidate,
        headline=headline(candidate.article, candidate.summary.lede),
        section=candidate.section,
        quotes=key_quotes(candidate.summary)[:quotes],
    )


def key_quotes(summary: Summary) -> tuple[int, ...]:
    """The places of the quotes that were selected."""
    places = range(len(summary.quotes))
    return tuple(place for place in places if summary.quotes[place].selected)
