"""Where a tag of a filled template stands in the templates: its file and line.

Jinja2 forgets that of what it puts together. So each `<` of a template's source
gets a mark before it, which travels with it through blocks, loops and includes,
and is taken out again afterwards.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from jinja2.ext import Extension

#: two non-characters, which no text of an issue holds (`gate`)
_BEGIN, _END = "\ufdd2", "\ufdd3"
_MARK = re.compile(f"{_BEGIN}([^{_END}]*){_END}")
#: Jinja2's own markup, in which nothing is marked, or the start of a tag
_SOURCE = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<(?=[a-zA-Z/!?])", re.DOTALL)


class Marking(Extension):
    """An extension of Jinja2 that marks the tags of every template it reads."""

    def preprocess(
        self, source: str, name: str | None, filename: str | None = None
    ) -> str:
        place = filename or name or ""
        return _SOURCE.sub(lambda found: _marked(found, place), source)


def _marked(found: re.Match[str], place: str) -> str:
    if found[0] != "<":
        return found[0]
    line = found.string.count("\n", 0, found.start()) + 1
    return f"{_BEGIN}{place}, line {line}{_END}<"


@dataclass(frozen=True, slots=True)
class Origins:
    """The text of a filled template, and where its tags come from."""

    text: str
    positions: tuple[int, ...]
    places: tuple[str, ...]

    @classmethod
    def of(cls, marked: str) -> Origins:
        """A text that was filled from marked templates, without its marks."""
        parts = _MARK.split(marked)  # text, place, text, place, text …
        positions, length = [], 0
        for part in parts[:-1:2]:
            length += len(part)
            positions.append(length)
        return cls("".join(parts[::2]), tuple(positions), tuple(parts[1::2]))

    def at(self, position: int) -> str:
        """File and line of the tag at this position, or of the last before it."""
        index = bisect_right(self.positions, position) - 1
        return self.places[max(index, 0)] if self.places else ""
