"""Articles one after the other; what can't be read is named and stops no other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import IO, TypeVar

from digest.cli.exits import DONE, FAILED
from digest.cli.talk import say
from digest.errors import SourceError
from digest.model import Article

Line = TypeVar("Line")
#: gives articles, or raises SourceError
Source = Callable[[], Iterable[Article]]


class Reading:
    """Reads sources in turn; `code` is how that went, for the shell."""

    def __init__(self) -> None:
        self.code = DONE

    def articles(self, sources: Iterable[Source]) -> Iterator[Article]:
        """The articles of those that can be read; the others are named on stderr."""
        for source in sources:
            try:
                yield from source()
            except SourceError as error:
                say(f"digest: {error}")
                self.code = FAILED


def of_places(
    places: Iterable[str], *, allow_private: Sequence[str]
) -> Iterator[Source]:
    """Files and addresses, each a source; a folder is one for each of its files."""
    from digest.sources import listed, read

    def inside(place: str) -> Iterator[Article]:
        yield from read(place, allow_private=allow_private)

    for place in places:
        for each in listed(place):
            yield partial(inside, each)


def of_lines(
    file: IO[bytes], kind: type[Line], article: Callable[[Line], Article]
) -> Iterator[Source]:
    """The lines of a file, each a source: an object of this kind, made an article."""

    def read(number: int, content: bytes) -> Iterator[Article]:
        yield article(_decoded(content, kind, f"{file.name}:{number}"))

    for number, content in enumerate(file, 1):
        if content.strip():
            yield partial(read, number, content)


def _decoded(content: bytes, kind: type[Line], where: str) -> Line:
    """The object in a line.

    Python's own reader has the second word: it takes what Python's own writer
    makes, halves of characters (\\ud800) and NaN, which are no strict JSON.
    """
    import msgspec

    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        try:
            return msgspec.convert(json.loads(content), type=kind)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise SourceError(f"{where}: {error}") from error
