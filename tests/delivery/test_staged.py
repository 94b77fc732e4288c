"""Handed over ahead of its time: what is unknown is taken back, and sent anew."""

from __future__ import annotations

import pytest

from digest import ledger
from digest.delivery import send_campaign
from digest.ledger.transitions import BatchState
from digest.model import CampaignState
from digest.store import Database
from tests.delivery.office import (
    BREAK,
    FIVE,
    LOST,
    PROXY,
    START,
    Fault,
    Office,
    Switches,
    refusal,
)
from tests.delivery.staged import AtTheOffice, Killed, Staged

SWITCHES = [
    Switches(),
    Switches(stops_later_mail=False),
    Switches(cancelled_for_good=False),
    Switches(past_goes_out=False),
    Switches(late_cancels=True),
]


def test_all_is_well(database: Database) -> None:
    """Everybody gets one mail, at the time; under five ids."""
    staged = Staged(database, Office())
    status = staged.drive()
    assert (status.state, status.accepted) == (CampaignState.FINISHED, 20)
    assert staged.office.time < START + 60
    assert {each.send_at for each in staged.office.copies} == {START + 3600}
    assert len({each.batch_id for each in staged.office.copies}) == 5
    assert not staged.office.cancelled
    staged.judge()
    assert set(staged.out.values()) == {1}


@pytest.mark.parametrize("switches", SWITCHES)
@pytest.mark.parametrize(
    "fault",
    [LOST, BREAK, PROXY, FIVE, Fault(late=100), Fault(late=1)],
    ids=["lost", "broken", "502", "500", "late", "soon"],
)
def test_an_answer_that_is_lost_costs_one_id(
    database: Database, switches: Switches, fault: Fault
) -> None:
    """What may have arrived is taken back with its wave: one mail for everybody."""
    staged = Staged(database, Office(switches))
    staged.office.faults = [None, None, fault]
    status = staged.drive()
    assert (status.state, status.accepted) == (CampaignState.FINISHED, 20)
    assert len(staged.office.cancels) == 1
    staged.judge()
    assert set(staged.out.values()) == {1}


def test_the_wait_is_counted_from_the_commit(database: Database) -> None:
    """A cancel leaves W after its wave was closed, and not before (rule 8)."""
    staged = Staged(database, Office())
    staged.office.faults = [None, LOST]
    staged.drive()
    ((at, _),) = staged.office.cancels
    assert at - START >= staged.times.wait


def test_killed_while_an_answer_is_awaited(database: Database) -> None:
    """The next process waits for the lease, takes the wave back, and sends anew."""
    staged = Staged(database, Office())
    seen = []

    def point(name: str) -> None:
        seen.append(name)
        if seen.count("after body") == 3:
            raise Killed

    staged.drive(point)
    assert staged.status.unsettled == 2
    status = staged.drive()
    assert (status.state, status.accepted) == (CampaignState.FINISHED, 20)
    staged.judge()
    assert set(staged.out.values()) == {1}


def test_too_late_to_take_back(database: Database) -> None:
    """In the last minutes nothing is cancelled: what is unknown stays, by name."""
    staged = Staged(database, Office(), ahead=28 * 60)
    staged.office.faults = [None, Fault(late=60)]

    def point(name: str) -> None:
        if name == "after body" and staged.office.requests == 2:
            raise Killed

    staged.drive(point)
    staged.pass_time(15 * 60)
    status = staged.drive()
    assert not staged.office.cancels
    assert (status.state, status.unsettled) == (CampaignState.PAUSED, 2)
    staged.judge()


def test_what_comes_late_goes_out_late(database: Database) -> None:
    """A campaign that is begun too late for its time goes out when it can be undone."""
    staged = Staged(database, Office(), ahead=10 * 60)
    status = staged.drive()
    assert status.accepted == 20
    moments = {each.send_at for each in staged.office.copies}
    assert min(moments) >= START + 27 * 60
    staged.judge()


