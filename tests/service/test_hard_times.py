"""`digest run` and `digest worker` when the world is against them: nothing is lost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Table, func, select

import subscribers as people
from digest import ledger
from digest.ledger import Status
from digest.model import CampaignState, Schedule
from digest.store import Database, incarnation, open_database, schedules
from digest.store.schedules import SlotState
from digest.store.tables import slot
from subscribers.tables import mark, metadata, subscriber
from tests.cli.conftest import ARTICLE, SETTINGS
from tests.conftest import new_postgres_database
from tests.delivery.faults import FaultServer, fault_server
from tests.service.storm import Server

CONFIRMED = people.SubscriptionState.CONFIRMED
#: seconds that a process may take to get somewhere
PATIENCE = 90
SOURCE = '[[source]]\npath = "ferry.txt"\n'
#: `digest`, none of whose files can be longer than 40 kB: SQLite's log is, soon
FULL = """
import resource, sys
from digest.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
sys.exit(main(sys.argv[1:]))
"""


class Newsroom:
    """A folder with settings, a database, a provider, and commands that run there."""

    def __init__(self, folder: Path, url: str, faults: FaultServer) -> None:
        self.faults = faults
        self.database: Database = open_database(url)
        self.folder = folder
        self._stack = ExitStack()
        self._stack.callback(self.database.close)
        self._environment = {
            **os.environ,
            "DIGEST_DATABASE_URL": url,
            "DIGEST_SENDGRID_HOST": faults.url,
            "SENDGRID_API_KEY": "SG.test",
        }
        self.settings(SOURCE)
        (folder / "ferry.txt").write_text(ARTICLE)

    def settings(self, more: str) -> None:
        (self.folder / "digest.toml").write_text(f"{SETTINGS}\n{more}")

    def subscribe(self, number: int) -> None:
        """A thousand go into a batch."""
        rows = "".join(f"reader{one}@example.org\n" for one in range(number))
        (self.folder / "people.csv").write_text(f"email\n{rows}")
        self.do("lists", "add", "weekly")
        consent = ("--list", "weekly", "--consent", "asked")
        self.do("subscribers", "import", "people.csv", *consent)

    def schedule(self, ago: timedelta) -> None:
        """A schedule whose slot was to go out so long ago: it is done at once."""
        now = datetime.now(UTC)
        at = f"{now - ago:%H:%M}"
        daily = Schedule(
            name="daily", every=f"daily {at}", zone="UTC", lists=("weekly",)
        )
        with self.database.write() as connection:
            schedules.add_schedule(connection, daily, now - timedelta(hours=12))

    def begin(self, *command: str, full: bool = False) -> subprocess.Popen[str]:
        """A command as a process; where the disk is full, no file of it can grow."""
        program = ["-c", FULL] if full else ["-m", "digest"]
        process = subprocess.Popen(
            [sys.executable, *program, *command],
            cwd=self.folder,
            env=self._environment,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        assert process.stderr
        self._stack.callback(process.stderr.close)
        self._stack.callback(process.wait, 20)
        self._stack.callback(process.kill)
        return process

    def move(self, url: str) -> None:
        """Use another database from now on."""
        self._environment["DIGEST_DATABASE_URL"] = url

    def do(self, *command: str) -> None:
        process = self.begin(*command)
        assert process.stderr
        assert process.wait(PATIENCE) == 0, process.stderr.read()

    @property
    def status(self) -> Status:
        with self.database.read() as connection:
            return ledger.status(connection, 1)

    @property
    def slots(self) -> list[SlotState]:
        with self.database.read() as connection:
            return [
                SlotState(each) for each in connection.scalars(select(slot.c.state))
            ]

    def close(self) -> None:
        self._stack.close()


def until(there: Callable[[], object], says: Callable[[], object] = str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < deadline, says()
        time.sleep(0.02)


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    """One on a SQLite file of its own."""
    with fault_server() as faults:
        found = Newsroom(tmp_path, f"sqlite:///{tmp_path / 'digest.db'}", faults)
        yield found
        found.close()


def ends(process: subprocess.Popen[str], seconds: float = 10) -> None:
    """SIGTERM ends it in time, and well."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    assert time.monotonic() - began < seconds


