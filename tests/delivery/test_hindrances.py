"""A full disk, a server that is started anew, clocks that jump: nobody gets two."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from digest import ledger
from digest.errors import DatabaseError
from digest.ledger import Clock
from digest.store import Database
from tests.delivery.office import LOST, Office
from tests.delivery.staged import Staged


def test_a_full_disk_before(sqlite_database: Database) -> None:
    """Where no attempt can be written, nothing is handed over."""
    staged = Staged(sqlite_database, Office(), people=400)
    full(sqlite_database)
    with pytest.raises(DatabaseError, match="full"):
        staged.drive()
    assert len(staged.office.copies) < 400
    emptied(sqlite_database)
    assert staged.drive().accepted == 400
    staged.judge()
    assert set(staged.out.values()) == {1}


def full(database: Database) -> None:
    """No page can be added, and none is free: as on a disk without room."""
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE filler (content TEXT)")
    pages: dict[str, int] = {}

    @event.listens_for(database.engine, "begin")
    def on_begin(connection: Any) -> None:
        if "most" in pages:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages['most']}")

    database.full = pages  # type: ignore[attr-defined]
    with database.read() as connection:
        pages["most"] = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    with database.engine.connect() as connection:
        try:
            while True:
                connection.exec_driver_sql(
                    "INSERT INTO filler VALUES (randomblob(100))"
                )
                connection.commit()
        except Exception:
            connection.rollback()


def emptied(database: Database) -> None:
    database.full["most"] = 1_000_000  # type: ignore[attr-defined]


@pytest.mark.parametrize("times", [1, 10])
def test_an_outcome_that_cannot_be_written(
    database: Database, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """A yes is kept until there is room for it."""
    staged = Staged(database, Office())
    real, left = ledger.record, [times]

    def record(*given: Any, **named: Any) -> bool:
        if left[0]:
            left[0] -= 1
            raise DatabaseError("disk full")
        return real(*given, **named)

    monkeypatch.setattr(ledger, "record", record)
    assert staged.drive().accepted == 20
    assert not staged.office.cancels
    staged.judge()


def test_an_outcome_that_is_never_written(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the end it is unknown, and its wave is taken back."""
    staged = Staged(database, Office())
    with monkeypatch.context() as patch:

        def record(*given: Any, **named: Any) -> bool:
            raise DatabaseError("disk full")

        patch.setattr(ledger, "record", record)
        with pytest.raises(DatabaseError, match="disk full"):
            staged.drive()
    assert staged.status.unsettled == 2
    assert staged.drive().accepted == 20
    assert len(staged.office.cancels) == 1
    staged.judge()
    assert set(staged.out.values()) == {1}


@pytest.mark.parametrize("seed", range(3))
def test_the_server_is_started_anew(postgres_database: Database, seed: int) -> None:
    """PostgreSQL cuts every connection at moments of chance."""
    office = Office()
    office.faults = [None, LOST]
    staged = Staged(postgres_database, office)
    chance = random.Random(seed)

    def cut(point: str) -> None:
        if chance.random() < 0.15:
            with postgres_database.engine.connect() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            postgres_database.engine.dispose()

    for _ in range(50):
        try:
            staged.drive(cut)
        except DatabaseError:
            continue
        if not staged.status.pending and not staged.status.unsettled:
            break
    assert staged.status.accepted == 20
    staged.judge()
    assert set(staged.out.values()) == {1}


@pytest.mark.parametrize("hours", [-1, 1])
def test_the_wall_clock_jumps(
    database: Database, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """An hour back or forth: leases and waits go by another clock."""
    office = Office()
    office.faults = [None, LOST]
    staged = Staged(database, office)
    real, calls = Staged.now, []

    def now(self: Staged) -> datetime:
        calls.append(1)
        return real(self) + timedelta(hours=hours * (len(calls) % 7 > 3))

    monkeypatch.setattr(
        Staged, "clock", property(lambda self: Clock(lambda: now(self), steady(self)))
    )
    for _ in range(10):  # by a clock that goes wrong its time may not have come yet
        staged.drive()
    assert staged.status.accepted == 20
    assert len(office.cancels) == 1
    staged.judge()
    assert set(staged.out.values()) == {1}


def steady(staged: Staged) -> Any:
    return lambda _: ledger.Stamp("office", staged.office.time)
