"""Texts and their blocks: which lines belong together, by offsets alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

# Every line end that str.splitlines knows: form feeds and U+2028 among them.
_LINE = re.compile("[^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_LINE_END = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Stand around a line without being seen, though str.isspace() denies them.
INVISIBLE = "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060\xad\x00"
_NARROWEST, _WIDEST = 40, 132  # characters of a line that a program has wrapped
_RAGGED = 12  # how much earlier than the widest a wrapped line may break


@dataclass(frozen=True, slots=True)
class Block:
    """A passage of a text, and the element it came from, where there was one.

    `tag` is "" in plain text, else p, head, item, quote, cell or aside.
    """

    start: int
    end: int
    tag: str = ""


def blocks(text: str) -> list[Block]:
    """The lines of `text`, those joined that a program has wrapped."""
    lines = list(_lines(text))
    if not lines:
        return []
    width = _wrapped_at(text, lines)
    broken = any(_broken(text, *pair) for pair in pairwise(lines))
    return list(_joined(text, lines, width, broken=broken))


def lay_out(pieces: Iterable[tuple[str, str]]) -> tuple[str, list[Block]]:
    """The texts of (tag, text) joined by blank lines, and where each stands."""
    texts: list[str] = []
    blocks: list[Block] = []
    at = 0
    for tag, text in pieces:
        texts.append(text)
        blocks.append(Block(at, at + len(text), tag))
        at += len(text) + 2
    return "\n\n".join(texts), blocks


def trimmed(text: str, start: int, end: int, tag: str = "") -> Block:
    """The block between two offsets without the white space around it."""
    while start < end and _blank(text[start]):
        start += 1
    while end > start and _blank(text[end - 1]):
        end -= 1
    return Block(start, end, tag)


def _blank(character: str) -> bool:
    return character.isspace() or character in INVISIBLE


def _lines(text: str) -> Iterator[Block]:
    for match in _LINE.finditer(text):
        block = trimmed(text, match.start(), match.end())
        if block.end > block.start:
            yield block


def _wrapped_at(text: str, lines: Sequence[Block]) -> int:
    """The width at which a program has wrapped the lines, or 0.

    A wrapped line is as full as it can be: the first word of the next would
    not have fitted. Of lines that people ended, few are.
    """
    width = max((line.end - line.start for line in lines), default=0)
    if not _NARROWEST <= width <= _WIDEST:
        return 0
    pairs = [pair for pair in pairwise(lines) if _next(text, *pair)]
    full = sum(_full(text, *pair, width) for pair in pairs)
    return width if full >= 2 and full > len(pairs) / 2 else 0


def _next(text: str, line: Block, after: Block) -> bool:
    """Whether no blank line lies between two lines."""
    between = text[line.end : min(after.start, line.end + 80)]
    return len(_LINE_END.findall(between)) == 1


def _full(text: str, line: Block, after: Block, width: int) -> bool:
    word = text[after.start : after.start + width].split(None, 1)[0]
    return line.end - line.start + 1 + len(word) > width - _RAGGED


def _broken(text: str, line: Block, after: Block) -> bool:
    """Whether a sentence plainly goes on from one line to the next."""
    return _unfinished(text, line, after) and text[after.start].islower()


def _unfinished(text: str, line: Block, after: Block) -> bool:
    """Whether a line that is long enough to be wrapped stops within a sentence."""
    long = line.end - line.start >= _NARROWEST
    last = text[line.end - 1]
    return long and (last.isalnum() or last in ",;–—-") and _next(text, line, after)


def _joined(
    text: str, lines: Sequence[Block], width: int, *, broken: bool
) -> Iterator[Block]:
    """The lines, joined where a program has wrapped them.

    That is where a line is full, or, in a text of which a sentence is broken
    anywhere, where a line stops within one.
    """
    start = lines[0].start
    for line, after in pairwise(lines):
        full = width and _next(text, line, after) and _full(text, line, after, width)
        if not (full or (broken and _unfinished(text, line, after))):
            yield Block(start, line.end)
            start = after.start
    yield Block(start, lines[-1].end)
