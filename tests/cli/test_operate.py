"""What an operator does to an issue that is on its way, by commands."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from digest.cli.workspace import Workspace
from digest.delivery import deadline, drive, scheduling, wire
from digest.ledger import Times, times
from tests.cli.conftest import Digest
from tests.delivery.office import LOST, START, Office, refusal, serving

SEND = ("send", "1", "--list", "weekly", "--yes", "--transport", "sendgrid")
PEOPLE = ("ann", "bob", "cem")


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A stand-in for SendGrid, whose time is everybody's; nobody waits in earnest."""
    office = Office()

    def now(*_: object) -> datetime:
        return datetime.fromtimestamp(office.time, UTC)

    class Event(threading.Event):
        def wait(self, seconds: float | None = None) -> bool:
            office.advance(office.time + (seconds or 0))
            return False

    monkeypatch.setattr(Workspace, "now", staticmethod(now))
    for module in (times, deadline, drive, scheduling, wire):
        monkeypatch.setattr(module, "boot_seconds", lambda: office.time)
    monkeypatch.setattr("digest.cli.workspace.threading", SimpleNamespace(Event=Event))
    with serving(office) as url:
        monkeypatch.setenv("SENDGRID_API_KEY", "SG.test")
        monkeypatch.setenv("DIGEST_SENDGRID_HOST", url)
        # one thread: whoever waits moves everybody's time on
        monkeypatch.setenv("DIGEST_DELIVERY_CONNECTIONS", "1")
        yield office


@pytest.fixture
def built(digest: Digest, office: Office) -> Digest:
    """An issue, and three people on a list."""
    digest("build", "ferry.txt")
    digest("lists", "add", "weekly")
    for name in PEOPLE:
        address = f"{name}@example.com"
        digest("subscribers", "add", address, "--list", "weekly", "--consent", "asked")
    return digest


def test_far_ahead(built: Digest, office: Office) -> None:
    """It is planned, and goes out when `run` is called in the hour before."""
    ran = built(*SEND, "--at", "+5h")
    assert ran.code == 0
    assert "issue 1: scheduled for 2026-11-23 13:00 UTC" in ran.out
    assert "digest run --once" in ran.err
    assert not office.copies
    assert not built("run", "--once").out
    office.advance(START + 4.1 * 3600)
    assert "issue 1 finished: 3 of 3 accepted" in built("run", "--once").out
    assert {each.send_at for each in office.copies} == {START + 5 * 3600}


def test_the_plan_says_when(built: Digest) -> None:
    """How, when, how many, how long: before anybody is asked."""
    plan = built(*SEND, "--at", "+5h", "--dry-run", "--json").object
    moment = (datetime.fromtimestamp(START, UTC) + timedelta(hours=5)).isoformat()
    assert (plan["mode"], plan["moments"]) == ("staged", {moment: 3})
    assert built(*SEND, "--dry-run", "--json").object["mode"] == "direct"


def test_everybodys_own_time(built: Digest, tmp_path: Path) -> None:
    """One moment for each zone; who has none gets it at ours."""
    zones = "email,zone\nann@example.com,Asia/Tokyo\nbob@example.com,America/Lima\n"
    (tmp_path / "zones.csv").write_text(zones)
    consent = ("--list", "weekly", "--consent", "a form")
    built("subscribers", "import", "zones.csv", *consent)
    local = ("--local-time", "08:00", "--at", "2026-11-24")
    ran = built(*SEND, *local, "--dry-run", "--json")
    assert ran.object["moments"] == {
        "2026-11-23T23:00:00+00:00": 1,
        "2026-11-24T08:00:00+00:00": 1,
        "2026-11-24T13:00:00+00:00": 1,
    }


def test_cancelled(built: Digest, office: Office) -> None:
    """What has not gone out is taken back, and a second send of it refused."""
    built(*SEND, "--mode", "staged")
    ran = built("cancel", "1", "--yes", "--json")
    assert ran.code == 0
    status = ran.object
    assert (status["state"], status["excluded"]) == ("cancelled", {"cancelled": 3})
    assert not +office.out
    assert built("cancel", "1", "--yes").code == 3
    ran = built(*SEND)
    assert (ran.code, "its campaign was cancelled" in ran.err) == (2, True)


def test_paused_and_resumed(built: Digest, office: Office) -> None:
    """Taken back, and handed over again under another id."""
    built(*SEND, "--at", "+1h")
    built("pause", "1")
    assert not +office.out
    assert built("status", "1", "--json").object["pending"] == 3
    assert built("resume", "1", "--yes").code == 0
    assert set(office.out.values()) == {1}


def test_send_goes_on_with_nothing_that_was_paused(
    built: Digest, office: Office
) -> None:
    """It names `resume`, and mails nobody."""
    built(*SEND, "--at", "+5h")
    built("pause", "1")
    ran = built(*SEND)
    assert (ran.code, "digest resume 1" in ran.err) == (2, True)
    assert not built("run", "--once").out
    assert not office.copies


