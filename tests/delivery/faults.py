"""A stand-in for SendGrid that answers each request as the test says.

It takes what it accepts to heart: `accepted` is what it would deliver, also where
the answer is then lost. It listens on loopback only.
"""

from __future__ import annotations

import json
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer; `accept` says whether the mail is taken."""

    status: int = 202
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    accept: bool = False
    #: sent byte for byte instead of an answer of ours
    raw: bytes | None = None


ACCEPT = Reply(headers={"X-Message-Id": "message-1"}, accept=True)
#: the answer is lost on its way: the connection breaks after the whole request
LOST = Reply(raw=b"", accept=True)
#: the connection breaks, and nothing was taken
BREAK = Reply(raw=b"")


class Hang(Reply):
    """The request is read, and then nothing is heard of it."""


class Drip(Reply):
    """An answer that comes a byte at a time, for ever."""


class Deaf(Reply):
    """The body is not read, and the connection breaks."""


HANG, DRIP, DEAF = Hang(), Drip(), Deaf()


def refusal(
    status: int, message: str, field: str | None = None, **headers: str
) -> Reply:
    """SendGrid's own JSON for an error."""
    errors = {"errors": [{"message": message, "field": field, "help": None}]}
    return Reply(
        status=status,
        body=json.dumps(errors),
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


@dataclass
class FaultServer:
    """What was asked of it, and what it will say to the next ones."""

    url: str = ""
    #: answers to come, in order; afterwards everything is accepted
    script: list[Reply] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    accepted: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0
    #: seconds that an answer takes
    pace: float = 0
    #: set when a request is left hanging
    hanging: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def will(self, *replies: Reply) -> None:
        self.script.extend(replies)

    @property
    def people(self) -> list[str]:
        """Everybody a mail was accepted for, once for each mail."""
        return [person for request in self.accepted for person in people_of(request)]


def people_of(request: Mapping[str, Any]) -> list[str]:
    entries: Sequence[Mapping[str, Any]] = request["personalizations"]
    return [entry["custom_args"]["dg_recipient"] for entry in entries]


class _Handler(socketserver.StreamRequestHandler):
    faults: FaultServer

    def handle(self) -> None:
        self.faults.connections += 1
        try:
            while self._one():
                pass
        except OSError:
            pass  # the other side went away

    def _one(self) -> bool:
        """Answer one request; whether the connection stays."""
        faults = self.faults
        if not self.rfile.readline():
            return False
        headers = dict(self._headers())
        if "content-length" not in headers:
            return False
        reply = faults.script.pop(0) if faults.script else ACCEPT
        if isinstance(reply, Deaf):
            self._reset()
            return False
        request = json.loads(self.rfile.read(int(headers["content-length"])))
        faults.requests.append(request)
        faults.headers.append(headers)
        if reply.accept:
            faults.accepted.append(request)
        faults.over.wait(faults.pace)
        return self._answer(reply)

    def _headers(self) -> Iterator[tuple[str, str]]:
        while line := self.rfile.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            yield name.lower(), value.strip()

    def _answer(self, reply: Reply) -> bool:
        if isinstance(reply, Hang):
            self.faults.hanging.set()
            self.faults.over.wait(30)
            return False
        if isinstance(reply, Drip):
            self.wfile.write(b"HTTP/1.1 202 Accepted\r\nX-Slow: ")
            while not self.faults.over.wait(0.02):
                self.wfile.write(b".")
            return False
        if reply.raw is not None:
            self.wfile.write(reply.raw)
            self._reset()
            return False
        lines = [f"HTTP/1.1 {reply.status} x", f"Content-Length: {len(reply.body)}"]
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        self.wfile.write(("\r\n".join(lines) + "\r\n\r\n" + reply.body).encode())
        return True

    def _reset(self) -> None:
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()

    def finish(self) -> None:
        """Close without the flush that a broken connection does not take."""


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def fault_server(tls: ssl.SSLContext | None = None) -> Iterator[FaultServer]:
    """A running server, by https if `tls` is given; it stops with the block."""
    faults = FaultServer()
    handler = type("Handler", (_Handler,), {"faults": faults})
    with _Server(("127.0.0.1", 0), handler) as server:
        host, port = server.server_address[:2]
        faults.url = f"{'https' if tls else 'http'}://{host!s}:{port}"
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        thread.start()
        try:
            yield faults
        finally:
            faults.over.set()
            server.shutdown()
            thread.join()