# --- SIGTERM --------------------------------------------------------------------------


def test_ended_in_the_middle_of_a_send(newsroom: Newsroom) -> None:
    """What is under way gets its answer, nothing is in doubt; the next goes on."""
    newsroom.subscribe(6000)
    newsroom.schedule(timedelta(minutes=5))
    newsroom.settings(f"{SOURCE}[delivery]\nrequests_per_second = 1\n")
    newsroom.faults.pace = 2
    process = newsroom.begin("run", "--port", "0")
    until(lambda: newsroom.faults.requests)
    ends(process)
    status = newsroom.status
    assert (status.unsettled, status.pending > 0) == (0, True)
    assert status.accepted == len(newsroom.faults.people)
    newsroom.faults.pace = 0
    newsroom.settings(SOURCE)
    process = newsroom.begin("run", "--port", "0")
    until(lambda: newsroom.status.state is CampaignState.FINISHED)
    ends(process)
    assert set(Counter(newsroom.faults.people).values()) == {1}
    assert len(newsroom.faults.people) == 6000
    assert newsroom.slots == [SlotState.SENT]


@pytest.fixture
def hanging_source() -> Iterator[str]:
    """A server that takes connections and never says anything."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/feed"


def test_ended_while_a_source_hangs(newsroom: Newsroom, hanging_source: str) -> None:
    """A server that says nothing keeps nobody; the slot is done by the next."""
    newsroom.subscribe(1)
    newsroom.schedule(timedelta(minutes=5))
    hanging = f'[[source]]\nurl = "{hanging_source}"\n'
    private = '[fetch]\nallow_private = ["127.0.0.1"]\n'
    newsroom.settings(SOURCE + hanging + private)
    process = newsroom.begin("run", "--port", "0")
    until(lambda: newsroom.slots == [SlotState.RUNNING])
    time.sleep(1)
    ends(process)
    newsroom.settings(SOURCE)
    newsroom.do("run", "--once")
    assert newsroom.slots == [SlotState.SENT]
    assert len(newsroom.faults.people) == 1


# --- Two at once ----------------------------------------------------------------------


def test_two_on_one_sqlite_file(newsroom: Newsroom) -> None:
    """One sends and one imports, and both send: nothing lost, nothing locked."""
    newsroom.subscribe(4_000)
    newsroom.do("build", "ferry.txt")
    newsroom.faults.pace = 0.3
    more = "".join(f"more{one}@example.org\n" for one in range(10_000))
    (newsroom.folder / "more.csv").write_text(f"email\n{more}")
    newsroom.do("lists", "add", "other")
    send = ("send", "1", "--list", "weekly", "--yes")
    consent = ("--list", "other", "--consent", "asked")
    both = [
        newsroom.begin(*send),
        newsroom.begin(*send),
        newsroom.begin("subscribers", "import", "more.csv", *consent),
    ]
    for process in both:
        assert process.stderr
        said = process.stderr.read()
        # 5: one of the senders is done while the other has a batch under way
        assert process.wait(PATIENCE) in {0, 5}, said
        assert "locked" not in said
    assert Counter(Counter(newsroom.faults.people).values()) == {1: 4_000}
    status = newsroom.status
    assert (status.accepted, status.unsettled) == (4_000, 0)
    with newsroom.database.read() as connection:
        found = people.lists(connection).items()
        counts = {each.name: states[CONFIRMED] for each, states in found}
    assert counts == {"weekly": 4_000, "other": 10_000}


# --- PostgreSQL is away ---------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as somebody else
        found = Server(folder / "postgres")
        yield found
        found.close()


@pytest.mark.needs("postgres")
def test_postgres_is_away_for_a_while(server: Server, tmp_path: Path) -> None:
    """In the middle of a send: each answer is written down when it is back, and
    everybody gets one mail; the worker looks for it by itself."""
    with (
        fault_server() as faults,
        closing(Newsroom(tmp_path, server.url, faults)) as newsroom,
    ):
        newsroom.subscribe(5000)
        newsroom.schedule(timedelta(minutes=5))
        newsroom.settings(f"{SOURCE}[delivery]\nconnections = 2\n")
        faults.pace = 1.5
        worker = newsroom.begin("worker")
        until(lambda: faults.requests)
        time.sleep(0.5)
        server.kill()
        time.sleep(8)
        server.start()
        faults.pace = 0
        until(lambda: newsroom.status.state is CampaignState.FINISHED)
        status = newsroom.status
        assert (status.accepted, status.unsettled) == (5000, 0)
        assert Counter(Counter(faults.people).values()) == {1: 5000}
        ends(worker)
        assert worker.stderr
        said = worker.stderr.read()
        assert "campaigns: tried again: postgresql://" in said
        assert "Traceback" not in said


# --- Moving to PostgreSQL -------------------------------------------------------------


@pytest.mark.needs("postgres")
def test_a_copy_that_is_killed(newsroom: Newsroom) -> None:
    """kill -9 in the middle of it, again and again: the next goes on, nothing is there
    twice, every row is compared; and the copy sends once it is adopted."""
    newsroom.subscribe(15_000)
    newsroom.do("build", "ferry.txt")
    url = new_postgres_database()
    target = open_database(url)
    for rows in (1, 6_000, 11_000):
        process = newsroom.begin("db", "copy", "--to", url)
        until(lambda rows=rows: count(target, subscriber) >= rows)  # type: ignore[misc]
        process.kill()
        process.wait(20)
    newsroom.do("db", "copy", "--to", url)
    for table in metadata.sorted_tables:
        if table is not mark:
            assert count(target, table) == count(newsroom.database, table), table
    newsroom.move(url)
    send = ("send", "1", "--list", "weekly", "--yes")
    refused = newsroom.begin(*send)
    assert refused.wait(PATIENCE) == 1
    assert refused.stderr
    assert "digest db adopt" in refused.stderr.read()
    incarnation.adopt(target)  # the command asks SendGrid who has left, too
    target.close()
    newsroom.do(*send)
    assert Counter(Counter(newsroom.faults.people).values()) == {1: 15_000}


def count(database: Database, table: Table) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


# --- The disk is full -----------------------------------------------------------------


def test_the_disk_is_full(newsroom: Newsroom) -> None:
    """It is said in a line, and once there is room everything goes on; none is lost."""
    newsroom.subscribe(3000)
    newsroom.schedule(timedelta(minutes=5))
    process = newsroom.begin("run", "--port", "0", full=True)
    assert process.stderr
    said = [process.stderr.readline(), process.stderr.readline()]
    assert "tried again: sqlite:///" in said[1]
    assert "disk" in said[1]
    assert not newsroom.faults.people
    ends(process)
    assert "Traceback" not in process.stderr.read()
    newsroom.do("run", "--once")
    assert Counter(Counter(newsroom.faults.people).values()) == {1: 3000}


# --- The database's version -----------------------------------------------------------


@pytest.mark.parametrize(
    "command", [("run", "--once"), ("run", "--port", "0"), ("db", "migrate")]
)
def test_a_newer_database_is_left_alone(
    newsroom: Newsroom, command: tuple[str, ...]
) -> None:
    """One line, and nothing is touched."""
    with newsroom.database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    process = newsroom.begin(*command)
    assert process.wait(PATIENCE) == 1
    assert process.stderr
    (line,) = process.stderr.read().splitlines()
    assert "newer" in line
