"""Several processes, operators and events at one campaign: none undoes another's."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from digest import ledger
from digest.delivery import send_campaign
from digest.delivery.keeper import Keeper
from digest.errors import UsageError
from digest.ledger import (
    Claim,
    Clock,
    Held,
    NeedWave,
    Stamp,
    Taking,
    Times,
    Wait,
)
from digest.model import AttemptState, CampaignState, Mode, Outcome
from digest.store import Database
from digest.store.tables import attempt, wave
from tests.delivery.office import LOST, Office
from tests.delivery.samples import EMAIL, person
from tests.delivery.staged import AtTheOffice, Staged
from tests.ledger.desk import insert_issue

Found = Claim | NeedWave | Wait | Held | None


def load(_: Any, ids: Any, lists: Any) -> Any:
    return tuple(map(person, ids))


def one_by_one(database: Database, people: int = 10) -> int:
    """A campaign that goes person by person, begun."""
    now = datetime.now(UTC)
    with database.write() as connection:
        campaign = ledger.create_campaign(
            connection,
            insert_issue(connection, 1),
            EMAIL,
            transport="smtp",
            lists=["readers"],
            now=now,
        )
        ledger.plan(connection, campaign, map(person, range(1, people + 1)), people)
        ledger.begin(connection, campaign)
    return campaign


def keeper(staged: Staged, transport: AtTheOffice) -> Keeper:
    return Keeper(
        database=staged.database,
        campaign=staged.campaign,
        clock=staged.clock,
        times=staged.times,
        staging=transport,
        write=staged.database.write,
        seconds=lambda: staged.office.time,
        tell=staged.told.append,
    )


def claim(staged: Staged, transport: AtTheOffice) -> Found:
    taking = Taking(clock=staged.clock, provider=transport.clock.now(), token="a")
    with staged.database.write() as connection:
        return ledger.claim(connection, staged.campaign, staged.load, taking)


def delivered(staged: Staged, attempt_id: int) -> None:
    """An event: the first of an attempt's people has it."""
    sign = ledger.Sign(place=0, word=ledger.Word.DELIVERED, at=staged.now())
    with staged.database.write() as connection:
        of = ledger.handed_over(connection, [attempt_id])
        folded = ledger.fold(connection, of, {attempt_id: [sign]})
        ledger.settle(connection, folded, staged.now())


def first_attempt(staged: Staged) -> int:
    with staged.database.read() as connection:
        found = connection.scalars(select(attempt.c.id).order_by(attempt.c.id)).first()
    return int(found or 0)


# --- Pausing and going on -------------------------------------------------------------


def test_nobody_goes_on_unasked_with_what_was_paused(database: Database) -> None:
    """A process that comes late begins nothing that somebody has stopped meanwhile."""
    staged = Staged(database, Office())
    with database.write() as connection:
        ledger.planned(connection, staged.campaign)
        ledger.pause(connection, staged.campaign, "by hand")
    transport = AtTheOffice(staged.office)
    with staged.office.working():
        way = staged.way(transport, asked=False)
        send_campaign(database, staged.campaign, transport, staged.load, way)
    assert (staged.status.state, staged.office.copies) == (CampaignState.PAUSED, [])


@pytest.mark.parametrize("reason", ["by hand", "stop rule: 3 complained", "held: late"])
def test_what_was_stopped_on_purpose_is_known(database: Database, reason: str) -> None:
    """Only `resume` goes on with such an issue; after an outage, `send` does, too."""
    staged = Staged(database, Office())
    with database.write() as connection:
        ledger.planned(connection, staged.campaign)
        ledger.pause(connection, staged.campaign, reason)
        assert ledger.stopped_on_purpose(connection, staged.campaign) == reason
        ledger.begin(connection, staged.campaign)
        ledger.pause(connection, staged.campaign, "connection refused")
        assert not ledger.stopped_on_purpose(connection, staged.campaign)


