"""Texts whose line ends became " . ": heads and captions are parted again.

Archives of news are often kept on one line, with a full stop and a space before
it where a line ended without one ("By . Jane Doe . PUBLISHED: . 14:11 EST …").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from digest.sources.blocks import Block, trimmed
from digest.sources.boilerplate import Line, is_boilerplate, is_caption

_FLAT_END = " . "
_WINDOW = 120  # characters that a line of a head may have
# A flattened line end, or the end of a sentence.
_END = re.compile(r"(?P<flat> \.)(?:\s+(?=[^a-z\s])|$)|[.!?]['\"’”)]*\s+")


def unflattened(text: str, given: Sequence[Block]) -> Iterator[Block]:
    """The blocks of `text`, parted where a line ended before it was flattened."""
    for block in given:
        start = block.start
        for line in _head(text, block):
            yield line
            start = line.end
        rest = trimmed(text, start + (2 if start > block.start else 0), block.end)
        yield from _without_captions(text, rest, block.tag)


def _head(text: str, block: Block) -> Iterator[Block]:
    """The lines at the beginning, as long as they are boilerplate."""
    start, by = block.start, False
    while (end := text.find(_FLAT_END, start, min(start + _WINDOW, block.end))) >= 0:
        line = Line.of(text[start:end])
        author = by and line.length <= 12
        by = line.tokens == ("by",)
        if not (by or author or is_boilerplate(line)):
            return
        yield trimmed(text, start, end)
        start = trimmed(text, end + len(_FLAT_END), block.end).start


def _without_captions(text: str, block: Block, tag: str) -> Iterator[Block]:
    start = sentence = block.start
    for flat, end, after in _ends(text, block):
        capital = not text[sentence].islower()
        if flat and capital and is_caption(Line.of(text[sentence:end])):
            if sentence > start:
                yield trimmed(text, start, sentence, tag)
            yield Block(sentence, end, "aside")
            start = after
        sentence = after
    if start < block.end:
        yield Block(start, block.end, tag)


def _ends(text: str, block: Block) -> Sequence[tuple[bool, int, int]]:
    """Where sentences end: whether flattened, the end, and what comes after.

    Nothing where most ends look flattened: then the text is only cut into tokens.
    """
    if text.find(" .", block.start, block.end) < 0:
        return []
    ends = [
        (match["flat"] is not None, match.end("flat"), match.end())
        for match in _END.finditer(text, block.start, block.end)
    ]
    flat = sum(end[0] for end in ends)
    return ends if 0 < flat < len(ends) / 2 else []
