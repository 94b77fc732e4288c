"""Which issues one person was to get."""

from __future__ import annotations

from digest import ledger
from digest.ledger import Copy
from digest.ledger.transitions import BatchState
from digest.store import Database
from tests.ledger.desk import YES, Desk


def copies(desk: Desk, person: int) -> tuple[Copy, ...]:
    with desk.database.read() as connection:
        return ledger.copies(connection, person)


def test_a_copy_is_the_persons_own(database: Database) -> None:
    """Accepted, left out, not yet handed over: as it is with their batch."""
    desk = Desk(database)
    desk.plan(range(1, 5), size=2)
    assert [copy.state for copy in copies(desk, 3)] == [BatchState.PLANNED]
    assert copies(desk, 5) == ()
    desk.begin()
    desk.gone = {2}
    claim = desk.take()
    with database.write() as connection:
        ledger.record(connection, claim.attempt, YES, desk.now)
    (first,), (second,) = copies(desk, 1), copies(desk, 2)
    assert (first.issue, first.state) == (desk.issue, BatchState.ACCEPTED)
    assert (first.excluded, second.excluded) == ("", "erased")
    assert first.at == second.at == desk.now
    assert [copy.at for copy in copies(desk, 3)] == [None]


def test_every_issue_counts(database: Database) -> None:
    """One copy an issue, the earliest first."""
    desks = [Desk(database, number) for number in (1, 2, 3)]
    for desk in desks[::2]:
        desk.plan([7])
    assert [copy.issue for copy in copies(desks[0], 7)] == [
        desks[0].issue,
        desks[2].issue,
    ]