def test_what_is_out_is_not_cancelled(built: Digest, office: Office) -> None:
    """Nothing of it can be taken back, and that is said."""
    built(*SEND)
    ran = built("cancel", "1", "--yes")
    assert (ran.code, "nothing can be taken back" in ran.err) == (3, True)
    assert built("status", "1", "--json").object["state"] == "finished"


def test_the_refused_of_what_was_cancelled(built: Digest, office: Office) -> None:
    """They stay refused; nothing is planned again."""
    office.bad = {"bob@example.com"}
    built(*SEND, "--at", "+1h")
    built("cancel", "1", "--yes")
    assert built("resend", "1", "--failed", "--yes").code == 2
    assert sum(built("status", "1", "--json").object["failed"].values()) == 1


def test_what_waits_is_said_with_its_times(built: Digest) -> None:
    """A second look at what is scheduled says when, and not "now"."""
    built(*SEND, "--at", "+5h")
    plan = built(*SEND, "--dry-run", "--json").object
    moment = (datetime.fromtimestamp(START, UTC) + timedelta(hours=5)).isoformat()
    assert (plan["pending"], plan["moments"]) == (3, {moment: 3})


def test_what_direct_sending_lost(built: Digest, office: Office) -> None:
    """It is named; only somebody's word settles it."""
    office.faults = [LOST]
    ran = built(*SEND)
    assert ran.code == 5
    batch = built("status", "1", "--json").object
    assert batch["unsettled"] == 3
    assert built("settle", "1").code == 5
    assert built("settle", "1", "--sent", "7").code == 2
    assert built("settle", "1", "--sent", "1").code == 0
    assert built("status", "1", "--json").object["accepted"] == 3


def test_sent_again_at_ones_own_risk(built: Digest, office: Office) -> None:
    """The operator takes it, and may be wrong."""
    office.faults = [LOST]
    built(*SEND)
    ran = built("settle", "1", "--resend", "1", "--yes")
    assert "digest resume 1" in ran.err
    assert built("resume", "1", "--yes").code == 0
    assert set(office.out.values()) == {2}


def test_the_refused_again(built: Digest, office: Office) -> None:
    """Those that certainly failed, and nobody else."""
    office.bad = {"bob@example.com"}
    assert built(*SEND).code == 5
    assert sum(built("status", "1", "--json").object["failed"].values()) == 1
    office.bad = set()
    assert built("resend", "1", "--failed", "--yes").code == 0
    assert set(office.out.values()) == {1}
    assert len(office.out) == 3
    assert built("resend", "1", "--failed", "--yes").code == 3


def test_who_missed_it(built: Digest, office: Office) -> None:
    """Refused, left, suppressed, not confirmed, too late: each by name."""
    for name in ("dee", "eve", "fay"):
        built("subscribers", "add", f"{name}@example.com", "--list", "weekly")
    built("subscribers", "suppress", "dee@example.com")
    office.bad = {"bob@example.com"}
    built(*SEND)
    consent = ("--list", "weekly", "--consent", "asked")
    built("subscribers", "add", "fay@example.com", *consent)
    missed = built("status", "1", "--missed").out.splitlines()
    assert [line.partition(" (")[0] for line in missed] == [
        "bob@example.com\trefused: 400 Does not contain a valid address.",
        "dee@example.com\tsuppressed",
        "eve@example.com\tunconfirmed",
        "fay@example.com\tnot planned yet",
    ]


def test_who_leaves_late(built: Digest, office: Office) -> None:
    """Whoever leaves while SendGrid holds their mail is counted; later, is not."""
    built(*SEND, "--at", "+1h")
    built("subscribers", "unsubscribe", "ann@example.com", "--list", "weekly", "--yes")
    office.advance(START + 4000)
    built("subscribers", "suppress", "bob@example.com", "--yes")
    assert built("status", "1", "--json").object["late"] == 1


def test_the_same_stories_again(built: Digest, office: Office) -> None:
    """A second issue of the same to the same list, within a day, is a mistake."""
    built(*SEND)
    built("build", "ferry.txt")
    again = ("send", "2", "--list", "weekly", "--yes", "--transport", "sendgrid")
    ran = built(*again)
    assert (ran.code, "refused by repeat" in ran.err) == (4, True)
    assert built(*again, "--allow", "repeat").code == 0
    office.advance(START + 23 * 3600)
    built("build", "ferry.txt")
    assert built("send", "3", *again[2:]).code == 4, "issue 2 is within a day"
    office.advance(START + 50 * 3600)
    assert built("send", "3", *again[2:]).code == 0


