"""Files of events: payloads as they were sent, or one of them or one event a line."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from io import BufferedReader
from itertools import chain

import msgspec

from digest.errors import UsageError
from digest.events.payload import Payload, elements, read_events
from digest.ledger import cut

#: events in a transaction, about as many as SendGrid sends in a call
TOGETHER = 500
GZIP = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"


def read_file(stream: BufferedReader) -> Iterator[Payload]:
    """The events of a file, some hundred at a time; gzip is seen by its first bytes.

    It holds one JSON array, or in each line an array or an event. Lines are read one
    after the other; an array over several lines is read whole.

    Raises:
        UsageError: it is gzip and breaks off; what came before has been given.
    """
    try:
        for some in cut(_parted(_unpacked(stream)), TOGETHER):
            yield read_events(some)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UsageError(
            f"the gzip file is broken, what was read before is kept: {error}"
        ) from error


def _unpacked(stream: BufferedReader) -> BufferedReader | gzip.GzipFile:
    packed = stream.peek(len(GZIP)).startswith(GZIP)
    return gzip.GzipFile(fileobj=stream) if packed else stream


def _parted(stream: BufferedReader | gzip.GzipFile) -> Iterator[bytes]:
    """Each event's bytes, or what stands in its place."""
    first = next((line for line in stream if line.strip()), b"").removeprefix(BOM)
    if first.lstrip().startswith(b"[") and not _is_json(first):
        yield from _of_array(first + stream.read())
        return
    for line in chain([first], stream):
        if line.strip():
            yield from _of_array(line)


def _of_array(content: bytes) -> list[bytes]:
    """The elements of an array; what is none stands for itself."""
    if content.lstrip().startswith(b"["):
        try:
            return elements(content)
        except (ValueError, RecursionError):
            pass  # said of it when it is read as an event
    return [content.strip()]


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except (ValueError, RecursionError):
        return False
    return True
