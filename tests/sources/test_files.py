"""Files and folders are read by what they hold; bad ones are named in one line."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from digest.errors import SourceError
from digest.sources import read_path
from digest.sources.files import files_in

TEXT = "Zoë Müller said on Tuesday that the café “Ürün” would close in May.\n"
PAGE = (
    "<!doctype html><title>Café</title><article><h1>Café</h1>"
    f"<p>{TEXT * 3}</p></article>"
)
FEED = (
    "<?xml version='1.0'?><rss version='2.0'><channel><title>t</title>"
    f"<item><title>Café</title><description>{TEXT}</description></item>"
    "</channel></rss>"
)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "cp1252"]
)
def test_text_is_read_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    """By its byte order mark, else as UTF-8, else as cp1252."""
    file = tmp_path / "a.txt"
    mark = b"\xff\xfe" if encoding == "utf-16-le-bom" else b""
    text = TEXT.replace("ë", "é")
    file.write_bytes(mark + text.encode(encoding.removesuffix("-bom")))
    (article,) = read_path(file)
    assert article.paragraphs[0].text == text.strip()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", TEXT),
        ("a", TEXT),
        ("a.md", f"# Café\n\n{TEXT}"),
        ("a.html", PAGE),
        ("a.txt", PAGE),
        ("feed", FEED),
        ("feed.xml", FEED),
        ("feed.txt", FEED),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_file_is_what_it_holds(
    tmp_path: Path, name: str, content: str, packed: bool
) -> None:
    """Text, page or feed, whatever the name, also gzipped."""
    data = content.encode()
    file = tmp_path / (f"{name}.gz" if packed else name)
    file.write_bytes(gzip.compress(data) if packed else data)
    (article,) = read_path(file)
    assert TEXT.strip() in article.paragraphs[0].text


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    """Articles come by name; what is no article by its name is passed over."""
    for name in ("b.txt", "a.md", "c.html", "notes.docx", ".hidden"):
        (tmp_path / name).write_text(PAGE if name == "c.html" else TEXT, "utf-8")
    names = [Path(article.id).name for article in read_path(tmp_path)]
    assert names == ["a.md", "b.txt", "c.html"]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("empty.txt", b"", "is empty"),
        ("blank.txt", b" \n\t\r\n", "is empty"),
        ("nbsp.txt", "\ufeff\xa0\u3000\n".encode(), "only white space"),
        ("a.txt", b"abc\x00def", "binary"),
        ("a.txt", b"%PDF-1.7 ...", "a PDF"),
        ("a.docx", b"PK\x03\x04rest", "ZIP"),
        ("a.txt", b"\x89PNG\r\n\x1a\n", "PNG"),
        ("a.txt", b"\xff\xd8\xff\xe0", "JPEG"),
        ("a.txt", b"\xff\xfea", "UTF-16"),
        ("a.txt", b"caf\xe9 \x81 is not", "encoding cannot be told"),
        ("a.txt", "Путин сказал".encode("koi8-r"), "encoding cannot be told"),
        ("a.txt.gz", b"\x1f\x8b\x08broken", "damaged"),
        ("a.txt", b"Facebook\nTwitter\n", "no article text"),
        ("a.html", b"<html><body></body></html>", "no article"),
        ("a.xml", b"<urlset><url/></urlset>", "not a feed"),
        ("a.json", b'{"a": 1}', "not a JSON Feed"),
        ("a.json", b"[" * 100_000, "not a feed"),
    ],
)
def test_bad_input_is_named_in_one_line(
    tmp_path: Path, name: str, data: bytes, reason: str
) -> None:
    """The file and the reason, on a single line."""
    file = tmp_path / name
    file.write_bytes(data)
    with pytest.raises(SourceError, match=reason) as caught:
        read_path(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    """What is not there, and a folder without articles."""
    with pytest.raises(SourceError, match="no such file"):
        read_path(tmp_path / "absent.txt")
    with pytest.raises(SourceError, match="folder with no article"):
        read_path(tmp_path)
    with pytest.raises(SourceError, match="cannot be read"):
        read_path(Path("a\0b"))


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    """A file that the system will not open (a loop of links: root reads all else)."""
    loop = tmp_path / "loop.txt"
    loop.symlink_to(loop)
    with pytest.raises(SourceError, match="cannot be read"):
        read_path(loop)


def test_a_file_over_the_cap_is_refused_unread(tmp_path: Path) -> None:
    """Neither a huge file nor a small one that unpacks to a huge one is read."""
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as out:
        out.truncate(3_000_000_000)
    bomb = tmp_path / "bomb.txt.gz"
    bomb.write_bytes(gzip.compress(b"a" * 30_000_000))
    for file in (huge, bomb):
        with pytest.raises(SourceError, match="over 20 MB"):
            read_path(file)


def test_a_link_out_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    """What was unpacked there may point at what nobody meant to print."""
    outside = tmp_path / "secret.txt"
    outside.write_text("It is secret.")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text("The bridge is old.")
    (folder / "b.txt").symlink_to(folder / "a.txt")
    (folder / "c.txt").symlink_to(outside)
    assert [file.name for file in files_in(folder)] == ["a.txt", "b.txt"]