def test_a_copy_holds_what_was_paused_too(database: Database) -> None:
    """What a copy has as paused, the original may have resumed and sent."""
    staged = Staged(database, Office())
    with database.write() as connection:
        ledger.pause(connection, staged.campaign, "by hand")
        assert ledger.hold_unfinished(connection, "a copy") == [staged.issue]
    assert staged.status.reason == "held: a copy"


def test_planned_and_killed(database: Database) -> None:
    """What was planned, and never begun, is taken up by whoever runs next."""
    staged = Staged(database, Office())
    with database.write() as connection:
        ledger.planned(connection, staged.campaign)
    with database.read() as connection:
        assert [found[0] for found in ledger.unfinished(connection)] == [
            staged.campaign
        ]


# --- Waves ----------------------------------------------------------------------------


def test_processes_share_five_waves(database: Database) -> None:
    """Eight that see no wave at the same moment open five (rule 12)."""
    staged = Staged(database, Office(), people=40, size=1)
    transports = [AtTheOffice(staged.office) for _ in range(8)]
    with database.write() as connection:
        ledger.begin(connection, staged.campaign)
    for transport in transports:
        transport.cancellations()
    needed = [claim(staged, transport) for transport in transports]
    for transport, need in zip(transports, needed, strict=True):
        assert isinstance(need, NeedWave)
        keeper(staged, transport).open_wave(need)
    with database.read() as connection:
        assert len(connection.execute(select(wave.c.id)).all()) == 5


def test_nothing_arrived_that_is_being_taken_back(database: Database) -> None:
    """An operator's word comes too early while the cancel may still act."""
    staged = Staged(database, Office(), people=4)
    staged.drive()
    with database.write() as connection:
        for number in ledger.not_gone(
            connection, staged.campaign, staged.now(), staged.times
        ):
            ledger.recall(connection, number, "test", staged.clock)
    doubt = staged.status.doubts[0]
    for arrived in (True, False):
        with (
            pytest.raises(UsageError, match="may still be taken back"),
            database.write() as connection,
        ):
            ledger.settle_by_hand(
                connection,
                staged.campaign,
                doubt.batch,
                arrived=arrived,
                now=staged.now(),
                times=staged.times,
            )
    staged.take_back(everything=False)
    staged.judge()


# --- What is known of people ----------------------------------------------------------


def test_who_has_it_gets_no_second_one(database: Database) -> None:
    """Though it was taken back, one has it: an alarm, and they are left out."""
    staged = Staged(database, Office(), people=2)
    staged.drive()
    staged.take_back()
    delivered(staged, first_attempt(staged))
    assert "alarm" in staged.status.reason
    before = len(staged.office.copies)
    status = staged.drive()
    assert [each.person for each in staged.office.copies[before:]] == [2]
    assert (status.accepted, status.excluded) == (2, {})


def test_who_has_it_did_not_miss_it(database: Database) -> None:
    """Of an attempt that was given up, whoever got it counts as reached."""
    office = Office()
    office.faults = [LOST]
    staged = Staged(database, office, people=2, mode=Mode.DIRECT)
    staged.drive()
    with database.write() as connection:
        ledger.settle_by_hand(
            connection,
            staged.campaign,
            staged.status.doubts[0].batch,
            arrived=False,
            now=staged.now(),
            times=staged.times,
        )
    delivered(staged, first_attempt(staged))
    status = staged.drive()
    assert status.accepted == 2
    with database.read() as connection:
        assert list(ledger.missed(connection, staged.campaign)) == []


def test_who_was_refused_one_by_one_is_tried_again(database: Database) -> None:
    """They, and nobody else of their batch."""
    campaign = one_by_one(database, people=4)
    now = datetime.now(UTC)
    with database.write() as connection:
        found = ledger.claim(connection, campaign, load, Taking(serial=True))
        assert isinstance(found, Claim)
        ledger.refuse(connection, found.attempt, 3, "550 no such user")
        yes = Outcome(state=AttemptState.ACCEPTED, refused={2: "550 no such user"})
        ledger.record(connection, found.attempt, yes, now)
        assert ledger.retry_failed(connection, campaign, now) == 1
        ledger.begin(connection, campaign)
        again = ledger.claim(connection, campaign, load, Taking(serial=True))
    assert isinstance(again, Claim)
    assert [each.id for each in again.recipients] == [3]
    with database.read() as connection:
        status = ledger.status(connection, 1)
    assert (status.accepted, status.failed, status.unsettled) == (3, {}, 1)


