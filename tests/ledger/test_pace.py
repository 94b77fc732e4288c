"""How many people may be handed over in a span of time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest import ledger
from digest.ledger import DAY, HOUR, Claim, Wait
from digest.store import Database
from tests.ledger.desk import LATER, START, YES, Desk


@pytest.fixture
def desk(database: Database) -> Desk:
    desk = Desk(database)
    desk.plan(range(1, 101), size=10)
    desk.begin()
    return desk


def hand_over(desk: Desk, **limits: int) -> Wait | None:
    """Take and hand over one batch; how long it must wait, if it must."""
    spans = {"hour": HOUR, "day": DAY}
    taking = ledger.Taking(
        clock=desk.clock, limits={spans[name]: most for name, most in limits.items()}
    )
    with desk.database.write() as connection:
        found = ledger.claim(connection, desk.campaign, desk.load, taking)
    if isinstance(found, Wait):
        return found
    assert isinstance(found, Claim)
    desk.record(found, YES)
    return None


def test_an_hours_people(desk: Desk) -> None:
    """So many in an hour; the next when the first are an hour ago."""
    for _ in range(3):
        assert hand_over(desk, hour=30) is None
        desk.now += timedelta(minutes=10)
    assert hand_over(desk, hour=30) == Wait(30 * 60)
    desk.now += timedelta(minutes=30)
    assert hand_over(desk, hour=30) is None


def test_the_stricter_counts(desk: Desk) -> None:
    """An hour's people and a day's: both are kept."""
    assert hand_over(desk, hour=100, day=10) is None
    assert hand_over(desk, hour=100, day=10) == Wait(24 * 3600)


def test_what_was_refused_does_not_count(desk: Desk) -> None:
    """Nobody got anything."""
    claim = desk.take()
    desk.record(claim, LATER)
    assert hand_over(desk, hour=10) is None
    assert hand_over(desk, hour=10) is not None


def test_a_batch_larger_than_the_limit(desk: Desk) -> None:
    """It goes alone."""
    assert hand_over(desk, hour=5) is None
    assert hand_over(desk, hour=5) == Wait(3600)


def test_a_restart_forgets_nothing(desk: Desk) -> None:
    """It is counted from what is in the database."""
    hand_over(desk, hour=10)
    again = Desk.__new__(Desk)
    again.__dict__ = {**desk.__dict__, "now": START + timedelta(minutes=1)}
    assert hand_over(again, hour=10) == Wait(59 * 60)
