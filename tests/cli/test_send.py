"""Who is mailed is asked for first, and what came of it is said so that it is true."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

import pytest

from digest.delivery import sendgrid
from tests.cli.conftest import Digest
from tests.delivery.faults import LOST, FaultServer, fault_server, refusal

SEND = ("send", "1", "--list", "weekly")


class Terminal(io.StringIO):
    """Somebody who sits there, and what they type."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """A stand-in for SendGrid, which the settings name."""
    with fault_server() as server:
        monkeypatch.setenv("SENDGRID_API_KEY", "SG.test")
        monkeypatch.setenv("DIGEST_SENDGRID_HOST", server.url)
        yield server


def add(digest: Digest, *names: str) -> None:
    for name in names:
        address = f"{name}@example.com"
        digest("subscribers", "add", address, "--list", "weekly", "--consent", "asked")


@pytest.fixture
def paused(digest: Digest, faults: FaultServer) -> FaultServer:
    """An issue whose sending to two people stopped before anybody had it."""
    digest("build", "ferry.txt")
    digest("lists", "add", "weekly")
    add(digest, "ann", "bob")
    faults.will(refusal(401, "The key is invalid"))
    ran = digest(*SEND, "--yes")
    assert ran.code == 1
    assert ran.err.endswith(
        "gave up: SendGrid refuses it: 401 The key is invalid\n"
        "  nothing was handed over; to send again is safe, nobody gets it twice:\n"
        "  digest send 1 --list weekly\n"
    )
    faults.requests.clear()
    return faults


@pytest.mark.parametrize(
    ("kind", "typed"), [(io.StringIO, "y\n"), (Terminal, "n\n"), (Terminal, "")]
)
def test_going_on_is_asked_for_too(
    digest: Digest,
    paused: FaultServer,
    kind: type[io.StringIO],
    typed: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a yes at a terminal, a stopped campaign mails nobody."""
    monkeypatch.setattr("sys.stdin", kind(typed))
    ran = digest(*SEND)
    assert ran.code == 1
    assert ran.err.endswith("digest: nothing was done; say --yes not to be asked\n")
    assert ("Mail 2 people now?" in ran.err) == (kind is Terminal)
    assert not paused.requests
    assert digest("status", "1", "--json").object["pending"] == 2


def test_the_question_counts_everybody(
    digest: Digest, paused: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is left over and who is new are mailed, so both are in the question."""
    add(digest, "cleo", "dora")
    digest("lists", "add", "daily")
    plan = digest(*SEND, "--list", "daily", "--dry-run", "--json").object
    assert (plan["recipients"], plan["pending"], plan["batches"]) == (4, 2, 2)
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    ran = digest(*SEND)
    assert ran.code == 0
    assert "Mail 4 people now?" in ran.err
    assert "\r  2 of 4\r  4 of 4\n" in ran.err
    assert len(paused.people) == 4
    assert digest(*SEND, "--dry-run", "--json").object["recipients"] == 0


def test_a_rehearsal_shows_everybody(digest: Digest, paused: FaultServer) -> None:
    """What a campaign holds does not matter to a rehearsal: it has the whole list."""
    outbox = (*SEND, "--transport", "outbox")
    assert digest(*outbox, "--dry-run", "--json").object["recipients"] == 2
    assert digest(*outbox, "--json").object["rehearsed"] == 2


def test_giving_up_without_a_connection(
    digest: Digest, paused: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has refused where nobody could be asked, and the end says what to do."""
    monkeypatch.setattr(sendgrid, "RECONNECT", 0.01)
    monkeypatch.setenv("DIGEST_SENDGRID_HOST", "http://127.0.0.1:9")
    ran = digest(*SEND, "--yes")
    assert ran.code == 1
    assert "  not handed over: Connection refused (2 people)\n" in ran.err
    assert "gave up for now: Connection refused\n  nothing was handed over; " in ran.err
    assert "people: refused" not in ran.err
    status = digest("status", "1", "--json").object
    reason = "for now: Connection refused"
    assert (status["state"], status["reason"]) == ("paused", reason)


def test_what_is_unsettled_is_not_called_refused(
    digest: Digest, paused: FaultServer
) -> None:
    """A lost answer is neither yes nor no, and to send again would not help it."""
    paused.will(LOST)
    ran = digest(*SEND, "--yes")
    assert ran.code == 5
    assert "unsettled, it may have arrived or not: " in ran.err
    assert "gave up" not in ran.err


def test_an_issue_that_was_not_sent_has_no_state(digest: Digest) -> None:
    """No campaign, no state: neither when built nor after a rehearsal."""
    digest("build", "ferry.txt")
    assert digest("status", "1", "--json").object["state"] is None
    digest("lists", "add", "weekly")
    add(digest, "ann")
    digest(*SEND, "--transport", "outbox")
    assert digest("status", "1", "--json").object["state"] is None
    assert digest("status", "1").out.startswith("issue 1: not sent")