# --- At the same moment ---------------------------------------------------------------


def together(*works: Callable[[], object]) -> list[object]:
    """What came of several at once; an error is what came of it, too."""
    results: list[object] = [None] * len(works)

    def one(place: int, work: Callable[[], object]) -> None:
        try:
            results[place] = work()
        except Exception as error:
            results[place] = error

    threads = [threading.Thread(target=one, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_a_mail_that_begins_while_its_attempt_is_given_up(
    postgres_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that wakes in time goes on, or is told that it must not."""
    campaign, seconds = one_by_one(postgres_database), [0.0]
    clock = Clock(steady=lambda _: Stamp("server", seconds[0]))
    with postgres_database.write() as connection:
        taking = Taking(clock=clock, serial=True)
        found = ledger.claim(connection, campaign, load, taking)
    assert isinstance(found, Claim)
    mailed = []

    def mail(place: int) -> None:
        with postgres_database.write() as connection:
            if ledger.begin_mail(connection, found.attempt, place, clock, Times()):
                mailed.append(found.recipients[place].id)

    for place in range(3):
        mail(place)
    seconds[0] = 181
    real = ledger.lock_campaign

    def between(connection: Any, number: int) -> None:
        monkeypatch.setattr("digest.ledger.attempts.lock_campaign", real)
        together(lambda: mail(3))
        real(connection, number)

    monkeypatch.setattr("digest.ledger.attempts.lock_campaign", between)
    with postgres_database.write() as connection:
        ledger.expire(connection, campaign, clock)
    with postgres_database.write() as connection:
        second = ledger.claim(connection, campaign, load, taking)
    others = [each.id for each in second.recipients] if second else []  # type: ignore[union-attr]
    assert not set(mailed) & set(others)


def test_events_and_a_recall_wait_for_each_other(
    postgres_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both lock in one order, so that none is a deadlock's victim."""
    staged = Staged(postgres_database, Office(), people=4)
    transport = AtTheOffice(staged.office)
    transport.cancellations()
    with postgres_database.write() as connection:
        ledger.begin(connection, staged.campaign)
    need = claim(staged, transport)
    assert isinstance(need, NeedWave)
    keeper(staged, transport).open_wave(need)
    found = claim(staged, transport)
    assert isinstance(found, Claim)
    assert found.wave
    number = found.wave.number
    lost = Outcome(state=AttemptState.UNKNOWN, reason="lost")
    with postgres_database.write() as connection:
        ledger.record(connection, found.attempt, lost, staged.now())
    under_way = threading.Event()
    real = ledger.conclude

    def slowly(connection: Any, campaign: int) -> None:
        under_way.set()
        time.sleep(0.5)
        real(connection, campaign)

    def recall() -> bool:
        under_way.wait(20)
        with postgres_database.write() as connection:
            return ledger.recall(connection, number, "test", staged.clock)

    monkeypatch.setattr("digest.ledger.outcomes.conclude", slowly)
    results = together(lambda: delivered(staged, found.attempt), recall)
    assert results == [None, True]


def test_an_allowance_is_shared(postgres_database: Database) -> None:
    """Two that look at the same moment don't both find room in it."""
    staged = Staged(postgres_database, Office(), people=40, size=10, mode=Mode.DIRECT)
    with postgres_database.write() as connection:
        ledger.begin(connection, staged.campaign)
    taking = Taking(clock=staged.clock, limits={timedelta(hours=1): 10})

    def take() -> Found:
        with postgres_database.write() as connection:
            found = ledger.claim(connection, staged.campaign, staged.load, taking)
            time.sleep(0.2)
            return found

    results = together(take, take)
    assert sorted(type(each).__name__ for each in results) == ["Claim", "Wait"]
