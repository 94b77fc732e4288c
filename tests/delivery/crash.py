"""Processes that send a campaign and are killed, again and again.

`python -m tests.delivery.crash KILLS` (`make crash`) does it until so many are dead,
with each switch of the office on and off, on both databases, and says what came of it.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from itertools import cycle, product
from pathlib import Path
from types import TracebackType
from typing import Self

from digest.ledger.transitions import BatchState
from digest.store import Database, open_database
from tests.delivery.office import (
    BREAK,
    FIVE,
    LOST,
    PROXY,
    Fault,
    Office,
    Switches,
    refusal,
    serving,
)
from tests.delivery.staged import Staged

ROOT = Path(__file__).parents[2]
#: real seconds that a process may take: where the ten cancellations are used up, it
#: goes through the 72 hours of a schedule in small steps, 90 s on a quiet machine
PATIENCE = 400
FAULTS = (
    LOST,
    BREAK,
    PROXY,
    FIVE,
    Fault(late=100),
    refusal(429, "too many requests", Retry_After="2"),
)


class Night:
    """A campaign, the office that it goes to, and processes that drive it."""

    def __init__(
        self, database: Database, office: Office, *, people: int, seed: int = 0
    ) -> None:
        self.database = database
        self.office = office
        self.dead = 0
        self._chance = random.Random(seed)
        self._stack = ExitStack()
        self._url = database.engine.url.render_as_string(hide_password=False)
        self.staged = Staged(database, office, people, 2)

    def __enter__(self) -> Self:
        self._host = self._stack.enter_context(serving(self.office))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def worker(self, *point: str) -> subprocess.Popen[bytes]:
        """A process, killed at the latest when the night is over."""
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.delivery.worker"),
                *(self._url, self._host, str(self.staged.campaign), *point),
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self._stack.callback(process.wait, PATIENCE)
        self._stack.callback(process.kill)
        return process

    def killed_at(self, point: str, times: int) -> None:
        """A process that ends at a point of its way."""
        process = self.worker(point, str(times))
        assert process.wait(PATIENCE) == -signal.SIGKILL, f"it never came to {point}"
        self.dead += 1

    def stopped_at(self, point: str, times: int) -> subprocess.Popen[bytes]:
        """A process that stands still at a point of its way."""
        process = self.worker(f"stop:{point}", str(times))
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), f"it never came to {point}"
        return process

    def kills(self, number: int, workers: int) -> None:
        """So many processes killed at moments of chance, some of them at a time."""
        running: list[subprocess.Popen[bytes]] = []
        while number > 0 and not self.over:
            while len(running) < workers:
                running.append(self.worker())
            self._wait_for_work()
            time.sleep(self._chance.random() * 0.05)
            victim = running.pop(self._chance.randrange(len(running)))
            victim.kill()
            number -= victim.wait(PATIENCE) == -signal.SIGKILL
            self.dead += victim.returncode == -signal.SIGKILL
            running = [each for each in running if each.poll() is None]
        for each in running:
            each.kill()
            self.dead += each.wait(PATIENCE) == -signal.SIGKILL

    def _wait_for_work(self) -> None:
        """Until something happens at the office: to start takes a process a while."""
        before, deadline = self._steps(), time.monotonic() + 5
        while self._steps() == before and time.monotonic() < deadline:
            time.sleep(0.002)

    def _steps(self) -> int:
        return self.office.requests + len(self.office.cancels)

    @property
    def over(self) -> bool:
        status = self.staged.status
        return not status.pending and not status.unsettled

    def drive(self) -> None:
        """One more process, that nobody kills."""
        process = self.worker()
        assert process.wait(PATIENCE) == 0

    def judge(self, *, settled: bool) -> None:
        """Nobody twice, nobody lost; with `settled` everybody exactly once."""
        self.staged.judge()
        if settled:
            assert not self.staged.status.unsettled
            assert self.staged.out == Counter(range(1, self.staged.people + 1))


# --- make crash -----------------------------------------------------------------------

SWITCHES = (
    Switches(),
    Switches(stops_later_mail=False),
    Switches(cancelled_for_good=False),
    Switches(past_goes_out=False),
    Switches(late_cancels=True),
)


def night(database: Database, switches: Switches, workers: int, seed: int) -> Night:
    office = Office(switches, seed)
    chance = random.Random(seed)
    office.faults = [
        chance.choice(FAULTS) if chance.random() < 0.1 else None for _ in range(100)
    ]
    with Night(database, office, people=60, seed=seed) as found:
        found.kills(5, workers)  # each may cost a cancellation, and there are ten
        found.drive()
        found.judge(settled=False)
    return found


def main(kills: int) -> None:
    from tests.conftest import new_postgres_database

    dead = named = people = nights = 0
    began = time.monotonic()
    kinds = cycle(product(SWITCHES, (1, 3), ("SQLite", "PostgreSQL")))
    while dead < kills:
        switches, workers, kind = next(kinds)
        with tempfile.TemporaryDirectory() as folder:
            sqlite = f"sqlite:///{Path(folder) / 'digest.db'}"
            database = open_database(
                sqlite if kind == "SQLite" else new_postgres_database()
            )
            try:
                found = night(database, switches, workers, seed=nights)
                unsettled = found.staged.people_in(
                    BatchState.UNKNOWN, BatchState.CANCELLING
                )
            finally:
                database.close()
        nights += 1
        dead += found.dead
        named += len(unsettled)
        people += found.staged.people
        print(
            f"{nights:4} {kind:10} {workers} at a time, {found.dead:3} killed, "
            f"{len(unsettled)} named, {switches}",
            flush=True,
        )
    print(
        f"{dead} killed, {people} people: 0 lost, 0 twice, {named} named, "
        f"{time.monotonic() - began:.0f} s"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
