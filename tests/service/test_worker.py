"""`digest worker` as processes on PostgreSQL: jobs are done once, whoever dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest import ledger
from digest.config import Config
from digest.errors import UsageError
from digest.pipeline import Desk
from digest.service.drivers import Drivers
from digest.service.queue import Working, queue_app
from digest.store import Database
from subscribers import add_list, add_subscriber
from tests.cli.conftest import ARTICLE, SETTINGS
from tests.delivery.faults import FaultServer, fault_server

PEOPLE = 60


def idle(database: Database) -> Working:
    """What a worker has that does nothing."""
    desk = Desk(
        database=database,
        config=Config(),
        clock=lambda: pytest.fail("not here"),
        nonce=lambda: "",
    )
    halt = threading.Event()
    drivers = Drivers(desk=desk, told=print, tell=print, halt=halt)
    return Working(desk=desk, drivers=drivers, told=print, tell=print, halt=halt)


class Machines:
    """A folder with the settings, a database, a provider, and workers."""

    def __init__(self, folder: Path, database: Database, faults: FaultServer) -> None:
        self.database = database
        self.faults = faults
        self._folder = folder
        self._stack = ExitStack()
        url = database.engine.url.render_as_string(hide_password=False)
        self._environment = {
            **os.environ,
            "DIGEST_DATABASE_URL": url,
            "DIGEST_SENDGRID_HOST": faults.url,
            "SENDGRID_API_KEY": "SG.test",
        }
        (folder / "digest.toml").write_text(SETTINGS)
        (folder / "ferry.txt").write_text(ARTICLE)

    def digest(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "digest", *command],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def worker(self) -> subprocess.Popen[bytes]:
        process = self.begin_worker()
        assert process.stderr
        assert b"works" in process.stderr.readline()
        return process

    def begin_worker(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "digest", "worker", "--concurrency", "2"],
            cwd=self._folder,
            env=self._environment,
            stderr=subprocess.PIPE,
        )
        assert process.stderr
        self._stack.callback(process.stderr.close)
        self._stack.callback(process.wait, 20)
        self._stack.callback(process.kill)
        return process

    def defer(self, task: str, **given: object) -> None:
        app = queue_app(self.database, idle(self.database))
        with app.open():
            app.tasks[task].defer(**given)

    def wait_for(self, mails: int) -> None:
        deadline = time.monotonic() + 60
        while len(self.faults.people) < mails:
            assert time.monotonic() < deadline, len(self.faults.people)
            time.sleep(0.02)

    def close(self) -> None:
        self._stack.close()


@contextmanager
def machines(folder: Path, database: Database) -> Iterator[Machines]:
    with fault_server() as faults:
        found = Machines(folder, database, faults)
        try:
            yield found
        finally:
            found.close()


@pytest.fixture
def planned(tmp_path: Path, postgres_database: Database) -> Iterator[Machines]:
    """An issue that is planned for sixty people, and not begun."""
    with machines(tmp_path, postgres_database) as found:
        found.digest("build", "ferry.txt")
        now = datetime.now(UTC)
        with postgres_database.write() as connection:
            add_list(connection, "weekly", now)
            for number in range(PEOPLE):
                add_subscriber(
                    connection,
                    "weekly",
                    f"reader{number}@example.org",
                    consent="asked",
                    source="test",
                    now=now,
                    secret=lambda: b"twelve bytes",
                )
        later = ("--at", "+10m", "--mode", "direct")
        found.digest("send", "1", "--list", "weekly", "--yes", *later)
        yield found


def test_two_share_a_campaign(planned: Machines) -> None:
    """However many jobs say the same, everybody gets one mail."""
    workers = [planned.worker() for _ in range(2)]
    with planned.database.write() as connection:
        connection.exec_driver_sql("UPDATE batch SET send_at = NULL")
    for _ in range(3):
        planned.defer("drive", issue=1)
    planned.wait_for(PEOPLE)
    for each in workers:
        each.send_signal(signal.SIGTERM)
        assert each.wait(20) == 0
    assert set(Counter(planned.faults.people).values()) == {1}
    with planned.database.read() as connection:
        assert ledger.status(connection, 1).accepted == PEOPLE


def test_sqlite_has_no_workers(sqlite_database: Database, tmp_path: Path) -> None:
    """It is said what to use instead."""
    working = idle(sqlite_database)
    with pytest.raises(UsageError, match="digest run"):
        queue_app(sqlite_database, working)
