"""Files and folders → Articles; bad input is named in one line, with a way out."""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

from digest.errors import SourceError
from digest.model import Article
from digest.sources.blocks import blocks
from digest.sources.feeds import is_feed, read_feed
from digest.sources.pages import read_page
from digest.sources.text import read_text

CAP = 20_000_000  # bytes of a file, and of what a .gz unpacks to
_PAGES = frozenset({".html", ".htm", ".xhtml"})
_FEEDS = frozenset({".xml", ".rss", ".atom", ".rdf", ".json"})
_TEXTS = frozenset({".txt", ".text", ".md", ".markdown"})
_SUFFIXES = _TEXTS | _PAGES | _FEEDS | {".gz"}
_MAGIC = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive (a Word or LibreOffice document, perhaps)"),
    (b"\xd0\xcf\x11\xe0", "an old Word document"),
    (b"{\\rtf", "a rich-text (RTF) document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a picture or a sound"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
)
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def read_path(path: Path) -> list[Article]:
    """The articles in a file (text, HTML page or feed), or in a folder of them.

    What a file is, its content says, not only its name. In a folder, files are
    taken in the order of their names; those that are of no known kind by name
    are passed over.

    Raises:
        SourceError: names the file, what is wrong with it and what to do.
    """
    if path.is_dir():
        return _folder(path)
    articles = _articles(path, read_file(path))
    if not any(article.paragraphs or article.title for article in articles):
        raise SourceError(
            f"{path}: there is no article text in it; give a file with the "
            "article's paragraphs"
        )
    return articles


def read_stdin() -> list[Article]:
    """The articles of what stands on standard input: a text, a page or a feed.

    Raises:
        SourceError: there is none in it.
    """
    path = Path("stdin")
    data = _unpacked(path, _within_cap(path, sys.stdin.buffer.read(CAP + 1)))
    articles = _articles(path, data)
    if not any(article.paragraphs or article.title for article in articles):
        raise SourceError("stdin: there is no article text in it")
    return articles


def read_file(path: Path) -> bytes:
    """What a file holds, unpacked if it is a .gz, at most 20 MB.

    Raises:
        SourceError: it cannot be read, or is larger.
    """
    return _unpacked(path, _bytes(path))


def files_in(path: Path) -> list[Path]:
    """The files of a folder that are articles by their names; none if it is none."""
    try:
        entries = sorted(path.iterdir()) if path.is_dir() else []
    except OSError:
        return []
    known = (e for e in entries if e.suffix.lower() in _SUFFIXES and e.is_file())
    return [e for e in known if _lies_in(e, path)]


def _lies_in(file: Path, folder: Path) -> bool:
    """Whether a file is in its folder, and no link out of it to what is not meant."""
    return file.resolve().is_relative_to(folder.resolve())


def _folder(path: Path) -> list[Article]:
    try:
        next(path.iterdir(), None)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from error
    found = files_in(path)
    if not found:
        raise SourceError(
            f"{path}: a folder with no article in it; put .txt, .md, .html or "
            "feed files there, or name a file"
        )
    return [article for file in found for article in read_path(file)]


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(CAP + 1)
    except FileNotFoundError as error:
        raise SourceError(f"{path}: there is no such file") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(f"{path}: cannot be read: {reason}") from error
    return _within_cap(path, data)


def _within_cap(path: Path, data: bytes) -> bytes:
    if len(data) > CAP:
        raise SourceError(
            f"{path}: is over {CAP // 1_000_000} MB, too big for an article; "
            "give a file for each article"
        )
    return data


def _unpacked(path: Path, data: bytes) -> bytes:
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        unpacked = zlib.decompressobj(wbits=31).decompress(data, CAP + 1)
    except zlib.error as error:
        raise SourceError(
            f"{path}: is a damaged .gz file; pack it anew or give it unpacked"
        ) from error
    return _within_cap(path, unpacked)


def _articles(path: Path, data: bytes) -> list[Article]:
    if not data.strip():
        raise SourceError(f"{path}: is empty; give a file with an article's text")
    name = str(path)
    if is_feed(data) or _suffixes(path) & _FEEDS:
        return read_feed(data, id=name)
    if _is_page(path, data):
        return [read_page(data, id=name)]
    text = decoded(name, data)
    if not blocks(text):
        raise SourceError(f"{path}: holds only white space; give an article's text")
    return [read_text(text, id=name)]


def _suffixes(path: Path) -> set[str]:
    return {suffix.lower() for suffix in path.suffixes[-2:]}


def looks_like_page(data: bytes) -> bool:
    """Whether the first bytes are those of an HTML page."""
    head = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    begins = head.startswith((b"<!doctype html", b"<html", b"<head", b"<body"))
    return begins or b"<html" in head


def _is_page(path: Path, data: bytes) -> bool:
    return looks_like_page(data) or bool(_suffixes(path) & _PAGES and b"<" in data)


def decoded(place: str, data: bytes) -> str:
    """The text of bytes: by its mark, else UTF-8, else cp1252 if that is likely.

    Raises:
        SourceError: it is no text; names the `place`.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strictly(place, data, encoding)
    if kind := binary(data):
        raise SourceError(
            f"{place}: is {kind}, not text; save the article as UTF-8 text or HTML"
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _western(place, data, error.start)


def _strictly(place: str, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{place}: says it is {encoding.upper()} but is not (byte {error.start}); "
            "save it as UTF-8"
        ) from error


def binary(data: bytes) -> str:
    """What bytes are that are known to be no text, in words; else "".

    UTF-16 and UTF-32 are told by their marks.
    """
    if data.startswith(tuple(mark for mark, _ in _MARKS)):
        return ""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    return f"binary (a NUL at byte {data.index(0)})" if b"\x00" in data else ""


def _western(place: str, data: bytes, at: int) -> str:
    """cp1252, if the bytes beyond ASCII are few and stand as its letters do."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        text = ""
    odd = sum(not (c.isprintable() or c in "\t\r\n\f") for c in text)
    beyond = sum(c > "\x7f" for c in text)
    if not text or odd or beyond > len(text) / 4:
        raise SourceError(
            f"{place}: is not UTF-8 (byte {at}) and its encoding cannot be told; "
            "save it as UTF-8"
        )
    return text
