"""Many machines on PostgreSQL: few, coarse jobs, handed out by Procrastinate.

    drive(issue)       go on with a campaign, in whichever worker is free
    slot(schedule)     do a schedule's slot
    collect(place)     ask a source, ahead of a slot
    errands            single mails and calls

A job run twice does no harm: slots and batches are claimed in our own tables, so that
the queue only says what is worth looking at, and to lose a job only delays. Each worker
looks at the clock itself, once a minute, and all of them drive what is due; nothing
hangs on what has stood still in the engine before:

- its periodic tasks, which stop where their jobs were deleted (procrastinate#1495), are
  too many (#1464) or come too late: there is none;
- a job of a worker that died stays `doing` (#740): the look brings it back, and is no
  job that could itself be stalled (#1408);
- a queueing lock that is taken has stopped workers (#1158): it is caught here.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import (
    AlreadyEnqueued,
    ConnectorException,
    UniqueViolation,
)
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from sqlalchemy import Connection, make_url, text

from digest import collecting
from digest.collecting import HOURLY
from digest.delivery import carry_out
from digest.driving import Tell
from digest.errors import UsageError
from digest.pipeline import Desk
from digest.service import (
    SlotResult,
    due_schedules,
    forget,
    places_to_ask,
    run_schedule,
)
from digest.service.chores import Chore, keep_at, survived
from digest.service.drivers import Drivers
from digest.store import Database

QUEUE = "digest"
#: of who makes the tables; any number that is nobody else's
LOCK = 0x6469_6765
#: seconds without a heartbeat after which a worker counts as dead
STALLED = 30.0
#: seconds between two looks at the clock, and at what is to be driven
MINUTE, TICK = 60.0, 2.0
#: seconds until a database that is away is looked for again
AWAY = 5.0
#: how the queue says that its database is away
GONE = (ConnectorException, psycopg.Error)
#: so long is kept what was done
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """What a worker works with."""

    desk: Desk
    drivers: Drivers
    told: Callable[[SlotResult], None]
    tell: Tell
    halt: threading.Event


def queue_app(database: Database, working: Working) -> App:
    """The queue in a database, with our tasks; its tables are made if need be.

    Raises:
        UsageError: it is not PostgreSQL.
    """
    if database.file is not None:
        raise UsageError(
            "digest worker needs PostgreSQL: set [database] url; on SQLite: digest run"
        )
    url = make_url(database.engine.url).set(drivername="postgresql")
    conninfo = url.render_as_string(hide_password=False)
    app = App(connector=PsycopgConnector(conninfo=conninfo))
    _add_tasks(app, working)
    _prepare(app, database)
    return app


def _prepare(app: App, database: Database) -> None:
    """Make the queue's tables once, however many workers begin at the same moment."""
    with database.write() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        if not _is_there(connection):
            with app.open():
                app.schema_manager.apply_schema()


def _is_there(connection: Connection) -> bool:
    jobs = connection.scalar(text("SELECT to_regclass('procrastinate_jobs')"))
    return jobs is not None


# --- Jobs -------------------------------------------------------------------------


def enqueue(connection: Connection, task: str, **given: str | int) -> None:
    """Have a worker do something as soon as this transaction is committed.

    Where no worker has ever been there is no queue, and nothing to do.
    """
    if not _is_there(connection):
        return
    job = _bare().configure_task(
        task,
        queue=QUEUE,
        queueing_lock=_lock(task, given),
        connection=connection.connection.driver_connection,
    )
    with contextlib.suppress(AlreadyEnqueued), connection.begin_nested():
        job.defer(**given)


@functools.cache
def _bare() -> App:
    """Knows how a job is written, and has no connection of its own."""
    return App(connector=SyncPsycopgConnector())


def _lock(task: str, given: Mapping[str, str | int]) -> str:
    """One waiting job for one thing: a second would find nothing to do."""
    return " ".join([task, *map(str, given.values())])


