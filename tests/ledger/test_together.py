"""Several processes on one campaign at the same time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from digest.ledger import Claim
from digest.store import Database
from tests.ledger.desk import YES, Desk, adds_up, insert_issue

T = TypeVar("T")
TOGETHER = 4


def at_once(work: Callable[[], T]) -> list[T]:
    """What several threads get that begin at the same moment."""
    start = Barrier(TOGETHER)

    def one() -> T:
        start.wait(10)
        return work()

    with ThreadPoolExecutor(TOGETHER) as pool:
        return [each.result(60) for each in [pool.submit(one) for _ in range(TOGETHER)]]


def test_an_issue_gets_one_campaign(database: Database) -> None:
    """Whoever comes first makes it; all have the same."""
    desk = Desk(database)
    with database.write() as connection:
        desk.issue = insert_issue(connection, 2)
    campaigns = at_once(lambda: desk.create("readers"))
    assert len(set(campaigns)) == 1
    assert desk.campaign not in campaigns


def test_everybody_is_planned_once(database: Database) -> None:
    """Two sends of the same issue plan each person in one batch."""
    desk = Desk(database)
    planned = at_once(lambda: desk.plan(range(1, 301), size=50))
    assert sorted(planned) == [0, 0, 0, 300]
    assert desk.status.planned == 300


def test_each_batch_is_claimed_once(database: Database) -> None:
    """Workers share the batches: none is taken twice, none is left."""
    desk = Desk(database)
    desk.plan(range(1, 41), size=1)
    desk.begin()

    def work() -> list[Claim]:
        taken = []
        while claim := desk.claim():
            desk.record(claim, YES)
            taken.append(claim)
        return taken

    claims = [claim for taken in at_once(work) for claim in taken]
    reached = [person.id for claim in claims for person in claim.recipients]
    assert sorted(reached) == list(range(1, 41))
    assert desk.status.accepted == 40
    assert adds_up(desk.status)
