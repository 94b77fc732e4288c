"""The queue on PostgreSQL: jobs are made with a transaction, and brought back."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from sqlalchemy import text

import subscribers as people
from digest.config import Config, Source
from digest.errors import DigestError
from digest.model import Schedule
from digest.pipeline import Desk
from digest.service import queue
from digest.service.drivers import Drivers
from digest.service.queue import Working, enqueue, look, queue_app
from digest.store import Database, approvals, schedules
from digest.store.sources import SourceState, keep_state
from tests.service.test_worker import idle, machines

pytestmark = pytest.mark.needs("postgres")
SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
#: two hours before eight in the morning
MONDAY = datetime(2026, 11, 23, 6, tzinfo=UTC)


@pytest.fixture
def app(postgres_database: Database) -> App:
    """An empty queue beside the tables."""
    made = queue_app(postgres_database, idle(postgres_database))
    with postgres_database.write() as connection:
        connection.execute(text("TRUNCATE procrastinate_jobs CASCADE"))
    return made


def jobs(database: Database) -> list[tuple[str, str, str]]:
    """What there is: task, what it is about, state."""
    with database.read() as connection:
        rows = connection.execute(
            text(
                "SELECT task_name, args, status FROM procrastinate_jobs "
                "ORDER BY task_name, id"
            )
        )
        return [
            (row.task_name, " ".join(map(str, row.args.values())), row.status)
            for row in rows
        ]


def looked(app: App, desk: Desk) -> None:
    """One look at the clock, as a worker takes once a minute."""

    async def one() -> None:
        async with app.open_async():
            await look(app, desk)

    asyncio.run(one())


def desk_at(database: Database, now: datetime, **config: object) -> Desk:
    return Desk(
        database=database,
        config=replace(Config(), **config),  # type: ignore[arg-type]
        clock=lambda: now,
        nonce=lambda: "0a1b2c3d4e5f",
        enqueue=enqueue,
    )


def add_weekly(database: Database, name: str = "weekly") -> None:
    weekly = Schedule(name=name, every="monday 08:00", zone="UTC", lists=("weekly",))
    with database.write() as connection:
        schedules.add_schedule(connection, weekly, SUNDAY)


# --- With a transaction ---------------------------------------------------------------


def test_a_job_is_made_with_its_transaction(
    postgres_database: Database, app: App
) -> None:
    """Committed, it is there, once; taken back, it is not."""
    with postgres_database.write() as connection:
        enqueue(connection, "drive", issue=1)
        enqueue(connection, "drive", issue=1)
        people.add_list(connection, "weekly", SUNDAY)
    with suppress(DigestError), postgres_database.write() as connection:
        enqueue(connection, "drive", issue=2)
        raise DigestError("something went wrong")
    assert jobs(postgres_database) == [("drive", "1", "todo")]


def test_without_a_queue_nothing_is_made(empty_postgres: Database) -> None:
    """Where no worker has ever been, commands do their work as ever."""
    with empty_postgres.write() as connection:
        enqueue(connection, "drive", issue=1)
        people.add_list(connection, "weekly", SUNDAY)


def test_a_send_and_an_approval_make_jobs(
    tmp_path: Path, postgres_database: Database, app: App
) -> None:
    """The commands tell workers what there is to do."""
    with machines(tmp_path, postgres_database) as found:
        found.digest("build", "ferry.txt")
        found.digest("lists", "add", "weekly")
        consent = ("--list", "weekly", "--consent", "asked")
        found.digest("subscribers", "add", "ann@example.com", *consent)
        found.digest("send", "1", "--list", "weekly", "--yes")
    add_weekly(postgres_database)
    with postgres_database.write() as connection:
        schedules.begin_slot(connection, 1, "2026-11-23", MONDAY)
        schedules.set_issue(connection, 1, "2026-11-23", 1)
        approvals.ask_approval(connection, 1, "2026-11-23", "hash")
    with machines(tmp_path, postgres_database) as found:
        found.digest("approve", "1")
    assert jobs(postgres_database) == [
        ("drive", "1", "todo"),
        ("slot", "weekly", "todo"),
    ]


# --- A look at the clock --------------------------------------------------------------


def test_only_what_is_due_becomes_a_job(postgres_database: Database, app: App) -> None:
    """A thousand schedules make no jobs before their time."""
    add_weekly(postgres_database)
    looked(app, desk_at(postgres_database, MONDAY - timedelta(minutes=1)))
    assert jobs(postgres_database) == [("errands", "", "todo")]
    for _ in range(2):
        looked(app, desk_at(postgres_database, MONDAY))
    assert jobs(postgres_database) == [
        ("errands", "", "todo"),
        ("slot", "weekly", "todo"),
    ]


def test_sources_are_asked_ahead_of_a_slot(
    postgres_database: Database, app: App
) -> None:
    """One job a source of the web, if it was not asked within the hour."""
    add_weekly(postgres_database)
    asked, stale = "https://a.example/feed", "https://b.example/feed"
    sources = (Source(url=asked), Source(url=stale), Source(path="articles"))
    early = MONDAY - timedelta(minutes=5)
    with postgres_database.write() as connection:
        for place, minutes in ((asked, 20), (stale, 70)):
            at = early - timedelta(minutes=minutes)
            keep_state(connection, SourceState(place=place, asked_at=at))
    desk = desk_at(postgres_database, early, source=sources)
    looked(app, replace(desk, clock=lambda: early - timedelta(hours=1)))
    assert jobs(postgres_database) == [("errands", "", "todo")]
    looked(app, desk)
    assert jobs(postgres_database) == [
        ("collect", stale, "todo"),
        ("errands", "", "todo"),
    ]


def test_looks_go_on_whatever_was_deleted(
    postgres_database: Database, app: App
) -> None:
    """Nothing hangs on jobs that were done (procrastinate#1495): they are kept for a
    day, and the next look makes its own."""
    add_weekly(postgres_database)
    desk = desk_at(postgres_database, MONDAY)
    looked(app, desk)
    with postgres_database.write() as connection:
        for table, column in (("events", "at"), ("jobs", "scheduled_at")):
            connection.execute(
                text(
                    f"UPDATE procrastinate_{table} SET {column} = now() - "
                    "interval '2 days'"
                )
            )
        connection.execute(text("UPDATE procrastinate_jobs SET status = 'succeeded'"))
    looked(app, desk)
    states = {state for _, _, state in jobs(postgres_database)}
    assert states <= {"todo", "succeeded"}
    assert ("slot", "weekly", "todo") in jobs(postgres_database)


@pytest.fixture
def dead_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A worker is dead after so many seconds without a sign of life."""
    return lambda seconds: monkeypatch.setattr(queue, "STALLED", seconds)


def test_what_a_dead_worker_had_is_brought_back(
    tmp_path: Path,
    postgres_database: Database,
    app: App,
    dead_after: Callable[[float], None],
) -> None:
    """Its job, also where the same waits again, and it is done by the next one."""
    with machines(tmp_path, postgres_database) as found:
        worker = found.worker()
        until(postgres_database, lambda rows: ("errands", "", "succeeded") in rows)
        with postgres_database.write() as connection:
            connection.execute(
                text(
                    "UPDATE procrastinate_jobs SET status = 'doing', worker_id = "
                    "(SELECT max(id) FROM procrastinate_workers)"
                )
            )
            enqueue(connection, "errands")
        worker.send_signal(signal.SIGKILL)
        worker.wait(20)
        dead_after(0.0)
        desk = desk_at(postgres_database, SUNDAY)
        looked(app, desk)
        assert jobs(postgres_database) == [
            ("errands", "", "aborted"),
            ("errands", "", "todo"),
        ]
        found.worker()
        until(postgres_database, lambda rows: ("errands", "", "succeeded") in rows)


def until(
    database: Database, there: Callable[[list[tuple[str, str, str]]], bool]
) -> None:
    from time import monotonic, sleep

    deadline = monotonic() + 60
    while not there(jobs(database)):
        assert monotonic() < deadline, jobs(database)
        sleep(0.05)


def test_that_it_is_away_is_one_line(
    postgres_database: Database, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the queue's pool and connector raise is no fault in the program."""
    said, halt = list[str](), threading.Event()
    desk = desk_at(postgres_database, SUNDAY)
    drivers = Drivers(desk=desk, told=print, tell=said.append, halt=halt)
    working = Working(
        desk=desk, drivers=drivers, told=print, tell=said.append, halt=halt
    )

    async def away(*_: object) -> None:
        if said:
            halt.set()
            raise PoolTimeout("no connection after 30 s")
        raise ConnectorException from OperationalError("it is shut\ndown")

    monkeypatch.setattr(queue, "look", away)
    monkeypatch.setattr(queue, "AWAY", 0.0)
    queue.work(app, working, 1)
    assert said == [
        "PostgreSQL is away, and looked for again: it is shut",
        "PostgreSQL is away, and looked for again: no connection after 30 s",
    ]


def test_many_workers_begin_at_once(tmp_path: Path, empty_postgres: Database) -> None:
    """The queue's tables are made by one of them, and all of them work."""
    with machines(tmp_path, empty_postgres) as found:
        workers = [found.begin_worker() for _ in range(3)]
        for worker in workers:
            assert worker.stderr
            assert b"works" in worker.stderr.readline()