def test_nothing_is_handed_over_long_before(database: Database) -> None:
    """Not earlier than an hour before it goes out; until then nobody needs to stay."""
    staged = Staged(database, Office(), ahead=5 * 3600)
    assert staged.drive().state is CampaignState.SCHEDULED
    assert staged.office.time < START + 60
    assert not staged.office.copies
    staged.pass_time(4 * 3600)
    assert staged.drive().accepted == 20
    staged.judge()


def test_a_cancel_that_proves_nothing_is_repeated(database: Database) -> None:
    """Neither an outage nor "max limit reached" counts as taken back (rule 9)."""
    staged = Staged(database, Office())
    staged.office.faults = [None, LOST]
    staged.office.cancel_faults = [Fault(status=503), LOST, None]
    status = staged.drive()
    assert status.accepted == 20
    staged.judge()
    assert set(staged.out.values()) == {1}


def test_no_slot_no_wave(database: Database) -> None:
    """Where others have used up the account's cancellations, nothing is posted."""
    staged = Staged(database, Office())
    staged.office.cancelled = {f"foreign-{number}": START for number in range(10)}
    transport = AtTheOffice(staged.office)
    way = staged.way(transport)
    waits = []

    def stop(seconds: float) -> None:
        waits.append(seconds)
        way.halt.set()

    way.pacer.sleep = stop
    with staged.office.working():
        send_campaign(database, staged.campaign, transport, staged.load, way)
    assert waits == [30]
    assert not staged.office.copies
    assert staged.status.pending == 20


def test_cancelled_before_it_goes_out(database: Database) -> None:
    """Everything is taken back, and counts as excluded."""
    staged = Staged(database, Office())
    staged.drive()
    with database.write() as connection:
        assert ledger.cancel(connection, staged.campaign)
    staged.take_back()
    with database.write() as connection:
        ledger.end(connection, staged.campaign)
    status = staged.status
    assert status.state is CampaignState.CANCELLED
    assert (status.excluded, status.accepted) == ({"cancelled": 20}, 0)
    assert not +staged.out


def test_paused_and_resumed(database: Database) -> None:
    """What was taken back waits, and goes out under new ids when it is resumed."""
    staged = Staged(database, Office())
    staged.drive()
    with database.write() as connection:
        ledger.pause(connection, staged.campaign, "by hand")
    status = staged.take_back()
    assert (status.state, status.pending) == (CampaignState.PAUSED, 20)
    status = staged.drive()
    assert (status.state, status.accepted) == (CampaignState.FINISHED, 20)
    staged.judge()
    assert set(staged.out.values()) == {1}


def test_somebody_leaves_between_two_attempts(database: Database) -> None:
    """Whoever left before the second check is in no second request (rule 4)."""
    staged = Staged(database, Office())
    staged.office.faults = [BREAK]
    staged.drive(lambda name: staged.gone.add(1) if name == "before cancel" else None)
    assert 1 not in staged.out
    assert sum(staged.status.excluded.values()) == 1
    staged.judge()


@pytest.mark.parametrize("names", [True, False], ids=["named", "not named"])
def test_one_bad_address(database: Database, names: bool) -> None:
    """It is set apart, by its place or by halves; all others get theirs."""
    staged = Staged(database, Office(), size=8)
    staged.office.bad = {"reader5@example.org"}
    staged.office.names_the_bad = names
    status = staged.drive()
    assert (status.accepted, sum(status.failed.values())) == (19, 1)
    assert staged.people_in(BatchState.REJECTED) == {5}
    staged.judge()
    assert staged.office.requests <= 12


def test_a_refusal_of_everybody_stops(database: Database) -> None:
    """Halves that are all refused alike are not halved down to each reader."""
    staged = Staged(database, Office(), people=64, size=64)
    staged.office.faults = [refusal(400, "no")] * 200
    status = staged.drive()
    assert status.state is CampaignState.PAUSED
    assert status.reason == "400 no"
    assert staged.office.requests <= 12
    assert status.accepted == 0
