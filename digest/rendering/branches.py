"""Which way the conditions of the templates went for an issue, and the other way.

An issue goes through one branch of most; who changes a template wants to see the other
one too. While a watch is kept, templates are compiled so that each condition asks here
what it is (`asking`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition of a template: where, what it asks, how often it held and failed.

    `place` is the template's name and the line, with a number where one line has more.
    """

    place: str
    test: str
    held: int
    failed: int

    @property
    def file(self) -> str:
        return self.place.rpartition(":")[0]

    @property
    def one_sided(self) -> bool:
        return not (self.held and self.failed)


@dataclass(slots=True)
class Watch:
    """What is seen while something is rendered; `turned` says what shall hold."""

    turned: Mapping[str, bool] = field(default_factory=dict)
    #: by the template that was filled: place → how often it failed, and held
    _seen: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    _filled: str = ""

    def begin(self, name: str) -> None:
        """A template is filled; what was seen at an earlier attempt is forgotten."""
        self._filled = name
        self._seen[name] = {}

    def ask(self, place: str, value: object) -> object:
        value = self.turned.get(place, value)
        seen = self._seen.setdefault(self._filled, {})
        seen.setdefault(place, [0, 0])[bool(value)] += 1
        return value

    def conditions(self, source: Callable[[str], str]) -> list[Condition]:
        """What was seen, by the templates' names and lines; `source` gives a text."""
        counts: dict[str, list[int]] = {}
        for seen in self._seen.values():
            for place, (failed, held) in seen.items():
                total = counts.setdefault(place, [0, 0])
                total[0] += failed
                total[1] += held
        return [
            Condition(place=each, test=_test(each, source), held=held, failed=failed)
            for each, (failed, held) in sorted(counts.items(), key=_order)
        ]


_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextmanager
def watching(turned: Mapping[str, bool] | None = None) -> Iterator[Watch]:
    """Have conditions watched in this block, and those turned that are named."""
    watch = Watch(turned or {})
    token = _watch.set(watch)
    try:
        yield watch
    finally:
        _watch.reset(token)


def kept_watch() -> Watch | None:
    """The watch that is kept, if one is."""
    return _watch.get()


def asked(place: str, value: object) -> object:
    """What a condition is, or shall be."""
    watch = _watch.get()
    return watch.ask(place, value) if watch else value


_TEST = re.compile(r"\b(?:el)?if\s+(.+?)(?=\s*(?:-?%\}|-?\}\}|\belse\b|$))")


def _test(place: str, source: Callable[[str], str]) -> str:
    name, line, nth = _parts(place)
    text = source(name).splitlines()[line - 1]
    found = _TEST.findall(text)
    return found[nth - 1] if nth <= len(found) else text.strip()


def _order(counted: tuple[str, list[int]]) -> tuple[str, int, int]:
    return _parts(counted[0])


def _parts(place: str) -> tuple[str, int, int]:
    name, _, number = place.rpartition(":")
    line, _, nth = number.partition(".")
    return name, int(line), int(nth or 1)
