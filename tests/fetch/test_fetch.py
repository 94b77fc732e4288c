"""The fetcher reads what is public and fair, and nothing else, in its time."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import FetchError
from digest.fetch import fetch
from digest.fetch.addresses import is_public

LOOPBACK = ["127.0.0.1"]
Answer = Callable[[bytes, socket.socket], None]


def say(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An answer in HTTP."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


class Server:
    """Answers each request on loopback with one function, and keeps it."""

    def __init__(self, answer: Answer) -> None:
        self.requests: list[bytes] = []
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/a"

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self._socket.accept()
                with peer, suppress(OSError):
                    peer.settimeout(5)
                    request = peer.recv(65536)
                    self.requests.append(request)
                    self._answer(request, peer)

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


@contextmanager
def serving(answer: bytes | Answer) -> Iterator[Server]:
    def send(_: bytes, peer: socket.socket) -> None:
        peer.sendall(answer if isinstance(answer, bytes) else b"")

    server = Server(send if isinstance(answer, bytes) else answer)
    try:
        yield server
    finally:
        server.close()


def test_a_page_is_read_with_its_type_and_charset() -> None:
    """The body, its type and where it came from."""
    answer = say(b"hello", "Content-Type: text/HTML; charset=ISO-8859-1")
    with serving(answer) as server:
        fetched = fetch(server.url, allow_private=LOOPBACK)
    assert (fetched.url, fetched.final_url) == (server.url, server.url)
    assert (fetched.content_type, fetched.charset) == ("text/html", "iso-8859-1")
    assert fetched.body == b"hello"
    assert b"User-Agent: newsletter-digest/" in server.requests[0]
    assert f"Host: 127.0.0.1:{server.port}".encode() in server.requests[0]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "169.254.169.254",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "[fe80::1]",
        "[fc00::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ],
)
def test_private_addresses_are_refused_in_every_spelling(host: str) -> None:
    """Loopback, private, link-local, shared and multicast, however written."""
    with pytest.raises(FetchError, match="not a public address"):
        fetch(f"http://{host}:9/", deadline=2)


def test_a_private_address_is_not_even_connected_to() -> None:
    """The check comes before the connection."""
    with serving(say(b"secret")) as server:
        with pytest.raises(FetchError, match="not a public address"):
            fetch(server.url)
        assert not server.requests


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.0/8", "LOCALHOST"])
def test_what_is_allowed_by_name_may_be_private(allowed: str) -> None:
    """An address, a network or a name in allow_private."""
    with serving(say(b"intranet")) as server:
        url = f"http://localhost:{server.port}/"
        fetched = fetch(url, allow_private=[allowed, "nonsense/99"])
    assert fetched.body == b"intranet"


def test_a_redirect_to_a_private_address_is_refused() -> None:
    """Every hop is checked, not only the first."""
    with serving(say(b"secret")) as inner:
        location = f"Location: http://127.0.0.2:{inner.port}/"
        with serving(say(b"", location, status="302 Found")) as outer:
            with pytest.raises(FetchError, match=r"127\.0\.0\.2.* not a public"):
                fetch(outer.url, allow_private=LOOPBACK)
        assert not inner.requests


def test_five_redirects_are_followed_and_no_more() -> None:
    """The address of the last answer is told; a loop ends."""

    def count_down(request: bytes, peer: socket.socket) -> None:
        left = int(request.split(b" ")[1].lstrip(b"/"))
        step = say(b"", f"Location: /{left - 1}", status="301 Moved Permanently")
        peer.sendall(step if left else say(b"arrived"))

    with serving(count_down) as server:
        root = f"http://127.0.0.1:{server.port}"
        fetched = fetch(f"{root}/5", allow_private=LOOPBACK)
        assert (fetched.body, fetched.final_url) == (b"arrived", f"{root}/0")
        with pytest.raises(FetchError, match="more than 5 times"):
            fetch(f"{root}/6", allow_private=LOOPBACK)


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://127.0.0.1/", "http://[", "gopher://x", "http://"],
)
def test_a_redirect_to_another_scheme_is_refused(location: str) -> None:
    """Only http and https are followed."""
    answer = say(b"", f"Location: {location}", status="302 Found")
    with serving(answer) as server, pytest.raises(FetchError):
        fetch(server.url, allow_private=LOOPBACK)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.com/",
        "example.com",
        "http://",
        "",
        "http:///x",
    ],
)
def test_only_the_web_is_fetched(url: str) -> None:
    """Other schemes, and what is no URL, are refused."""
    with pytest.raises(FetchError):
        fetch(url)


def test_a_user_name_in_the_address_is_refused_and_not_shown() -> None:
    """A password must not end in a message."""
    with pytest.raises(FetchError, match="user name") as caught:
        fetch("http://me:secret@127.0.0.1/")
    assert "secret" not in str(caught.value)


def test_the_checked_address_is_the_one_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The name is resolved once: a second, private answer is never used."""
    asked: list[object] = []

    def resolver(host: str, port: int, **_: object) -> list[object]:
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    with serving(say(b"first")) as server:
        real = socket.getaddrinfo

        def answer(host: str, port: int, *rest: object, **named: object) -> object:
            if host == "news.test":
                return resolver(host, port)
            return real(host, port, *rest, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(socket, "getaddrinfo", answer)
        url = f"http://news.test:{server.port}/"
        assert fetch(url, allow_private=LOOPBACK).body == b"first"
        assert asked == ["news.test"]
        assert f"Host: news.test:{server.port}".encode() in server.requests[0]


def test_tls_names_the_host_and_not_the_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server name in the TLS greeting is the URL's, so certificates can fit."""
    real = socket.getaddrinfo

    def answer(host: str, *rest: object, **named: object) -> object:
        known = "127.0.0.1" if host == "news.test" else host
        return real(known, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with serving(b"this is no TLS") as server:
        with pytest.raises(FetchError, match="cannot be fetched"):
            fetch(f"https://news.test:{server.port}/", allow_private=LOOPBACK)
        assert b"news.test" in server.requests[0]


def test_a_gzip_bomb_is_dropped_at_the_cap() -> None:
    """The cap counts what is unpacked."""
    bomb = gzip.compress(b"a" * 50_000_000)
    with serving(say(bomb, "Content-Encoding: gzip")) as server:
        with pytest.raises(FetchError, match="over 1 MB"):
            fetch(server.url, allow_private=LOOPBACK, cap=1_000_000)


def test_a_packed_body_is_unpacked() -> None:
    """What is packed for the way arrives as it was."""
    packed = gzip.compress(b"hello")
    with serving(say(packed, "Content-Encoding: gzip")) as server:
        assert fetch(server.url, allow_private=LOOPBACK).body == b"hello"


def drip(head: bytes) -> Answer:
    """A server that sends a byte now and then, without an end."""

    def answer(_: bytes, peer: socket.socket) -> None:
        peer.sendall(head)
        for _i in range(100):
            peer.sendall(b"a")
            time.sleep(0.05)

    return answer


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 302 Found\r\nLocation: /",
    ],
)
def test_a_slow_server_is_left_at_the_deadline(head: bytes) -> None:
    """A byte at a time, in the body or the head: the clock is the wall's."""
    begun = time.monotonic()
    with serving(drip(head)) as server:
        with pytest.raises(FetchError, match="in time"):
            fetch(server.url, allow_private=LOOPBACK, deadline=0.4)
        assert time.monotonic() - begun < 2


