"""Whatever is asked of any route, by any method, with any body: an answer, in time.

The walk is over the routes of the app itself, so that a new one is walked too.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Route

from digest.config import PublicSettings
from digest.pipeline import Desk
from digest.store import Database
from digest.web.public import joining
from digest.web.public.app import public_app
from tests.rendering.issues import week
from tests.web.archived import publish
from tests.web.test_public import desk as _desk
from tests.web.test_public import joined

desk = _desk

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"]
FIELDS = [
    *("do", "email", "name", "list", "topic", "zone", "language", "sure", "website"),
]
VALUES = st.one_of(
    st.sampled_from(
        [
            *("save", "pause", "resume", "link", "export", "move", "erase", "choices"),
            *("weekly", "other", "ann@example.org", "b@example.org", "Europe/Paris"),
            *("en", "", "\x00", "x" * 3000, "<script>", "{0}", "%s", "\u202e"),
        ]
    ),
    st.text(max_size=20),
)
BODIES = st.one_of(
    st.binary(max_size=200),
    st.lists(st.tuples(st.sampled_from(FIELDS), VALUES), max_size=6).map(
        lambda fields: "&".join(
            f"{name}={quote(value, errors='replace')}" for name, value in fields
        ).encode()
    ),
)
HEADERS = st.lists(
    st.sampled_from(
        [
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"content-type", b"multipart/form-data; boundary=x"),
            (b"content-type", b"\xff"),
            (b"content-length", b"-1"),
            (b"content-length", b"99999999999999999999999"),
            (b"content-length", b"x"),
            (b"if-none-match", b'"x", *, \xff'),
            (b"if-modified-since", b"yesterday"),
            (b"user-agent", b"\x00\xff" * 400),
            (b"x-forwarded-for", b"<script>"),
            (b"host", b"evil.example"),
            (b"origin", b"https://evil.example"),
            (b"accept", b"\xff"),
        ]
    ),
    max_size=4,
)


@dataclass(frozen=True)
class Site:
    """An app, its routes, and what stands for their parameters where somebody knows."""

    app: Starlette
    routes: tuple[str, ...]
    known: dict[str, str]


@pytest.fixture
def site(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Site:
    monkeypatch.setattr(joining, "STEADY", 0.0)
    monkeypatch.setattr(joining, "BURST", 10**6)
    made: Any = _desk
    desk: Desk = made.__wrapped__(sqlite_database, tmp_path)
    public = PublicSettings(lists=("weekly", "daily"), topics=("Sport",))
    desk = replace(desk, config=replace(desk.config, public=public))
    known = {
        "token": "a-random-text",
        "token:kept": joined(desk, "weekly"),
        "token:passing": "A" * 32,
        "rest:path": "cut",
        "issue": str(publish(desk, week())),
    }
    app = public_app(desk)
    routes = {route.path for route in app.routes if isinstance(route, Route)}
    return Site(app, tuple(sorted(routes)), known)


def ask(app: Starlette, scope: dict[str, Any], body: bytes) -> list[dict[str, Any]]:
    """One request, straight into the app: all that it sends."""
    sent: list[dict[str, Any]] = []
    parts = [body[:7], body[7:]]

    async def receive() -> dict[str, Any]:
        part = parts.pop(0) if parts else b""
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: Any) -> None:
        sent.append(message)

    async def within() -> None:
        async with asyncio.timeout(20):
            await app(scope, receive, send)

    asyncio.run(within())
    return sent


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(data=st.data())
def test_any_request_is_answered(site: Site, data: st.DataObject) -> None:
    """Never by an error of ours, always with the headers, and with no script."""
    route = data.draw(st.sampled_from(site.routes))
    for name, value in site.known.items():
        given_value = data.draw(
            st.one_of(st.just(value.encode()), st.binary(min_size=1, max_size=40))
        )
        route = route.replace(f"{{{name}}}", quote_from_bytes(given_value, safe=""))
    method = data.draw(st.sampled_from(METHODS))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": _unquoted(route),
        "raw_path": route.encode(),
        "root_path": "",
        "query_string": data.draw(st.binary(max_size=40)),
        "headers": data.draw(HEADERS),
        "client": ("192.0.2.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    start, *rest = ask(site.app, scope, data.draw(BODIES))
    headers = dict(start["headers"])
    machines = route in {"/healthz", "/metrics"} or route.startswith("/webhooks")
    assert start["status"] < 500 or machines
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert b"default-src 'none'" in headers[b"content-security-policy"]
    assert headers[b"referrer-policy"] == b"no-referrer"
    assert b"set-cookie" not in headers
    body = b"".join(message.get("body", b"") for message in rest)
    assert b"<script" not in body.lower()


def _unquoted(path: str) -> str:
    """As servers do it: what is no UTF-8 is replaced."""
    from urllib.parse import unquote

    return unquote(path)
