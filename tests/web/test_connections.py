"""Clients that are slow, endless, or too many: the others are still served."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

import pytest
from starlette.types import Message

from digest.pipeline import Desk
from digest.service.loop import serving
from digest.web import connections
from digest.web.limits import BodyLimit
from digest.web.public.app import public_app
from tests.rendering.issues import week
from tests.web.archived import publish
from tests.web.test_public import Visitor
from tests.web.test_public import desk as _desk

desk = _desk
PATIENCE, MOST = 0.3, 40


@pytest.fixture
def address(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(connections, "PATIENCE", PATIENCE)
    monkeypatch.setattr(connections, "MOST", MOST)
    publish(desk, week())
    with serving(public_app(desk), "127.0.0.1", 0) as address:
        yield address


def connect(address: str, source: str = "127.0.0.1") -> socket.socket:
    place = urlsplit(address)
    there = (str(place.hostname), place.port or 0)
    return socket.create_connection(there, timeout=10, source_address=(source, 0))


def ended(line: socket.socket) -> bool:
    """Whether the server closes the connection, with whatever it still says."""
    try:
        while line.recv(65536):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def send_slowly(line: socket.socket, parts: Sequence[bytes], pause: float) -> None:
    for part in parts:
        line.sendall(part)
        time.sleep(pause)


@pytest.mark.parametrize(
    "head",
    [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n", b"GET /healthz HTTP/1.1\r\n"],
)
def test_a_head_without_end(address: str, head: bytes) -> None:
    """Nobody waits for it for ever, also behind a request that was whole."""
    whole = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    for before in (b"", whole):
        with closing(connect(address)) as line:
            line.sendall(before + head)
            if head or not before:
                assert ended(line)


def test_a_head_drop_by_drop(address: str) -> None:
    """Each byte gives no more time."""
    drops = [bytes([byte]) for byte in b"GET / HTTP/1.1\r\nX: " + b"x" * 200]
    with closing(connect(address)) as line, pytest.raises(ConnectionError):
        send_slowly(line, drops, 0.02)


def test_an_answer_that_nobody_reads(address: str) -> None:
    with closing(socket.socket()) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        line.settimeout(10)
        place = urlsplit(address)
        line.connect((place.hostname, place.port))
        with pytest.raises(ConnectionError):
            send_slowly(line, [b"GET /i/1 HTTP/1.1\r\nHost: x\r\n\r\n"] * 400, 0.01)


def test_too_many_connections(address: str) -> None:
    """Those beyond are closed at once, and when the others have gone there is room."""
    with ExitStack() as stack:
        lines = [
            stack.enter_context(closing(connect(address))) for _ in range(3 * MOST)
        ]
        began = time.monotonic()
        assert all(ended(line) for line in lines[MOST:])
        assert time.monotonic() - began < 5
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            assert Visitor(address).ask("GET", "/healthz").status == 200
            return
        except (ConnectionError, OSError):
            time.sleep(0.05)
    pytest.fail("nobody is served any more")


def test_one_place_keeps_nobody_out(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half-open connections without end, from elsewhere than the server in front."""
    monkeypatch.setattr(connections, "PATIENCE", 60.0)
    monkeypatch.setattr(connections, "MOST_OF_ONE", 5)
    with ExitStack() as stack:
        lines = [
            stack.enter_context(closing(connect(address, "127.0.0.2")))
            for _ in range(2 * MOST)
        ]
        assert all(ended(line) for line in lines[5:])
        with closing(connect(address, "127.0.0.3")) as line:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert line.recv(12) == b"HTTP/1.1 200"
        in_front = [
            stack.enter_context(closing(connect(address))) for _ in range(MOST // 2)
        ]
        assert Visitor(address).ask("GET", "/healthz").status == 200
        in_front[0].sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert in_front[0].recv(12) == b"HTTP/1.1 200"


@pytest.mark.parametrize("path", ["/u/x", "/p/x", "/me/x", "/confirm/x", "/nothing"])
@pytest.mark.parametrize("said", [True, False])
def test_ten_megabytes(address: str, path: str, said: bool) -> None:
    """They are let go by and not kept, also where their length was not said."""
    visitor = Visitor(address)
    if said:
        answer = visitor.ask("POST", path, b"x" * 10_000_000)
        assert answer.status == 413
    with closing(connect(address)) as line:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        line.sendall(head.encode())
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        try:
            for _ in range(3):
                line.sendall(chunk)
            line.sendall(b"0\r\n\r\n")
            answered = line.recv(65536)
        except ConnectionError:
            answered = b""
    assert answered[9:12] in {b"413", b"404", b"405", b"200", b""}
    assert visitor.ask("GET", "/healthz").status == 200


# --- The limit by itself --------------------------------------------------------------


async def echo(scope: object, receive: object, send: object) -> None:
    from starlette.requests import Request
    from starlette.responses import Response

    request = Request(scope, receive)  # type: ignore[arg-type]
    answer = Response(await request.body())
    await answer(scope, receive, send)  # type: ignore[arg-type]


def limited(*parts: bytes | float, length: str = "") -> int:
    """How a body of these parts is answered; a number is a pause of so long."""
    sent: list[Message] = []
    left = list(parts)

    async def receive() -> Message:
        while left and isinstance(left[0], float):
            await asyncio.sleep(float(left.pop(0)))
        part = left.pop(0) if left else b""
        assert isinstance(part, bytes)
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-length", length.encode())] if length else []
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
    app = BodyLimit(echo, most=10, seconds=0.2)
    asyncio.run(app(scope, receive, send))
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    ("parts", "length", "status"),
    [
        ((b"12345", b"67890"), "", 200),
        ((b"12345", b"678901"), "", 413),
        ((b"12345",), "11", 413),
        ((b"12345",), "9" * 30, 413),
        ((b"12345",), "x", 200),
        ((b"1", 0.5, b"2"), "", 408),
        ((b"1", 0.08, b"2", 0.08, b"3", 0.08, b"4"), "", 408),
    ],
)
def test_the_limit(parts: tuple[bytes | float, ...], length: str, status: int) -> None:
    """Bytes are counted, not believed; the time is for all of it together."""
    assert limited(*parts, length=length) == status
