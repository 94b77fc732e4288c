"""Campaigns driven in threads: each once a process, and gone on with when it can be."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from digest import ledger
from digest.config import SendGridSettings, TransportSettings
from digest.delivery import sendgrid
from digest.driving import _Own
from digest.errors import DatabaseError
from digest.ledger import Status
from digest.model import CampaignState
from digest.pipeline import Desk
from digest.service import drivers, run_due
from digest.service.campaigns import Driven
from digest.service.chores import Chore, keep_at
from digest.service.drivers import Drivers
from tests.delivery.conftest import faults
from tests.delivery.faults import FaultServer, Hang, fault_server
from tests.service.test_run_due import MONDAY, Newsroom, edited, newsroom, told

__all__ = ["faults", "newsroom"]


def driving(desk: Desk) -> tuple[Drivers, list[Driven]]:
    """A process's drivers, and what they say."""
    said: list[Driven] = []
    drives = Drivers(
        desk=desk, told=said.append, tell=print, halt=threading.Event(), seconds=Ticks()
    )
    return drives, said


class Ticks:
    """A clock that somebody sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def at_work(newsroom: Newsroom, host: str) -> Desk:
    """A desk whose slot goes out by SendGrid, at once: its time has come."""
    config = replace(
        newsroom.desk.config,
        transport=TransportSettings(name="sendgrid"),
        sendgrid=SendGridSettings(api_key="SG.test", host=host),
    )
    newsroom.clock.now = MONDAY + timedelta(hours=1)
    return replace(newsroom.desk, config=config)


def status_of(desk: Desk) -> Status:
    with desk.database.read() as connection:
        return ledger.status(connection, 1)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sendgrid, "RECONNECT", 0.01)


def test_what_a_slot_leaves_is_driven(newsroom: Newsroom, faults: FaultServer) -> None:
    """The slot plans, and others hand over; each campaign once a process."""
    desk = at_work(newsroom, faults.url)
    (result,) = run_due(desk, leave=True)
    assert result.reason == "is being handed over"
    assert not faults.requests
    faults.will(Hang(accept=True))
    drives, said = driving(desk)
    for _ in range(3):
        drives.look()
    assert faults.hanging.wait(20)
    drives.look()
    faults.over.set()
    drives.end()
    assert len(faults.requests) == 1
    assert len(said) == 1


def test_nothing_came_through_for_now(newsroom: Newsroom) -> None:
    """Whoever runs tries again a minute later, and the editor was told once."""
    newsroom = edited(newsroom)
    desk = at_work(newsroom, "http://127.0.0.1:9")
    run_due(desk, leave=True)
    drives, said = driving(desk)
    for _ in range(2):
        drives.look()
        drives.end()
        assert isinstance(drives.seconds, Ticks)
        drives.seconds.now += drivers.REST
    assert len(said) == 2
    status = status_of(desk)
    assert status.state is CampaignState.PAUSED
    assert status.reason == "for now: Connection refused"
    assert told(newsroom) == ["[The Digest] weekly 2026-11-23 stands still"]
    with fault_server() as faults:
        there = replace(desk, config=at_work(newsroom, faults.url).config)
        drives, said = driving(there)
        drives.look()
        drives.end()
        assert len(faults.people) == 1
    assert status_of(desk).state is CampaignState.FINISHED


def test_no_sooner_than_in_a_minute(newsroom: Newsroom) -> None:
    """What nothing came through for is let be for so long."""
    desk = at_work(newsroom, "http://127.0.0.1:9")
    run_due(desk, leave=True)
    drives, said = driving(desk)
    for _ in range(3):
        drives.look()
        drives.end()
    assert len(said) == 1


def test_what_somebody_paused_stays(newsroom: Newsroom, faults: FaultServer) -> None:
    """Only what passes by itself is gone on with."""
    desk = at_work(newsroom, faults.url)
    run_due(desk, leave=True)
    with desk.database.write() as connection:
        ledger.pause(connection, 1, "by hand")
    drives, said = driving(desk)
    drives.look()
    drives.end()
    assert not faults.requests
    assert not said


def test_one_that_cannot_go_on_ends_nothing_else() -> None:
    """A campaign has a halt of its own, that follows the process's."""
    process = threading.Event()
    one, other = _Own(process), _Own(process)
    one.set()
    assert (one.is_set(), other.is_set(), process.is_set()) == (True, False, False)
    assert not other.wait(0.01)
    threading.Timer(0.05, process.set).start()
    assert other.wait(20)
    assert other.is_set()


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (DatabaseError("the database is away"), "one: tried again: the database is"),
        (OSError(28, "No space left on device"), "one: tried again: No space left"),
        (ZeroDivisionError("a fault"), "ZeroDivisionError: a fault"),
    ],
)
def test_no_failure_ends_a_chore(error: Exception, line: str) -> None:
    """It is said once, however often it is the same, and tried again; others go on."""
    halt, lines, others = threading.Event(), list[str](), list[int]()
    tries: list[int] = []

    def fail() -> None:
        tries.append(1)
        if len(tries) == 4:
            halt.set()
        raise type(error)(*error.args)

    chores = [
        Chore(name="one", do=fail, every=0.01),
        Chore(name="two", do=lambda: others.append(1), every=0.01),
    ]
    assert keep_at(chores, lines.append, halt)
    assert len(tries) == 4
    assert len(lines) == 1
    assert line in lines[0]
    assert others


def test_a_chore_that_does_not_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for it is told that it has not ended."""
    monkeypatch.setattr("digest.service.chores.GRACE", 0.05)
    halt, over = threading.Event(), threading.Event()

    def wait() -> None:
        halt.set()
        over.wait(20)

    assert not keep_at([Chore(name="slow", do=wait, every=1)], print, halt)
    over.set()
