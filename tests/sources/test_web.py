"""What is fetched is read by what it is; a server on loopback plays the web."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from digest.errors import SourceError
from digest.sources import read, read_url

TEXT = "Zoë Müller said on Tuesday that the café “Ürün” would close in May."
PAGE = (
    "<!doctype html><html><head><title>Café</title></head><body><article>"
    f"<h1>Café</h1><p>{TEXT} {TEXT}</p><p>It opened in 1990.</p>"
    "</article></body></html>"
)
FEED = (
    "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel>"
    f"<item><title>Café</title><link>https://a.test/1</link>"
    f"<description>{TEXT}</description></item></channel></rss>"
)


@contextmanager
def serving(body: bytes, content_type: str) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/a"
        finally:
            server.shutdown()
            thread.join(5)


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "utf-16"])
def test_a_page_is_read_in_the_encoding_the_server_names(charset: str) -> None:
    """The page has no encoding of its own; the header's is taken."""
    page = PAGE.replace("“Ürün”", "Ürün")
    with serving(page.encode(charset), f"text/html; charset={charset}") as url:
        (article,) = read_url(url, allow_private=["127.0.0.1"])
    assert article.title == "Café"
    assert article.url == url
    assert article.paragraphs[0].text.startswith("Zoë Müller said")


def test_a_feed_is_read_as_its_entries() -> None:
    """By what it holds, whatever the server calls it."""
    for content_type in ("application/rss+xml", "text/html", "text/plain"):
        with serving(FEED.encode(), content_type) as url:
            (article,) = read_url(url, allow_private=["127.0.0.1"])
        assert (article.title, article.url) == ("Café", "https://a.test/1")


def test_plain_text_is_read_and_other_things_are_named() -> None:
    """Text is an article; a picture is not, nor is an empty text."""
    with serving(TEXT.encode(), "text/plain") as url:
        (article,) = read_url(url, allow_private=["127.0.0.1"])
        assert article.text == TEXT
    for content, kind in ((b"\x89PNG", "image/png"), (b"", "text/plain"), (b"x", "")):
        with serving(content, kind) as url, pytest.raises(SourceError) as caught:
            read_url(url, allow_private=["127.0.0.1"])
        assert url in str(caught.value)


@pytest.mark.parametrize(
    ("content", "kind", "reason"),
    [
        (bytes(range(256)) * 8, "text/html", "binary (a NUL at byte 0), not a page"),
        (b"%PDF-1.7 " + b"Words " * 50, "text/html", "is a PDF, not a page"),
        (bytes(range(256)) * 8, "text/plain", "binary (a NUL at byte 0), not text"),
        (bytes(range(128, 256)) * 8, "text/plain", "its encoding cannot be told"),
    ],
)
def test_bytes_that_are_no_text_are_no_article(
    content: bytes, kind: str, reason: str
) -> None:
    """Whatever the server calls them."""
    with serving(content, kind) as url, pytest.raises(SourceError) as caught:
        read_url(url, allow_private=["127.0.0.1"])
    assert reason in str(caught.value)


def test_an_address_typed_for_a_place_is_fetched_with_the_guard() -> None:
    """`read` takes files and addresses; private ones are not read unasked."""
    with serving(PAGE.encode(), "text/html") as url:
        with pytest.raises(SourceError, match="not a public address"):
            read(url)
