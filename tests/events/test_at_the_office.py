"""The whole way: handed over at the office, and what it says of it taken in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from digest import events, ledger
from digest.config import Config
from digest.events import Receipt
from digest.ledger.transitions import BatchState
from digest.model import CampaignState, Mode
from digest.store import Database
from tests.delivery.office import LOST, PROXY, START, Fault, Office, Switches
from tests.delivery.staged import Killed, Staged
from tests.events.samples import Sent, payload, sent


def said(office: Office) -> Iterator[Sent]:
    """Every event of every copy that the office has."""
    for copy in office.copies:
        named: Sent = {"name": copy.attempt, "seconds": int(copy.send_at - START)}
        if copy.state == "dropped":
            yield sent("dropped", copy.person, reason="Cancelled", **named)
            continue
        yield sent("processed", copy.person, **named)
        if copy.state == "out":
            yield sent("delivered", copy.person, **named)


def take(staged: Staged, folder: Path) -> Receipt:
    body = payload(*said(staged.office))
    now = datetime.fromtimestamp(staged.office.time, UTC)
    config = Config(folder=folder)
    return events.keep(staged.database, config, events.parse(body), now)


@pytest.mark.parametrize("fault", [LOST, PROXY], ids=["lost", "502"])
def test_what_is_unknown_is_settled(
    database: Database, tmp_path: Path, fault: Fault
) -> None:
    """Handed over directly, nothing else can say whether it arrived."""
    staged = Staged(database, Office(), mode=Mode.DIRECT)
    staged.office.faults = [None, fault]
    assert staged.drive().unsettled == 2
    assert take(staged, tmp_path).settled == 1
    status = staged.status
    assert (status.accepted, status.unsettled, status.doubts) == (20, 0, ())
    assert take(staged, tmp_path).new == 0
    staged.judge()


def test_what_never_arrived_stays_named(database: Database, tmp_path: Path) -> None:
    """That no event comes is no proof of anything."""
    staged = Staged(database, Office(), mode=Mode.DIRECT)
    staged.office.faults = [None, Fault()]
    staged.drive()
    assert take(staged, tmp_path).settled == 0
    assert staged.status.unsettled == 2
    staged.judge()


@pytest.mark.parametrize("seed", range(4))
def test_a_cancel_that_came_late(database: Database, tmp_path: Path, seed: int) -> None:
    """It stopped some of a wave: each batch is accepted only if it stopped nobody."""
    office = Office(Switches(late_cancels=True), seed=seed)
    staged = Staged(database, office, ahead=3600)
    staged.office.faults = [None, LOST]

    def point(name: str) -> None:
        if name == "before cancel":
            office.advance(START + 3600 - 300)

    staged.drive(point)
    staged.pass_time(2 * 3600)
    take(staged, tmp_path)
    out = {copy.person for copy in office.copies if copy.state == "out"}
    pairs = [{first, first + 1} for first in range(1, 21, 2)]  # batches of two
    whole = set().union(*(pair for pair in pairs if pair <= out))
    assert staged.people_in(BatchState.ACCEPTED) == whole
    assert staged.people_in(BatchState.CANCELLING) == set(range(1, 21)) - whole
    staged.judge()


def test_mail_that_came_after_its_cancel(database: Database, tmp_path: Path) -> None:
    """With A1 false and no wait it goes out twice: then the campaign stops."""
    staged = Staged(database, Office(Switches(stops_later_mail=False)))
    staged.times = replace(staged.times, wait=0)
    staged.office.faults = [None, Fault(late=100)]
    staged.drive()
    staged.pass_time(2 * 3600)
    receipt = take(staged, tmp_path)
    assert len(receipt.alarms) == 1
    status = staged.status
    assert status.state is CampaignState.PAUSED
    assert f"batch {receipt.alarms[0]} " in status.reason
    assert {who for who, times in staged.out.items() if times > 1} == {3, 4}


def test_events_while_it_is_taken_back(database: Database, tmp_path: Path) -> None:
    """`processed` may come at once: the wave is taken back all the same, and resent."""
    staged = Staged(database, Office())
    staged.office.faults = [None, LOST]

    def point(name: str) -> None:
        if name == "before cancel":
            take(staged, tmp_path)
            raise Killed

    staged.drive(point)
    assert staged.drive().accepted == 20
    staged.judge()
    assert set(staged.out.values()) == {1}
    assert take(staged, tmp_path).alarms == ()


def test_the_stop_rule_stops_a_campaign(database: Database, tmp_path: Path) -> None:
    """What bounces while the rest is handed over has it taken back, and pauses."""
    staged = Staged(database, Office(), people=400, size=40)
    answers = count()

    def point(name: str) -> None:
        if name == "after answer" and next(answers) == 1:
            office = staged.office
            some = [
                sent("bounce", copy.person, copy.attempt) for copy in office.copies[:30]
            ]
            found = events.parse(payload(*some))
            events.keep(database, Config(folder=tmp_path), found, staged.now())

    status = staged.drive(point, stopping=ledger.stopping)
    assert status.state is CampaignState.PAUSED
    assert status.reason == "stop rule: 30 of 40 people bounced, more than 5.0%"
    staged.judge()