def test_a_test_reaches_nobody_else(built: Digest, office: Office) -> None:
    """It goes to the address given, and there is no campaign."""
    ran = built(*SEND, "--test", "editor@example.com")
    assert ran.code == 0
    (copy,) = office.copies
    assert copy.attempt.startswith("test-1-")
    assert built("status", "1", "--json").object["state"] is None


def test_a_probe(built: Digest, office: Office) -> None:
    """A mail under a cancelled id, to oneself; where A1 holds, it never goes out."""
    ran = built("doctor", "--probe", "editor@example.com", "--yes", "--json")
    assert ran.object == {
        "to": "editor@example.com",
        "send_at": "2026-11-23T08:15:00+00:00",
    }
    (copy,) = office.copies
    assert copy.state == "dropped"
    assert built("doctor", "--probe", "editor").code == 2


def test_a_canary(built: Digest, office: Office) -> None:
    """One gets it now, the others an hour later, and until then it can be cancelled."""
    built(*SEND, "--canary", "1")
    assert sorted(int(each.send_at - START) for each in office.copies) == [
        0,
        3600,
        3600,
    ]
    built("cancel", "1", "--yes")
    assert len(+office.out) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--at", "yesterday"], "is no moment"),
        (["--at", "2020-01-01 08:00"], "is past"),
        (["--local-time", "8"], "is no time of day"),
        (["--local-time", "08:00", "--at", "+2h"], "it is a date"),
        (["--zone", "Amsterdam", "--at", "08:00"], "there is no time zone"),
        (["--test", "nobody"], "nobody"),
        (["--mode", "staged", "--at", "+10m"], "08:35 UTC at the soonest"),
        (["--mode", "direct", "--canary", "5"], "not --mode direct"),
    ],
)
def test_wrong_options(built: Digest, options: list[str], words: str) -> None:
    """Each in one line, and nothing is sent."""
    ran = built(*SEND, *options)
    assert ran.code == 2
    assert words in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_told_to_end(
    built: Digest, office: Office, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Ctrl-C and SIGTERM end after what is under way: nothing is left in doubt."""
    monkeypatch.setattr("digest.delivery.BATCH_SIZE", 1)
    real = Office.mail

    def mail(self: Office, body: Any) -> Any:
        if self.requests == 1:
            os.kill(os.getpid(), number)
        return real(self, body)

    monkeypatch.setattr(Office, "mail", mail)
    ran = built(*SEND)
    assert "digest resume 1" in ran.err
    status = built("status", "1", "--json").object
    assert (status["accepted"], status["pending"], status["unsettled"]) == (2, 1, 0)
    assert built("resume", "1", "--yes").code == 0
    assert set(office.out.values()) == {1}


def test_a_copy_is_adopted(built: Digest, tmp_path: Path, office: Office) -> None:
    """A backup put in the place of the database sends only when somebody says so."""
    built(*SEND, "--at", "+5h")
    built("db", "backup", "saved")
    for file in tmp_path.glob("digest.db*"):
        file.unlink()
    (tmp_path / "saved/digest.db").rename(tmp_path / "digest.db")
    office.advance(START + 4.5 * 3600)
    ran = built("run", "--once")
    assert (ran.code, "digest db adopt" in ran.out) == (1, True)
    assert not office.copies
    adopted = built("db", "adopt", "--yes", "--json").object
    assert adopted["held"] == [1]
    assert "held: the database is a copy" in built("status", "1").out
    assert built("resume", "1", "--yes").code == 0
    assert set(office.out.values()) == {1}


def test_nobody_began(built: Digest) -> None:
    """An issue without a campaign cannot be paused, resumed or cancelled."""
    for command in ("pause", "resume", "cancel", "settle"):
        ran = built(command, "1")
        assert (ran.code, "has no campaign" in ran.err) == (1, True), command


def test_too_late_is_held(built: Digest, office: Office) -> None:
    """What was to go out long ago is not sent unasked; asked, it is."""
    built(*SEND, "--at", "+2h")
    office.advance(START + 12 * 3600)
    ran = built("run", "--once")
    assert "held: it was due at 2026-11-23 10:00 UTC" in ran.out
    assert not office.copies
    assert built("resume", "1", "--yes").code == 0
    assert set(office.out.values()) == {1}


def test_everybody_refused(built: Digest, office: Office) -> None:
    """A refusal that all share stops it, and is said."""
    office.faults = [refusal(403, "The from address is not verified", "from")]
    ran = built(*SEND)
    assert ran.code == 1
    assert "not verified" in ran.err


def test_times_are_the_protocols() -> None:
    """W is longer than a request can live, and the lease than a POST."""
    times = Times()
    assert times.wait > times.post + times.wire
    assert times.lease > times.post + times.fresh
    assert times.recovery >= times.lease + times.wait
    assert times.fuse > times.last_post.total_seconds()