def test_a_slow_handshake_is_left_at_the_deadline() -> None:
    """TLS that never comes to an end is ended, too."""
    record = b"\x16\x03\x03\x3f\xff\x02\x00\x3f\xfb"  # a greeting of 16 kB
    begun = time.monotonic()
    with serving(drip(record)) as server:
        url = server.url.replace("http:", "https:")
        with pytest.raises(FetchError, match="in time"):
            fetch(url, allow_private=LOOPBACK, deadline=0.4)
        assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (say(b"", status="404 Not Found"), "404 Not Found"),
        (say(b"", status="503 Service Unavailable"), "503"),
        (say(b"", status="304 Not Modified"), "304"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort", "cannot be fetched"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "cannot be fetched"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", "cannot be fetched"),
        (b"not HTTP at all\r\n\r\n", "cannot be fetched"),
        (b"", "cannot be fetched"),
        (say(b"not gzip", "Content-Encoding: gzip"), "cannot be fetched"),
    ],
)
def test_a_bad_answer_is_one_line(answer: bytes, reason: str) -> None:
    """Refusals, lies and noise are each told in one line with the address."""
    with serving(answer) as server:
        with pytest.raises(FetchError, match=reason) as caught:
            fetch(server.url, allow_private=LOOPBACK)
    assert server.url in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nobody_listening_is_told() -> None:
    """A port without a server."""
    with serving(b"") as server:
        url = server.url
    with pytest.raises(FetchError, match="cannot be fetched"):
        fetch(url, allow_private=LOOPBACK)


def test_a_name_that_does_not_exist_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """`.invalid` never resolves (RFC 2606)."""

    def answer(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with pytest.raises(FetchError, match=r"nowhere\.invalid"):
        fetch("http://nowhere.invalid/", deadline=3)


def test_a_name_server_that_is_slow_is_left_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The resolver knows no timeout; ours holds all the same."""
    done = threading.Event()

    def answer(*_: object, **__: object) -> list[object]:
        done.wait(5)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with pytest.raises(FetchError, match=r"nowhere\.invalid.* in time"):
        fetch("http://nowhere.invalid/", deadline=0.2)
    done.set()


@given(st.ip_addresses(v=4))
def test_an_embedded_address_is_as_public_as_what_it_stands_for(
    address: ipaddress.IPv4Address,
) -> None:
    """Mapped, 6to4 and NAT64 forms are judged by the IPv4 address inside."""
    number = int(address)
    for form in (
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80)),
        ipaddress.IPv6Address((0x64_FF9B << 96) | number),
    ):
        assert is_public(form) == is_public(address)


@given(st.ip_addresses())
def test_no_private_address_is_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    """What Python calls private, loopback, link-local or reserved is not public."""
    if is_public(address):
        assert not address.is_loopback
        assert not address.is_link_local
        assert not address.is_multicast
        assert not address.is_unspecified


@given(st.text(max_size=40))
def test_any_text_as_an_address_gives_an_error_in_one_line(text: str) -> None:
    """Nothing that is typed by mistake ends in a traceback."""
    with pytest.raises(FetchError) as caught:
        fetch(text.replace("://", ""), deadline=0.2)
    assert len(str(caught.value).splitlines()) == 1
