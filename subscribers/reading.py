"""The lines of a file of people: unpacked, decoded, none held but the one at hand.

Compression and encoding are recognised by the content, so that standard input
needs no options.
"""

from __future__ import annotations

import gzip
import io
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TextIO, cast

from subscribers.errors import ImportFailed

#: characters; a longer line is not about one person, and is not held
LONGEST = 1_000_000
GZIP = b"\x1f\x8b"
#: ZIP, which an XLSX is, and the older XLS
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")

#: what no text holds, but for a stray one
CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r"))


class Line(NamedTuple):
    """A line as it stands, its end included, or why it cannot be read."""

    number: int
    text: str
    fault: str = ""


def name_of(file: Path | BinaryIO) -> str:
    """What to call a file in messages."""
    if not isinstance(file, Path):
        return "standard input"
    return str(file).encode("utf-8", "backslashreplace").decode()


def read_lines(file: Path | BinaryIO) -> Iterator[Line]:
    """The lines of a file, or of a stream, which is left open.

    UTF-8, with a mark or without, and UTF-16 with one; a line that is not UTF-8 is
    read as Windows-1252, as older spreadsheets write it.

    Raises:
        ImportFailed: it cannot be read, or is no text; perhaps only further on.
    """
    place = name_of(file)
    try:
        with _opened(file) as stream, _as_text(stream, place) as text:
            yield from _numbered(text)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ImportFailed(f"{place}: is damaged or cut off: {error}") from error
    except UnicodeError as error:
        raise ImportFailed(f"{place}: is damaged or cut off: {error}") from error
    except OSError as error:
        raise ImportFailed(f"{place}: cannot be read: {error.strerror}") from error


@contextmanager
def _opened(file: Path | BinaryIO) -> Iterator[io.BufferedReader[Any]]:
    if isinstance(file, Path):
        with file.open("rb") as stream:
            yield stream
        return
    buffered = io.BufferedReader(cast("io.RawIOBase", file))
    try:
        yield buffered
    finally:
        buffered.detach()


@contextmanager
def _as_text(stream: io.BufferedReader[Any], place: str) -> Iterator[TextIO]:
    packed = stream.peek(2).startswith(GZIP)
    source = gzip.GzipFile(fileobj=stream) if packed else stream
    start = bytes(source.peek(8192))
    wide = start.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    if start.startswith(SPREADSHEETS):
        raise ImportFailed(f"{place}: is a spreadsheet or a ZIP file; save it as CSV")
    controls = len(start) - len(start.translate(None, CONTROLS))
    if controls > len(start) / 20 and not wide:  # a stray one is a bad row
        raise ImportFailed(
            f"{place}: is not a text file but binary; "
            "save it as CSV, TSV or JSON lines, in UTF-8"
        )
    text = (
        io.TextIOWrapper(source, "utf-16")
        if wide
        else io.TextIOWrapper(source, "utf-8-sig", "surrogateescape")
    )
    try:
        yield text
    finally:
        text.detach()


def _numbered(text: TextIO) -> Iterator[Line]:
    number = 0
    while line := text.readline(LONGEST):
        number += 1
        if len(line) == LONGEST and not line.endswith("\n"):
            _skip_line(text)
            yield Line(number, line[:200], f"the line is longer than {LONGEST:,}")
        elif line.isascii():
            yield Line(number, line)
        else:
            yield _decoded(number, line)


def _skip_line(text: TextIO) -> None:
    while (rest := text.readline(LONGEST)) and not rest.endswith("\n"):
        pass


def _decoded(number: int, line: str) -> Line:
    """A line whose bytes were kept as surrogates where they are not UTF-8."""
    try:
        line.encode()
    except UnicodeEncodeError:
        octets = line.encode("utf-8", "surrogateescape")
    else:
        return Line(number, line)
    try:
        return Line(number, octets.decode("cp1252"))
    except UnicodeDecodeError:
        shown = octets.decode("utf-8", "backslashreplace")
        return Line(number, shown, "the line is neither UTF-8 nor Windows-1252")
