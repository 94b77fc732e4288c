"""One campaign handed over by one, two and four workers on PostgreSQL.

Each is a `digest worker` of its own, in direct mode, with ten connections; the provider
answers a second after the last byte, as a slow one would, and costs next to nothing. So
the pace is that of the answers, as long as what we do ourselves fits on the cores.

    python -m benchmarks workers          PEOPLE=400000 by default
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import insert, update

import subscribers as people
from benchmarks.request_builder import sample
from digest import ledger
from digest.model import CampaignState, Mode
from digest.store import Database, open_database
from digest.store.tables import batch, issue
from tests.conftest import new_postgres_database

PEOPLE = int(os.environ.get("PEOPLE", "400000"))
WORKERS = (1, 2, 4)
LATENCY = 1.0
SETTINGS = """\
[newsletter]
name = "The Tide"
from_email = "tide@example.com"
postal_address = "1 Lower Quay, Marlhaven"
base_url = "https://tide.example.com"
[delivery]
connections = 10
requests_per_second = 1000
"""
ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nX-Message-Id: m\r\n\r\n"


def main() -> None:
    url = new_postgres_database()
    database = open_database(url)
    with tempfile.TemporaryDirectory() as name, slow_sink() as host:
        folder = Path(name)
        (folder / "digest.toml").write_text(SETTINGS)
        environment = {
            **os.environ,
            "DIGEST_DATABASE_URL": url,
            "DIGEST_SENDGRID_HOST": host,
            "SENDGRID_API_KEY": "SG.key",
        }
        _people(folder, environment)
        print(f"{PEOPLE:,} people, answers after {LATENCY:g} s; load {os.getloadavg()}")
        print(f"{'workers':>7}  {'seconds':>8}  {'people/s':>9}  {'times':>6}")
        first = None
        for number, workers in enumerate(WORKERS, 1):
            seconds = _handed_over(database, folder, environment, number, workers)
            first = first or seconds
            print(
                f"{workers:7}  {seconds:8.1f}  {PEOPLE / seconds:9,.0f}"
                f"  {first / seconds:6.2f}",
                flush=True,
            )
    database.close()


def _people(folder: Path, environment: dict[str, str]) -> None:
    rows = "".join(f"reader{n}@example.org\n" for n in range(PEOPLE))
    (folder / "people.csv").write_text(f"email\n{rows}")
    for command in (
        ("lists", "add", "weekly"),
        ("subscribers", "import", "people.csv", "--list", "weekly", "--consent", "x"),
    ):
        subprocess.run(
            [sys.executable, "-m", "digest", *command],
            cwd=folder,
            env=environment,
            check=True,
            stderr=subprocess.DEVNULL,
        )


def _handed_over(
    database: Database,
    folder: Path,
    environment: dict[str, str],
    number: int,
    workers: int,
) -> float:
    """Seconds from the moment that a campaign is due until everybody is accepted."""
    campaign = _planned(database, number)
    running = [_worker(folder, environment) for _ in range(workers)]
    try:
        with database.write() as connection:
            due = update(batch).where(batch.c.campaign_id == campaign)
            connection.execute(due.values(send_at=None))
        began = time.perf_counter()
        while not _over(database, campaign):
            time.sleep(0.05)
        return time.perf_counter() - began
    finally:
        for each in running:
            each.terminate()
        for each in running:
            each.wait(60)


def _planned(database: Database, number: int) -> int:
    """A campaign to everybody, whose time comes later."""
    now = datetime.now(UTC)
    handover, _ = sample()
    row = {
        "id": number,
        "series": "s",
        "number": number,
        "subject": "",
        "content": "{}",
    }
    with database.write() as connection:
        connection.execute(insert(issue).values(**row, built_at=now))
        campaign = ledger.create_campaign(
            connection,
            number,
            handover.email,
            transport="sendgrid",
            lists=["weekly"],
            now=now,
            mode=Mode.DIRECT,
        )
        later = now + timedelta(hours=1)
        everybody = people.audience(connection, ["weekly"], now=now)
        ledger.plan(connection, campaign, everybody, when=lambda person: later)
        ledger.planned(connection, campaign)
    return campaign


def _over(database: Database, campaign: int) -> bool:
    with database.read() as connection:
        state = ledger.state_of(connection, campaign)
    assert state is not CampaignState.PAUSED
    return state is CampaignState.FINISHED


def _worker(folder: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    """One that works already."""
    process = subprocess.Popen(
        [sys.executable, "-m", "digest", "worker"],
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    while "works" not in process.stderr.readline():
        assert process.poll() is None
    return process


# --- A provider that takes its time ---------------------------------------------------


@contextmanager
def slow_sink() -> Iterator[str]:
    ours, theirs = multiprocessing.Pipe()
    spawning = multiprocessing.get_context("spawn")
    process = spawning.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def _serve(tell: Connection) -> None:
    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(_Slow, "127.0.0.1", 0, backlog=200)
        tell.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


class _Slow(asyncio.Protocol):
    """Counts the bytes of a request, and accepts it a while after the last."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._head, self._left = b"", 0

    def data_received(self, data: bytes) -> None:
        if self._left:
            self._left -= len(data)
        else:
            self._head += data
            head, end, body = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            length = head.lower().partition(b"content-length: ")[2].split()[0]
            self._left = int(length) - len(body)
            self._head = b""
        if self._left <= 0:
            self._left = 0
            asyncio.get_running_loop().call_later(LATENCY, self._accept)

    def _accept(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(ACCEPTED)


if __name__ == "__main__":
    main()
