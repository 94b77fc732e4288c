"""Campaigns that nobody stands beside: what is due goes out, what is bad comes back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Digest, digest, folder
from tests.cli.test_operate import SEND, built, office
from tests.delivery.office import Office

__all__ = ["built", "digest", "folder", "office"]


@pytest.fixture
def canary(built: Digest) -> Digest:
    """An issue of which some have got theirs, and the others wait for them."""
    built(*SEND, "--canary", "3")
    return built


def complained(office: Office, tmp_path: Path) -> Path:
    """What SendGrid says of everybody who has it."""
    payload = [
        {
            "email": "somebody@example.com",
            "event": "spamreport",
            "sg_event_id": f"event-{copy.person}",
            "timestamp": int(office.time),
            "dg_attempt": copy.attempt,
            "dg_recipient": str(copy.person),
        }
        for copy in office.copies
        if copy.state == "out"
    ]
    file = tmp_path / "events.json"
    file.write_text(json.dumps(payload))
    return file


def test_readers_stop_the_rest(built: Digest, office: Office, tmp_path: Path) -> None:
    """Complaints of the first stop the others' mail before it goes out."""
    for name in ("dee", "eve", "fay"):
        address = f"{name}@example.com"
        built("subscribers", "add", address, "--list", "weekly", "--consent", "asked")
    built(*SEND, "--canary", "3")
    assert len(office.copies) == 6
    office.advance(office.time + 600)
    file = complained(office, tmp_path)
    assert built("events", "import", str(file)).code == 0
    ran = built("run", "--once")
    assert "stop rule" in ran.out
    status = built("status", "1", "--json").object
    assert (status["state"], status["pending"]) == ("paused", 3)
    assert len(+office.out) == 3


def test_nobody_complains(canary: Digest, office: Office) -> None:
    """The others get theirs."""
    assert not canary("run", "--once").out
    assert set(office.out.values()) == {1}


def test_one_that_fails_stops_no_other(
    built: Digest, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is tried by itself; what failed is said, and tried again."""
    built(*SEND, "--at", "+2h")
    office.advance(office.time + 3600)
    monkeypatch.setenv("SENDGRID_API_KEY", "")
    ran = built("run", "--once")
    assert ran.code == 1
    assert "issue 1: not gone on with: sendgrid.api_key is not set" in ran.out
    monkeypatch.setenv("SENDGRID_API_KEY", "SG.test")
    assert "3 of 3 accepted" in built("run", "--once").out
