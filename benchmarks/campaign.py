"""A whole campaign: planned, claimed, handed over and written down, to a sink.

`PEOPLE=100000 python -m benchmarks campaign` takes fewer. The people of the first part
are in the database, with their suppressions; those of the second are made up, for it
measures memory. Each run is a process of its own, and the sink is another. The limit is
one prepared body, sent again and again over the same connections.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import tempfile
import time
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing.queues import Queue
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, insert

from benchmarks import audience
from benchmarks.dispatch import sink
from benchmarks.request_builder import sample
from digest import ledger
from digest.config import Config
from digest.delivery import Handover, Pacer, Way, request_body, send_campaign
from digest.delivery.sendgrid import PATH, SendGrid
from digest.delivery.wire import Deadlines, Wire
from digest.ledger.times import boot_seconds
from digest.model import Email
from digest.store import Database, open_database
from digest.store.tables import issue
from subscribers import audience as everybody
from subscribers import recipients
from subscribers.model import Recipient

PEOPLE = int(os.environ.get("PEOPLE", "500000"))
#: the second part's
FEW, MANY = 1_000_000, 7_000_000
CONNECTIONS = 10
NOW = datetime.now(UTC)
PROCESSES = multiprocessing.get_context("spawn")


class Run(NamedTuple):
    people: int
    plan: float
    send: float
    #: megabytes, before the first recipient and at most
    idle: float
    peak: float


def main() -> None:
    with sink() as host, tempfile.TemporaryDirectory() as folder:
        place = f"sqlite:///{Path(folder) / 'digest.db'}"
        audience.fill(place, PEOPLE)
        limit, size = resend(host)
        run = measured(place, host, None)
        rate = run.people / run.send
        print(f"{run.people:,} people, SQLite, {CONNECTIONS} connections, ", end="")
        print(f"{size:.0f} bytes a recipient")
        print(f"{'planned':40} {run.plan:8.2f} s")
        print(f"{'one prepared body':40} {limit:10,.0f} recipients/s")
        print(f"{'digest: the whole way':40} {rate:10,.0f} recipients/s", end="")
        print(f"  {rate / limit:.2f}")
        for people in (FEW, MANY):
            place = f"sqlite:///{Path(folder) / f'{people}.db'}"
            run = measured(place, host, people)
            print(
                f"{people:10,} made up: {run.idle:.1f} MB before, {run.peak:.1f} at "
                f"most, grown by {run.peak - run.idle:.1f}; {people / run.send:,.0f}/s"
            )


def settings(host: str) -> tuple[Email, Config]:
    handover, config = sample()
    account = replace(config.sendgrid, api_key="SG.key", host=host)
    return handover.email, replace(config, sendgrid=account)


def resend(host: str) -> tuple[float, float]:
    """People a second by a body that is made already, and its bytes for each."""
    handover, config = sample()
    _, config = settings(host)
    body = request_body(handover, config)
    wires = [Wire(host, {}, Deadlines()) for _ in range(CONNECTIONS)]
    each = 30

    def post(wire: Wire) -> None:
        for _ in range(each):
            assert wire.post(PATH, body, checked=boot_seconds()).status == 202

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(post, wires))
        began = time.perf_counter()
        list(pool.map(post, wires))
        seconds = time.perf_counter() - began
    for wire in wires:
        wire.close()
    people = len(handover.recipients)
    return CONNECTIONS * each * people / seconds, len(body) / people


def measured(place: str, host: str, made_up: int | None) -> Run:
    told: Queue[Run] = PROCESSES.Queue()
    process = PROCESSES.Process(target=_run, args=(told, place, host, made_up))
    process.start()
    run = told.get()
    process.join()
    return run


def _run(told: Queue[Run], place: str, host: str, made_up: int | None) -> None:
    email, config = settings(host)
    database = open_database(place)
    with closing(SendGrid(config)) as transport:
        others = tuple(transport.another() for _ in range(CONNECTIONS - 1))
        warm(transport, email)
        campaign = new_campaign(database, email)
        idle = memory("VmRSS")
        began = time.perf_counter()
        people = plan(database, campaign, made_up)
        planned = time.perf_counter()
        way = Way(pacer=Pacer(1e9), others=others)
        send_campaign(database, campaign, transport, _loader(made_up), way)
        sent = time.perf_counter()
        with database.read() as connection:
            status = ledger.status(connection, 1)
        assert status.accepted == people, status
        for each in others:
            each.close()
    database.close()
    peak = memory("VmHWM")
    told.put(Run(people, planned - began, sent - planned, idle, peak))


def warm(transport: SendGrid, email: Email) -> None:
    """What is imported and kept at the first request is no growth."""
    handover = Handover(attempt="0", email=email, recipients=(made(1),))
    transport.send(handover)


def new_campaign(database: Database, email: Email) -> int:
    row = {"id": 1, "series": "w", "number": 1, "subject": "s", "content": "{}"}
    with database.write() as connection:
        connection.execute(insert(issue).values(**row, built_at=NOW))
        return ledger.create_campaign(
            connection, 1, email, transport="sendgrid", lists=["weekly"], now=NOW
        )


def plan(database: Database, campaign: int, made_up: int | None) -> int:
    with database.write() as connection:
        people: Iterable[Recipient] = (
            map(made, range(1, made_up + 1))
            if made_up
            else everybody(connection, ["weekly"], now=NOW)
        )
        return ledger.plan(connection, campaign, people)


def _loader(made_up: int | None) -> ledger.Loader:
    def load(
        connection: Connection, ids: Sequence[int], lists: Collection[str]
    ) -> Iterable[Recipient]:
        if made_up:
            return map(made, ids)
        return recipients(connection, ids, list(lists), now=NOW)

    return load


def made(number: int) -> Recipient:
    email = f"reader{number}@example.org"
    return Recipient(id=number, email=email, name="", token=f"{number:x}-qCqYHC4hzVM5")


def memory(what: str) -> float:
    """Megabytes of this process (proc(5))."""
    found = re.search(rf"{what}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0


if __name__ == "__main__":
    main()
