"""kill -9 in the middle of a send: what is unknown is named, nobody gets two."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from digest import ledger
from digest.ledger import Status, Times
from digest.ledger.packing import unpack
from digest.ledger.transitions import BatchState
from digest.model import CampaignState
from digest.store import Database
from digest.store.tables import batch, issue
from tests.delivery.faults import ACCEPT, FaultServer, Hang, people_of
from tests.delivery.samples import EMAIL, person

ROOT = Path(__file__).parents[2]
#: seconds that a test waits for a process of its own at most
PATIENCE = 60
#: a later run comes when the lease of a dead one is over
LATER = Times().lease + 20


class Newsroom:
    """A planned campaign, and processes that send it."""

    def __init__(self, database: Database, faults: FaultServer, people: int) -> None:
        self.database = database
        self.faults = faults
        now = datetime.now(UTC)
        row = {"id": 1, "series": "w", "number": 1, "subject": "s", "content": "{}"}
        with database.write() as connection:
            connection.execute(insert(issue).values(**row, built_at=now))
            self.campaign = ledger.create_campaign(
                connection, 1, EMAIL, transport="sendgrid", lists=["readers"], now=now
            )
            stream = map(person, range(1, people + 1))
            ledger.plan(connection, self.campaign, stream, size=2)

    @contextmanager
    def sender(self, ahead: float) -> Iterator[subprocess.Popen[bytes]]:
        """A process that sends, its clock so many seconds ahead; killed at the end."""
        url = self.database.engine.url.render_as_string(hide_password=False)
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.delivery.sender"),
                *(url, self.faults.url, str(self.campaign), str(ahead)),
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait(PATIENCE)

    def send(self, ahead: float) -> None:
        with self.sender(ahead) as process:
            assert process.wait(PATIENCE) == 0

    @property
    def status(self) -> Status:
        with self.database.read() as connection:
            return ledger.status(connection, 1)

    def people_in(self, *states: BatchState) -> list[str]:
        with self.database.read() as connection:
            packed = connection.scalars(
                select(batch.c.recipients).where(batch.c.state.in_(states))
            )
            return [str(number) for each in packed for number in unpack(each)]


@pytest.mark.parametrize("arrived", [True, False], ids=["arrived", "lost"])
def test_killed_while_waiting_for_the_answer(
    database: Database, faults: FaultServer, arrived: bool
) -> None:
    """The one batch in flight is unknown by name; all others arrive, each once."""
    newsroom = Newsroom(database, faults, people=10)
    faults.will(ACCEPT, Hang(accept=arrived))
    with newsroom.sender(ahead=0) as process:
        assert faults.hanging.wait(PATIENCE)
        process.kill()
    status = newsroom.status
    hung = faults.requests[1]
    (doubt,) = status.doubts
    assert (status.accepted, status.unsettled, status.pending) == (2, 2, 6)
    assert people_of(hung) == newsroom.people_in(BatchState.SENDING)
    named = hung["personalizations"][0]["custom_args"]["dg_attempt"]
    assert named.startswith(f"{doubt.attempt}-")

    newsroom.send(ahead=LATER)
    status = newsroom.status
    assert (status.accepted, status.unsettled, status.pending) == (8, 2, 0)
    assert status.state is CampaignState.PAUSED
    assert status.reason == "unsettled: 1 of 5 batches"
    assert people_of(hung) == newsroom.people_in(BatchState.UNKNOWN)
    handed_over = [who for request in faults.requests for who in people_of(request)]
    assert sorted(map(int, handed_over)) == list(range(1, 11))


def test_killed_anywhere(database: Database, faults: FaultServer) -> None:
    """Killed again and again at moments of chance: nobody lost, nobody twice."""
    newsroom = Newsroom(database, faults, people=60)
    chance = random.Random(20261123)
    ahead = 0.0
    for kill in range(1, 4):
        with newsroom.sender(ahead) as process:
            deadline = time.monotonic() + PATIENCE
            while len(faults.requests) < 6 * kill and time.monotonic() < deadline:
                time.sleep(0.001)
            time.sleep(chance.random() * 0.02)
            process.kill()
        ahead += LATER
    newsroom.send(ahead)
    status = newsroom.status
    arrived = Counter(faults.people)
    unknown = newsroom.people_in(BatchState.UNKNOWN)
    settled = newsroom.people_in(BatchState.ACCEPTED)
    assert set(arrived.values()) == {1}
    assert all(arrived[who] == 1 for who in settled)
    assert sorted(map(int, settled + unknown)) == list(range(1, 61))
    assert len(unknown) == status.unsettled <= 2 * 3, "a kill leaves one batch at most"
