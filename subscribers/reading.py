"""The lines of a file of people: unpacked, decoded, none held but the one at hand.

Compression and encoding are recognised by the content, so that standard input
needs no options.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol, TextIO, cast

from subscribers.errors import ImportFailed

#: characters; a longer line is not about one person, and is not held
LONGEST = 1_000_000
GZIP = b"\x1f\x8b"
#: ZIP, which an XLSX is, and the older XLS
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
AS_CSV = (
    "save it as CSV (Excel: File, Save As, CSV UTF-8; LibreOffice: soffice --headless "
    "--convert-to csv FILE), or unpack the ZIP and import what is in it"
)
#: bytes that are read at once
BLOCK = 1 << 17

#: what no text holds, but for a stray one
CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r"))


class Buffer(Protocol):
    """What bytes are read into: a bytearray, a memoryview."""

    def __buffer__(self, flags: int, /) -> memoryview: ...


class Tally:
    """What is noted of a file as it is read: its bytes, their hash and encoding."""

    def __init__(self) -> None:
        self.bytes = 0
        self.encoding = "UTF-8"
        self._hash = hashlib.blake2b(digest_size=32)

    def add(self, octets: memoryview) -> None:
        self.bytes += len(octets)
        self._hash.update(octets)

    @property
    def hash(self) -> str:
        """The BLAKE2b of what was read."""
        return self._hash.hexdigest()


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


def hash_of(file: Path) -> str:
    """The hash that reading this file will tally.

    Raises:
        ImportFailed: it cannot be read.
    """
    tally = Tally()
    with _failures_named(name_of(file)), file.open("rb") as stream:
        while octets := stream.read(BLOCK):
            tally.add(memoryview(octets))
    return tally.hash


def read_lines(file: Path | BinaryIO, tally: Tally | None = None) -> Iterator[Line]:
    """The lines of a file, or of a stream, which is left open.

    UTF-8, with a mark or without, and UTF-16 with one; a line that is not UTF-8 is
    read as Windows-1252, as older spreadsheets write it. `tally` notes what is read.

    Raises:
        ImportFailed: it cannot be read, or is no text; perhaps only further on.
    """
    tally = tally or Tally()
    place = name_of(file)
    with _failures_named(place), _opened(file) as stream:
        octets = io.BufferedReader(_Tallied(stream, tally), BLOCK)
        with _as_text(octets, place, tally) as text:
            yield from _numbered(text, tally)


@contextmanager
def _failures_named(place: str) -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile, UnicodeError) as error:
        raise ImportFailed(f"{place}: is damaged or cut off: {error}") from error
    except OSError as error:
        raise ImportFailed(f"{place}: cannot be read: {error.strerror}") from error


@contextmanager
def _opened(file: Path | BinaryIO) -> Iterator[io.RawIOBase]:
    if not isinstance(file, Path):
        yield cast("io.RawIOBase", file)
        return
    with file.open("rb", buffering=0) as stream:
        yield stream


class _Tallied(io.RawIOBase):
    """A stream that is tallied as it is read; closing this one leaves it open."""

    def __init__(self, stream: io.RawIOBase, tally: Tally) -> None:
        self._stream, self._tally = stream, tally

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        count = self._stream.readinto(buffer) or 0
        self._tally.add(memoryview(buffer)[:count])
        return count


@contextmanager
def _as_text(
    stream: io.BufferedReader[Any], place: str, tally: Tally
) -> Iterator[TextIO]:
    packed = stream.peek(2).startswith(GZIP)
    source = gzip.GzipFile(fileobj=stream) if packed else stream
    start = bytes(source.peek(8192))
    wide = start.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    if start.startswith(SPREADSHEETS):
        raise ImportFailed(f"{place}: is a spreadsheet or a ZIP file; {AS_CSV}")
    controls = len(start) - len(start.translate(None, CONTROLS))
    if controls > len(start) / 20 and not wide:  # a stray one is a bad row
        raise ImportFailed(
            f"{place}: is not a text file but binary; "
            "save it as CSV, TSV or JSON lines, in UTF-8"
        )
    if wide:
        tally.encoding = "UTF-16"
        yield io.TextIOWrapper(source, "utf-16")
    else:
        yield io.TextIOWrapper(source, "utf-8-sig", "surrogateescape")


def _numbered(text: TextIO, tally: Tally) -> Iterator[Line]:
    number = 0
    while line := text.readline(LONGEST):
        number += 1
        if len(line) == LONGEST and not line.endswith("\n"):
            _skip_line(text)
            yield Line(number, line[:200], f"the line is longer than {LONGEST:,}")
        elif line.isascii():
            yield Line(number, line)
        else:
            yield _decoded(number, line, tally)


def _skip_line(text: TextIO) -> None:
    while (rest := text.readline(LONGEST)) and not rest.endswith("\n"):
        pass


def _decoded(number: int, line: str, tally: Tally) -> Line:
    """A line whose bytes were kept as surrogates where they are not UTF-8."""
    try:
        line.encode()
    except UnicodeEncodeError:
        octets = line.encode("utf-8", "surrogateescape")
    else:
        return Line(number, line)
    try:
        text = octets.decode("cp1252")
    except UnicodeDecodeError:
        shown = octets.decode("utf-8", "backslashreplace")
        return Line(number, shown, "the line is neither UTF-8 nor Windows-1252")
    tally.encoding = "Windows-1252"
    return Line(number, text)
