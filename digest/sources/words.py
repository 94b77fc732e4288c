"""The words of words.toml, made ready to be looked up token by token."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product

_TOKEN = re.compile(r"[^\W_]\w*(?:['’.\-]\w+)*|[@©]")
_CLASSES = frozenset(("*", "**", "NETWORK", "NUMBER"))
_GAPS = {"*": 6, "**": 40}  # tokens that they may stand for


def tokens(line: str) -> list[str]:
    """The words of a line in lower case, "a.m." as "am", © and @ as themselves."""
    folded = line.casefold().replace("’", "'")
    found: list[str] = _TOKEN.findall(folded)
    if "." not in folded:
        return found
    return [token.replace(".", "") if "." in token else token for token in found]


class Phrases:
    """Phrases, found by their first word; * and the classes as in words.toml."""

    def __init__(self, phrases: Iterable[str], networks: frozenset[str]) -> None:
        self._networks = networks
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        self._needed: dict[str, list[frozenset[str]]] = {}
        for first, *rest in _spelled_out(phrases, networks):
            self._by_first.setdefault(first, []).append(tuple(rest))
            self._needed.setdefault(first, []).append(frozenset(rest) - _CLASSES)

    def begin(self, line: Sequence[str], at: int = 0) -> int:
        """How many tokens of `line` from `at` on a phrase takes; 0 for none."""
        rests = self._by_first.get(line[at]) if at < len(line) else None
        if not rests:
            return 0
        return max(0, max(self._rest(rest, line, at + 1) for rest in rests) - at)

    def match(self, line: Sequence[str]) -> bool:
        """Whether `line` is a phrase from end to end."""
        return bool(line) and self.begin(line) == len(line)

    def within(self, line: Sequence[str]) -> bool:
        """Whether a phrase stands anywhere in `line`."""
        known = frozenset(line)
        firsts = {
            first
            for first in self._needed.keys() & known
            if any(needed <= known for needed in self._needed[first])
        }
        return bool(firsts) and any(
            token in firsts and self.begin(line, at) > 0
            for at, token in enumerate(line)
        )

    def beside(self, line: Sequence[str]) -> tuple[int, int] | None:
        """Where what stands beside a phrase at either end of `line` begins and ends."""
        if taken := self.begin(line):
            return taken, len(line)
        for at, token in enumerate(line):
            if token in self._by_first and at + self.begin(line, at) == len(line):
                return 0, at
        return None

    def _rest(self, rest: tuple[str, ...], line: Sequence[str], at: int) -> int:
        """Where `rest` ends in `line` when it begins at `at`; 0 if it does not."""
        for number, part in enumerate(rest):
            if gap := _GAPS.get(part):
                tries = range(at, min(at + gap, len(line)) + 1)
                return max(self._rest(rest[number + 1 :], line, t) for t in tries)
            if at >= len(line) or not self._is(part, line[at]):
                return 0
            at += 1
        return at

    def _is(self, part: str, token: str) -> bool:
        if part == "NETWORK":
            return token in self._networks
        if part == "NUMBER":
            return token[0].isdigit()
        return part == token


def _spelled_out(
    phrases: Iterable[str], networks: Iterable[str]
) -> Iterator[tuple[str, ...]]:
    """Every phrase that "this article|story was" and a NETWORK in front stand for."""
    for phrase in phrases:
        choices = [_choices(word) for word in phrase.split()]
        if choices[0] == [("NETWORK",)]:
            choices[0] = [(network,) for network in networks]
        for parts in product(*choices):
            yield tuple(token for part in parts for token in part)


def _choices(word: str) -> list[tuple[str, ...]]:
    if word in _CLASSES:
        return [(word,)]
    return [tuple(tokens(choice)) for choice in word.split("|")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """words.toml of all languages at once.

    Lines of boilerplate are short and come in any language on any page, so a
    line is not asked for its language first.
    """

    lines: frozenset[tuple[str, ...]]
    starts: Phrases
    anywhere: Phrases
    by: Phrases
    authors: Phrases
    about: Phrases
    more: Phrases
    after: frozenset[tuple[str, ...]]
    said: frozenset[str]
    credits: frozenset[tuple[str, ...]]
    networks: frozenset[str]
    bars: frozenset[str]
    times: frozenset[str]
    counts: frozenset[str]
    glue: frozenset[str]
    captions: frozenset[str]
    offers: frozenset[str]
    reader: frozenset[str]


@cache
def words() -> Words:
    """The words that come with the package, read once."""
    text = files("digest.sources").joinpath("words.toml").read_text(encoding="utf-8")
    return _words(tomllib.loads(text))


def _words(data: Mapping[str, object]) -> Words:
    packs = [pack for pack in data.values() if isinstance(pack, dict)]

    def every(key: str) -> list[str]:
        return [phrase for pack in packs for phrase in pack.get(key, ())]

    networks = frozenset(_flat(_strings(data["networks"])))

    def phrases(key: str) -> Phrases:
        return Phrases(every(key), networks)

    return Words(
        lines=_lines(every("lines")),
        starts=phrases("starts"),
        anywhere=phrases("anywhere"),
        by=phrases("by"),
        authors=phrases("authors"),
        about=phrases("about"),
        more=phrases("more"),
        after=_lines(every("after")),
        said=frozenset(_flat(every("said"))),
        credits=_lines(_strings(data["credits"])),
        networks=networks,
        bars=frozenset(_flat(every("share"))) | networks,
        times=frozenset(_flat(every("times"))),
        counts=frozenset(_flat(every("counts"))),
        glue=frozenset(_flat(every("glue"))),
        captions=frozenset(_flat(every("captions"))),
        offers=frozenset(_flat(every("offers"))),
        reader=frozenset(_flat(every("reader"))),
    )


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _flat(phrases: Iterable[str]) -> list[str]:
    return [token for phrase in phrases for token in tokens(phrase)]


def _lines(phrases: Iterable[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(tokens(phrase)) for phrase in phrases)
