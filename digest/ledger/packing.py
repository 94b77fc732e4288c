"""How people are cut into batches, and how a batch keeps its exact people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate, islice, takewhile
from typing import TypeVar

T = TypeVar("T")
K = TypeVar("K")

#: SendGrid takes at most 1,000 personalizations in one request
#: (OpenAPI of mail/send, maxItems); a batch is one request.
BATCH_SIZE = 1000


def cut(stream: Iterable[T], size: int = BATCH_SIZE) -> Iterator[tuple[T, ...]]:
    """The stream in pieces of `size`, the last one shorter."""
    items = iter(stream)
    while piece := tuple(islice(items, size)):
        yield piece


def cut_by(
    stream: Iterable[tuple[K, T]], size: int = BATCH_SIZE
) -> Iterator[tuple[K, tuple[T, ...]]]:
    """The stream in pieces of one key each, of `size` as far as there are so many."""
    pieces: dict[K, list[T]] = {}
    for key, item in stream:
        piece = pieces.setdefault(key, [])
        piece.append(item)
        if len(piece) == size:
            yield key, tuple(pieces.pop(key))
    yield from ((key, tuple(piece)) for key, piece in pieces.items())


def pack(ids: Iterable[int]) -> bytes:
    """The set of ids as the varints of their distances: 1 to 2 bytes each.

    Varints are those of Protocol Buffers: 7 bits a byte, the lowest first.
    """
    packed = bytearray()
    before = 0
    for number in sorted(set(ids)):
        distance, before = number - before, number
        if distance < 0:
            raise ValueError(f"not an id: {number}")
        while distance > 0x7F:
            packed.append(distance & 0x7F | 0x80)
            distance >>= 7
        packed.append(distance)
    return bytes(packed)


def unpack(packed: bytes) -> tuple[int, ...]:
    """The ids that were packed, in rising order."""
    # Most batches are of near ids, with a byte for each but the first: ten times as
    # fast, and events are looked up by it.
    end = next((place for place, byte in enumerate(packed, 1) if byte < 0x80), 0)
    if end and packed[end:].isascii():
        return tuple(accumulate(packed[end:], initial=next(_unpacked(packed))))
    return tuple(_unpacked(packed))


def holds(packed: bytes, number: int) -> bool:
    """Whether an id is among those that were packed; looks no further than it."""
    return any(each == number for each in takewhile(number.__ge__, _unpacked(packed)))


def _unpacked(packed: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in packed:
        number += (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            shift = 0


class IdSet:
    """Which ids were seen, a bit each: 7 million people are 0.9 MB."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, number: int) -> bool:
        """Put an id in; False where it was in already."""
        place, bit = number >> 3, 1 << (number & 7)
        if place >= len(self._bits):
            length = max(place + 1, 2 * len(self._bits))
            self._bits.extend(bytes(length - len(self._bits)))
        known = self._bits[place] & bit
        self._bits[place] |= bit
        return not known
