"""kill -9 at every step of handing over: everybody gets one mail, or is named."""

from __future__ import annotations

import signal

import pytest

from digest.store import Database
from tests.delivery.crash import Night
from tests.delivery.office import LOST, Office, Switches
from tests.delivery.worker import POINTS

#: where a wave is taken back anyway, for an answer was lost
RECALLING = {"in recall", "before cancel", "after cancel", "in taking back"}


@pytest.mark.parametrize("point", POINTS)
def test_killed_at(database: Database, point: str) -> None:
    """The next process mends what this one left."""
    office = Office()
    if point in RECALLING:
        office.faults = [None, LOST]
    with Night(database, office, people=8) as night:
        night.killed_at(point, 1 if point in RECALLING else 3)
        night.drive()
        night.judge(settled=True)


@pytest.mark.parametrize("seed", range(2))
def test_killed_at_random(database: Database, seed: int) -> None:
    """Three processes, killed and begun anew."""
    with Night(database, Office(seed=seed), people=24, seed=seed) as night:
        night.kills(5, workers=3)
        night.drive()
        night.judge(settled=True)


@pytest.mark.parametrize("trusted", [True, False], ids=["A1", "not A1"])
@pytest.mark.parametrize("point", ["before claim", "after check", "half body"])
def test_stopped_and_woken(database: Database, point: str, trusted: bool) -> None:
    """It stands still for longer than its lease, and another process has mended what
    it left: woken, it sees that its check is too old, and nothing more of it leaves."""
    office = Office(Switches(stops_later_mail=trusted))
    with Night(database, office, people=8) as night:
        process = night.stopped_at(point, 3)
        with office.without_one():
            night.drive()
        process.send_signal(signal.SIGCONT)
        assert process.wait(60) == 0
        night.judge(settled=True)
