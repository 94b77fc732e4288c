"""What is served to the world: leaving, confirming, the webhook, and who watches."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import subscribers as people
from digest import ledger
from digest.config import Config, Newsletter, SendGridSettings, SubscriberSettings
from digest.model import Schedule
from digest.pipeline import Desk
from digest.service.loop import serving
from digest.store import Database, approvals, schedules
from digest.web.public.app import LONGEST_PAYLOAD, public_app
from tests.ledger.desk import EMAIL, insert_issue

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SIGNED = Path(__file__).parents[1] / "data/sendgrid/signed-webhook.json"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str


class Visitor:
    """Somebody with a browser, or a program."""

    def __init__(self, address: str) -> None:
        self._host = urlsplit(address).netloc

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        connection = http.client.HTTPConnection(self._host, timeout=20)
        connection.request(method, path, body=body or None, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, named, text)


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    config = Config(
        newsletter=Newsletter(name="The Tide", base_url="https://tide.example.com"),
        sendgrid=SendGridSettings(webhook_public_key=""),
        subscribers=SubscriberSettings(key_file="digest.key"),
        folder=tmp_path,
    )
    with database.write() as connection:
        for name in ("weekly", "daily", "other"):
            people.add_list(connection, name, NOW)
    return Desk(
        database=database, config=config, clock=lambda: NOW, nonce=lambda: "0" * 12
    )


@pytest.fixture
def visitor(desk: Desk) -> Iterator[Visitor]:
    with serving(public_app(desk), "127.0.0.1", 0) as address:
        yield Visitor(address)


def joined(desk: Desk, *lists: str) -> str:
    """Somebody on these lists; the token of the first."""
    with desk.database.write() as connection:
        for name in lists:
            people.add_subscriber(
                connection,
                name,
                "ann@example.org",
                consent="by form",
                source="test",
                now=NOW,
                secret=lambda: b"twelve bytes",
            )
        (person,) = people.audience(connection, [lists[0]], now=NOW)
    return person.token


def on(desk: Desk, *lists: str) -> list[str]:
    """Those of the lists that somebody can be mailed to."""
    with desk.database.read() as connection:
        return [
            name for name in lists if list(people.audience(connection, [name], now=NOW))
        ]


def test_a_look_changes_nothing(desk: Desk, visitor: Visitor) -> None:
    """Programs follow links: only the button leaves."""
    token = joined(desk, "weekly")
    answer = visitor.ask("GET", f"/u/{token}")
    assert (answer.status, "<button>Unsubscribe</button>" in answer.text) == (200, True)
    assert visitor.ask("HEAD", f"/u/{token}").status == 200
    assert on(desk, "weekly") == ["weekly"]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (
            b"List-Unsubscribe=One-Click",
            {"Content-Type": "application/x-www-form-urlencoded"},
        ),
        (b"", {}),
        (b"anything", {}),
    ],
    ids=["one click", "a button", "whatever"],
)
def test_leaving(
    desk: Desk, visitor: Visitor, body: bytes, headers: dict[str, str]
) -> None:
    """At once, without a cookie or a redirect, any number of times (RFC 8058)."""
    token = joined(desk, "weekly", "other")
    for _ in range(2):
        answer = visitor.ask("POST", f"/u/{token}", body, **headers)
        assert (answer.status, "You have left" in answer.text) == (200, True)
        assert "set-cookie" not in answer.headers
    assert on(desk, "weekly", "other") == ["other"]


def test_leaving_all_that_the_issue_went_to(desk: Desk, visitor: Visitor) -> None:
    """Whoever is on several of a campaign's lists leaves all of them."""
    token = joined(desk, "weekly", "daily", "other")
    with desk.database.write() as connection:
        ledger.create_campaign(
            connection,
            insert_issue(connection, 1),
            EMAIL,
            transport="sendgrid",
            lists=["weekly", "daily"],
            now=NOW,
        )
    visitor.ask("POST", f"/u/{token}")
    assert on(desk, "weekly", "daily", "other") == ["other"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_strangers_link(desk: Desk, visitor: Visitor, method: str) -> None:
    """It is answered as a known one: no page tells whether a link is somebody's."""
    known = visitor.ask(method, f"/u/{joined(desk, 'weekly')}")
    answer = visitor.ask(method, "/u/" + "A" * 24)
    assert (answer.status, answer.text) == (known.status, known.text)
    assert answer.status == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("end", [slice(21), slice(0, 0)], ids=["cut", "another"])
def test_a_cut_link(desk: Desk, visitor: Visitor, method: str, end: slice) -> None:
    """Nobody is told that they have left who has not, with no redirect (RFC 8058)."""
    token = joined(desk, "weekly")[end] or "zzz"
    answer = visitor.ask(method, f"/u/{token}")
    assert (answer.status, "not whole" in answer.text) == (404, True)
    assert "You have left" not in answer.text
    assert on(desk, "weekly") == ["weekly"]


def test_pages_are_guarded(desk: Desk, visitor: Visitor) -> None:
    """No script, no frame, no referrer, nothing kept."""
    headers = visitor.ask("GET", f"/u/{joined(desk, 'weekly')}").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


def test_a_link_of_a_question(visitor: Visitor) -> None:
    """One that is nobody's is too old, as one that is."""
    for method in ("GET", "POST"):
        answer = visitor.ask(method, "/confirm/" + "A" * 32)
        assert (answer.status, "too old" in answer.text) == (200, True)


def test_approving(desk: Desk, visitor: Visitor) -> None:
    """The button of the mail lets a schedule's issue go out; a look does not."""
    token = "a-random-text"
    with desk.database.write() as connection:
        weekly = Schedule(
            name="weekly", every="daily 08:00", zone="UTC", lists=("weekly",)
        )
        schedules.add_schedule(connection, weekly, NOW)
        schedules.begin_slot(connection, 1, "2026-11-23", NOW)
        approvals.ask_approval(connection, 1, "2026-11-23", approvals.hash_of(token))

    def approved() -> bool:
        with desk.database.write() as connection:
            return schedules.begin_slot(connection, 1, "2026-11-23", NOW).approved

    assert "<button>Approve</button>" in visitor.ask("GET", f"/approve/{token}").text
    assert "Nothing waits" in visitor.ask("POST", "/approve/another").text
    assert not approved()
    assert "It is approved" in visitor.ask("POST", f"/approve/{token}").text
    assert approved()
    assert "Nothing waits" in visitor.ask("POST", f"/approve/{token}").text


def test_a_webhook_that_nobody_signed(desk: Desk, visitor: Visitor) -> None:
    """Nothing of it is taken; without a key nothing can be checked."""
    event = [{"event": "spamreport", "email": "ann@example.org", "sg_event_id": "1"}]
    joined(desk, "weekly")
    answer = visitor.ask("POST", "/webhooks/sendgrid", json.dumps(event).encode())
    assert answer.status >= 400
    assert on(desk, "weekly") == ["weekly"]


def test_a_body_that_is_too_long(visitor: Visitor) -> None:
    """It is cut off."""
    body = b"x" * (LONGEST_PAYLOAD + 1)
    assert visitor.ask("POST", "/webhooks/sendgrid", body).status == 413


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/webhooks/sendgrid", 405),
        ("PUT", "/u/x", 405),
        ("GET", "/u/", 404),
    ],
)
def test_what_there_is_not(
    visitor: Visitor, method: str, path: str, status: int
) -> None:
    assert visitor.ask(method, path).status == status