def _add_tasks(app: App, working: Working) -> None:
    desk, tell, halt = working.desk, working.tell, working.halt

    @app.task(queue=QUEUE, name="drive")
    def drive(issue: int) -> None:
        working.drivers.begin(issue)

    @app.task(queue=QUEUE, name="slot")
    def slot(schedule: str) -> None:
        with survived(f"schedule {schedule}", tell, GONE):
            if result := run_schedule(desk, schedule, halt):
                working.told(result)

    @app.task(queue=QUEUE, name="collect")
    def collect(place: str) -> None:
        only = tuple(one for one in desk.config.source if one.place == place)
        config = replace(desk.config, source=only)
        with survived(place, tell, GONE):
            collecting.collect(desk.database, config, desk.clock, every=HOURLY)

    @app.task(queue=QUEUE, name="errands")
    def errands() -> None:
        with survived("single mails", tell, GONE):
            carry_out(desk.database, desk.config, clock=desk.clock)
            forget(desk)


# --- Looking at the clock ---------------------------------------------------------


async def look(app: App, desk: Desk) -> None:
    """Make jobs of what is due, and bring back those of workers that are dead."""
    await _bring_back(app.job_manager)
    for task, given in await asyncio.to_thread(_due, desk):
        with contextlib.suppress(AlreadyEnqueued):
            lock = _lock(task, given)
            await app.configure_task(task, queue=QUEUE, queueing_lock=lock).defer_async(
                **given
            )
    await app.job_manager.delete_old_jobs(
        nb_hours=int(KEPT / timedelta(hours=1)),
        queue=QUEUE,
        include_failed=True,
        include_cancelled=True,
        include_aborted=True,
    )


async def _bring_back(manager: JobManager) -> None:
    """Have others do what dead workers had; not what waits anyway."""
    stalled = await manager.get_stalled_jobs(
        queue=QUEUE, seconds_since_heartbeat=STALLED
    )
    for job in stalled:
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            await manager.finish_job(job, Status.ABORTED, delete_job=False)


def _due(desk: Desk) -> list[tuple[str, dict[str, Any]]]:
    return [
        *(("collect", {"place": place}) for place in places_to_ask(desk)),
        *(("slot", {"schedule": name}) for name in due_schedules(desk)),
        ("errands", {}),
    ]


# --- Working ----------------------------------------------------------------------


def work(app: App, working: Working, concurrency: int) -> None:
    """Take jobs until told to halt; what is under way is ended first.

    While the database is away it is looked for, again and again.
    """
    for name in ("procrastinate", "psycopg.pool"):  # what they say is said here
        logging.getLogger(name).setLevel(logging.CRITICAL)
    campaigns = Chore(name="campaigns", do=working.drivers.look, every=TICK)
    beside = threading.Thread(
        target=keep_at, args=([campaigns], working.tell, working.halt)
    )
    beside.start()
    try:
        asyncio.run(_work(app, working, concurrency))
    finally:
        working.halt.set()
        beside.join()
        working.drivers.end()


async def _work(app: App, working: Working, concurrency: int) -> None:
    while not working.halt.is_set():
        try:
            async with app.open_async():
                await _take_jobs(app, working, concurrency)
        except GONE as error:
            cause = str(error.__cause__ or error).strip().partition("\n")[0]
            working.tell(f"PostgreSQL is away, and looked for again: {cause}")
            await asyncio.to_thread(working.halt.wait, AWAY)


async def _take_jobs(app: App, working: Working, concurrency: int) -> None:
    worker = asyncio.create_task(
        app.run_worker_async(
            queues=[QUEUE],
            concurrency=concurrency,
            install_signal_handlers=False,
            fetch_job_polling_interval=1.0,
            stalled_worker_timeout=STALLED,
        )
    )
    looked = -MINUTE
    try:
        while not working.halt.is_set() and not worker.done():
            if time.monotonic() - looked >= MINUTE:
                looked = time.monotonic()
                with survived("schedules", working.tell, GONE):
                    await look(app, working.desk)
            await asyncio.sleep(0.2)
    finally:
        worker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await worker
