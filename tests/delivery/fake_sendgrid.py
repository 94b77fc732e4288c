"""A stand-in for SendGrid's account on loopback, which remembers what it is told.

It knows the lists of who gets no mail, unsubscribe groups and single mails; it does
what the calls of its OpenAPI description do, and fails the next calls as a test says.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

LISTS = ("bounces", "blocks", "spam_reports", "invalid_emails", "unsubscribes")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What comes instead of an answer; without a status the connection breaks."""

    status: int = 0
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    #: seconds until it comes
    after: float = 0
    #: the call is carried out all the same, and only its answer is lost
    done: bool = False


def refusal(status: int, message: str, **headers: str) -> Fault:
    """SendGrid's own JSON for an error."""
    errors = {"errors": [{"message": message, "field": None, "help": None}]}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(status=status, body=json.dumps(errors), headers=named)


@dataclass
class FakeSendGrid:
    """Its state, and what was asked of it."""

    url: str = ""
    lists: dict[str, list[Any]] = field(
        default_factory=lambda: {name: [] for name in LISTS}
    )
    groups: dict[int, list[Any]] = field(default_factory=dict)
    #: what the key may do, the domains it signs for, and its event webhooks
    scopes: list[str] = field(default_factory=list)
    domains: list[dict[str, Any]] = field(default_factory=list)
    webhooks: list[dict[str, Any]] = field(default_factory=list)
    mails: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    faults: list[Fault | None] = field(default_factory=list)

    def will(self, *faults: Fault | None) -> None:
        """What comes instead of the next answers; None for a call that succeeds."""
        self.faults.extend(faults)

    def list(self, name: str, *emails: Any, at: int = 1_700_000_000) -> None:
        """Put somebody on a list, a second after the other."""
        for number, email in enumerate(emails):
            self.lists[name].append({"email": email, "created": at + number})

    @property
    def everywhere(self) -> set[str]:
        """Who gets no mail at all."""
        return {entry["email"] for entry in self.lists["unsubscribes"]}


Answer = tuple[int, Any]


def _answer(fake: FakeSendGrid, method: str, url: str, body: Any) -> Answer:
    parts = urlsplit(url)
    query = {name: int(found[-1]) for name, found in parse_qs(parts.query).items()}
    path = [unquote(part) for part in parts.path.split("/")[2:]]
    match method, path:
        case "GET", ["suppression", name]:
            return 200, _window(fake.lists[name], query)
        case "POST", ["mail", "send"]:
            fake.mails.append(body)
            return 202, None
        case _, ["asm", "groups", number, "suppressions", *email]:
            return _group(fake, method, int(number), body, email)
        case _, ["asm", "suppressions", "global", *email]:
            return _global(fake, method, body, email)
    return _settings(fake, path) if method == "GET" else NOWHERE


def _settings(fake: FakeSendGrid, path: list[str]) -> Answer:
    """What of the account is only looked at."""
    match path:
        case ["scopes"]:
            return 200, {"scopes": fake.scopes}
        case ["whitelabel", "domains"]:
            return _if_may(fake, "whitelabel.read", fake.domains)
        case ["user", "webhooks", "event", "settings", "all"]:
            found = {"max_allowed": 2, "webhooks": fake.webhooks}
            return _if_may(fake, "user.webhooks.event.settings.read", found)
        case ["asm", "groups", number] if int(number) in fake.groups:
            return 200, {"id": int(number)}
    return NOWHERE


def _if_may(fake: FakeSendGrid, scope: str, answer: Any) -> Answer:
    may = scope in fake.scopes
    return (200, answer) if may else (403, _error("access forbidden"))


def _group(
    fake: FakeSendGrid, method: str, number: int, body: Any, email: list[str]
) -> Answer:
    if number not in fake.groups:
        return 404, _error("group not found")
    inside = fake.groups[number]
    if method == "GET":
        return 200, inside
    if method == "DELETE":
        return _deleted(inside, *email)
    inside += body["recipient_emails"]
    return 201, body


def _global(fake: FakeSendGrid, method: str, body: Any, email: list[str]) -> Answer:
    entries = fake.lists["unsubscribes"]
    if method == "DELETE":
        found = [each for each in entries if [each["email"]] == email]
        return _deleted(entries, found[0] if found else None)
    if bad := [each for each in body["recipient_emails"] if each.count("@") != 1]:
        return 400, _error(f"{bad[0]} is not an address")
    new = sorted(set(body["recipient_emails"]) - fake.everywhere)
    now = int(time.time())
    entries += [{"email": each, "created": now} for each in new]
    return 201, body


def _window(entries: list[Any], query: Mapping[str, int]) -> list[Any]:
    """A page of a list, the newest first."""
    start, end = query.get("start_time", 0), query.get("end_time", 1 << 40)
    inside = [
        entry
        for entry in reversed(entries)
        if not isinstance(entry, dict) or start <= entry.get("created", start) <= end
    ]
    offset = query.get("offset", 0)
    return inside[offset : offset + query.get("limit", 500)]


def _deleted(entries: list[Any], one: Any) -> Answer:
    if one not in entries:
        return 404, _error("not found")
    entries.remove(one)
    return 204, None


def _error(message: str) -> Any:
    return {"errors": [{"message": message, "field": None, "help": None}]}


NOWHERE: Answer = (404, _error("no such path"))


class _Handler(BaseHTTPRequestHandler):
    fake: FakeSendGrid
    lock: threading.Lock

    def _any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        with self.lock:
            self.fake.calls.append((self.command, self.path))
            self.fake.headers.append(dict(self.headers))
            fault = self.fake.faults.pop(0) if self.fake.faults else None
            status, answer = 0, None
            if fault is None or fault.done:
                status, answer = _answer(self.fake, self.command, self.path, body)
        if fault is None:
            content = b"" if answer is None else json.dumps(answer).encode()
            self._reply(status, content, {})
            return
        time.sleep(fault.after)
        if fault.status:
            self._reply(fault.status, fault.body.encode(), fault.headers)
        else:
            self.close_connection = True

    do_GET = do_POST = do_DELETE = _any  # noqa: N815 (named by the library)

    def _reply(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response_only(status)
        headers = {"Date": self.date_time_string(), **headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        with suppress(BrokenPipeError):  # nobody waits for it any more
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """Whoever ends a connection without a word has nothing more to say."""


@contextmanager
def fake_sendgrid() -> Iterator[FakeSendGrid]:
    """A running fake; it stops with the block."""
    fake = FakeSendGrid()
    handler = type("Handler", (_Handler,), {"fake": fake, "lock": threading.Lock()})
    with _Server(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        fake.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
