"""Many machines on PostgreSQL: few, coarse jobs, handed out by Procrastinate.

    tick            once a minute: what is due becomes jobs; stalled ones come back
    drive(issue)    go on with a campaign
    slot(schedule)  do a schedule's slot
    errands         single mails and calls

A job run twice does no harm: slots and batches are claimed in our own tables, so that
the queue only says what is worth looking at. It has one periodic task, without a lock:
many of them, or one with a lock, have stood still before (procrastinate#1158, #1408,
#1464, #1495); and what was done is kept for a day.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import make_url, text

from digest.delivery import carry_out
from digest.driving import Tell
from digest.errors import UsageError
from digest.pipeline import Desk
from digest.service import due_schedules, forget, run_schedule
from digest.service.campaigns import due_issues, go_on_with
from digest.store import Database

QUEUE = "digest"
#: of who makes the tables; any number that is nobody else's
LOCK = 0x6469_6765
#: seconds without a heartbeat after which a worker counts as dead
STALLED = 30.0
#: so long is kept what was done
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """What a worker works with."""

    desk: Desk
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
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": 0x646967}
        )
        there = connection.scalar(text("SELECT to_regclass('procrastinate_jobs')"))
        if there is None:
            with app.open():
                app.schema_manager.apply_schema()


def _add_tasks(app: App, working: Working) -> None:
    desk, tell, halt = working.desk, working.tell, working.halt

    @app.task(queue=QUEUE, name="drive")
    def drive(issue: int) -> None:
        driven = go_on_with(desk, issue, tell, halt)
        if driven.failed:
            tell(f"issue {issue}: tried again in a minute: {driven.failed}")

    @app.task(queue=QUEUE, name="slot")
    def slot(schedule: str) -> None:
        for result in run_schedule(desk, schedule, halt):
            tell(f"{result.schedule} {result.slot} {result.state}: {result.reason}")

    @app.task(queue=QUEUE, name="errands")
    def errands() -> None:
        carry_out(desk.database, desk.config, clock=desk.clock)
        forget(desk)

    @app.periodic(cron="* * * * *")
    @app.task(queue=QUEUE, name="tick", pass_context=True)
    async def tick(context: JobContext, timestamp: int) -> None:
        await _bring_back(app)
        issues, names = await asyncio.to_thread(_due, desk)
        for issue in issues:
            await _defer(drive, f"drive {issue}", issue=issue)
        for name in names:
            await _defer(slot, f"slot {name}", schedule=name)
        await _defer(errands, "errands")
        hours = int(KEPT / timedelta(hours=1))
        await app.job_manager.delete_old_jobs(nb_hours=hours, include_failed=True)


def _due(desk: Desk) -> tuple[list[int], list[str]]:
    return due_issues(desk), due_schedules(desk)


async def _defer(task: Any, lock: str, **given: Any) -> None:
    """One job for one thing at a time: a second would find nothing to do."""
    with contextlib.suppress(AlreadyEnqueued):
        await task.configure(queueing_lock=lock).defer_async(**given)


async def _bring_back(app: App) -> None:
    """Jobs of workers that are dead are done by others."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
        await app.job_manager.retry_job(job)


def work(app: App, halt: threading.Event, concurrency: int) -> None:
    """Take jobs until told to halt; what is under way is ended first."""

    async def run() -> None:
        async with app.open_async():
            worker = asyncio.create_task(
                app.run_worker_async(
                    queues=[QUEUE],
                    concurrency=concurrency,
                    install_signal_handlers=False,
                    fetch_job_polling_interval=1.0,
                    stalled_worker_timeout=STALLED,
                )
            )
            while not halt.is_set() and not worker.done():
                await asyncio.sleep(0.2)
            worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await worker

    asyncio.run(run())
