"""A server on loopback that plays feeds, and keeps a score of how it is asked.

The rules are those of https://rachelbythebay.com/fs/help.html: an unconditional request
once a feed, validators given back to the letter and never invented, no cookies, Referer
or query of one's own, Cache-Control and Retry-After kept to, a User-Agent that says who
asks, one connection at a time.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and the moment of the test's clock at which it came."""

    path: str
    headers: Mapping[str, str]
    at: datetime


@dataclass(slots=True)
class Served:
    """What the server gives at a path; a function of how often it was asked."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = Callable[[Asked, int], Served]


class PoliteServer:
    """Answers by path, and finds fault with how it was asked."""

    def __init__(self, clock: Clock) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        self.faults: list[str] = []
        self.given: dict[str, dict[str, str]] = {}
        self.not_before: dict[str, datetime] = {}
        self.most_at_once = 0
        self._now = clock
        self._at_once = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self._server.server_port}{path}"

    def feed(self, path: str, body: bytes, **headers: str) -> None:
        """A feed that never changes, with validators, answered 304 where they fit."""

        def answer(asked: Asked, _: int) -> Served:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            lower = {name.lower(): value for name, value in named.items()}
            same = [
                asked.headers.get(condition) == lower.get(validator)
                for condition, validator in _CONDITIONS.items()
                if condition in asked.headers
            ]
            if same and all(same):
                return Served(status=304, headers=named)
            return Served(body=body, headers=named)

        self.answers[path] = answer

    def requests(self, path: str) -> list[Asked]:
        return [each for each in self.asked if each.path == path]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                served = outer.take(Asked(self.path, headers, outer._now()))
                self.send_response(served.status)
                for name, value in served.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(served.body)))
                self.end_headers()
                self.wfile.write(served.body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def take(self, asked: Asked) -> Served:
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            earlier = len(self.requests(asked.path))
            self._judge(asked, earlier)
            self.asked.append(asked)
        time.sleep(0.01)  # so that who comes at once is seen
        known = self.answers.get(asked.path)
        served = known(asked, earlier) if known else Served(status=404)
        with self._lock:
            self._at_once -= 1
            self._remember(asked, served)
        return served

    def _judge(self, asked: Asked, earlier: int) -> None:
        given = self.given.get(asked.path, {})
        wanted = {c: given[v] for c, v in _CONDITIONS.items() if v in given}
        sent = {c: asked.headers[c] for c in _CONDITIONS if c in asked.headers}
        if earlier and wanted and not sent:
            self._fault(asked, "asked unconditionally again")
        elif sent != wanted:
            self._fault(asked, f"conditions {sent}, where {wanted} were right")
        for name in ("cookie", "referer"):
            if name in asked.headers:
                self._fault(asked, f"sends {name}")
        if "newsletter-digest/" not in asked.headers.get("user-agent", ""):
            self._fault(asked, "does not say who asks")
        if asked.at < self.not_before.get(asked.path, asked.at):
            self._fault(asked, "comes before it may")

    def _remember(self, asked: Asked, served: Served) -> None:
        named = {name.lower(): value for name, value in served.headers.items()}
        if served.status in {200, 304}:
            known = self.given.setdefault(asked.path, {})
            if served.status == 200:
                known.clear()
            known |= {v: named[v] for v in _CONDITIONS.values() if v in named}
        wait = named.get("retry-after", "")
        if served.status in {429, 503} and wait.isdecimal():
            self.not_before[asked.path] = asked.at + timedelta(seconds=int(wait))
        age = named.get("cache-control", "").removeprefix("max-age=")
        if age.isdecimal():
            self.not_before[asked.path] = asked.at + timedelta(seconds=int(age))

    def _fault(self, asked: Asked, what: str) -> None:
        self.faults.append(f"{asked.path}: {what}")

    @contextmanager
    def running(self) -> Iterator[PoliteServer]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join(5)

    def unconditional(self) -> dict[str, int]:
        """How often each path was asked without a condition."""
        counts: dict[str, int] = defaultdict(int)
        for each in self.asked:
            counts[each.path] += not any(c in each.headers for c in _CONDITIONS)
        return counts


#: a request's header → the answer's that it gives back
_CONDITIONS = {"if-none-match": "etag", "if-modified-since": "last-modified"}
