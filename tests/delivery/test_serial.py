"""A campaign person by person: a kill leaves one in doubt, and everybody else exact."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection

from digest import ledger
from digest.delivery import Pacer, Way, send_campaign
from digest.delivery.smtp import Smtp
from digest.delivery.wire import Deadlines
from digest.ledger import Clock, Stamp, Status
from digest.ledger.times import steady
from digest.ledger.transitions import BatchState
from digest.model import CampaignState
from digest.store import Database, open_database
from subscribers.model import Recipient
from tests.delivery.mail_server import BREAK, LOST, MailServer, mail_server
from tests.delivery.samples import EMAIL, person, smtp_config
from tests.delivery.staged import assert_adds_up
from tests.ledger.desk import insert_issue

ROOT = Path(__file__).parents[2]
PEOPLE = 30
QUICK = Deadlines(connect=2, read=2, total=5)


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


class Campaign:
    """Thirty people in batches of ten, by the mail server."""

    def __init__(self, database: Database, mails: MailServer) -> None:
        self.database = database
        self.mails = mails
        self.gone: set[int] = set()
        self.later = 0.0
        now = datetime.now(UTC)
        with database.write() as connection:
            self.issue = insert_issue(connection, 1)
            self.number = ledger.create_campaign(
                connection, self.issue, EMAIL, transport="smtp", lists=["r"], now=now
            )
            stream = map(person, range(1, PEOPLE + 1))
            ledger.plan(connection, self.number, stream, 10)

    def send(self, *, connections: int = 1) -> Status:
        clock = Clock(steady=self.steady)
        config = smtp_config(self.mails.port)
        with closing(Smtp(config, QUICK)) as first:
            others = tuple(first.another() for _ in range(connections - 1))
            pacer = Pacer(1e6, sleep=lambda seconds: None)
            way = Way(pacer=pacer, clock=clock, others=others)
            send_campaign(self.database, self.number, first, self.load, way)
            for each in others:
                each.close()
        return self.status

    def steady(self, connection: Connection) -> Stamp:
        return steady(connection).after(self.later)

    def load(
        self, _: Connection, ids: Collection[int], lists: Sequence[str]
    ) -> tuple[Recipient, ...]:
        return tuple(person(number) for number in ids if number not in self.gone)

    @property
    def status(self) -> Status:
        with self.database.read() as connection:
            found = ledger.status(connection, self.issue)
        assert_adds_up(found)
        return found

    def judge(self) -> None:
        """Nobody twice; who is neither reached nor refused is named."""
        status = self.status
        reached = Counter(self.mails.people)
        assert set(reached.values()) <= {1}
        assert status.accepted <= len(reached) <= status.accepted + status.unsettled


@pytest.fixture
def campaign(database: Database, mails: MailServer) -> Campaign:
    return Campaign(database, mails)


@pytest.mark.parametrize("connections", [1, 3])
def test_everybody_gets_theirs(campaign: Campaign, connections: int) -> None:
    """One mail each, over one connection or several."""
    status = campaign.send(connections=connections)
    assert (status.state, status.accepted) == (CampaignState.FINISHED, PEOPLE)
    assert Counter(campaign.mails.people) == Counter(
        person(number).email for number in range(1, PEOPLE + 1)
    )


def test_a_refusal_is_one_persons(campaign: Campaign) -> None:
    """It is that person's failure, with the server's words."""
    campaign.mails.rcpt = {person(7).email: "550 no such user"}
    status = campaign.send()
    assert (status.accepted, sum(status.failed.values())) == (PEOPLE - 1, 1)
    assert "550 no such user" in next(iter(status.failed))
    campaign.judge()


def test_a_connection_that_breaks_before(campaign: Campaign) -> None:
    """Who was not begun is handed over anew; nobody is in doubt."""
    campaign.mails.rcpt = {person(15).email: BREAK}

    def mended(seconds: float) -> None:
        campaign.mails.rcpt = {}

    config = smtp_config(campaign.mails.port)
    with closing(Smtp(config, QUICK)) as transport:
        way = Way(pacer=Pacer(1e6, sleep=mended))
        way.pacer.hold = mended  # type: ignore[method-assign]
        send_campaign(campaign.database, campaign.number, transport, campaign.load, way)
    assert campaign.status.accepted == PEOPLE
    campaign.judge()


def test_an_answer_that_is_lost(campaign: Campaign) -> None:
    """One person is in doubt, and all others have theirs."""
    campaign.mails.content = {person(15).email: LOST}
    status = campaign.send()
    assert (status.accepted, status.unsettled) == (PEOPLE - 1, 1)
    (doubt,) = status.doubts
    assert doubt.recipients == 1
    campaign.judge()
    assert Counter(campaign.mails.people)[person(15).email] <= 1


def test_stopped_in_the_middle(campaign: Campaign) -> None:
    """A campaign that is paused begins no further mail."""
    with campaign.database.write() as connection:
        ledger.begin(connection, campaign.number)
        claim = ledger.claim(
            connection, campaign.number, campaign.load, ledger.Taking(serial=True)
        )
        assert isinstance(claim, ledger.Claim)
    with campaign.database.write() as connection:
        assert ledger.begin_mail(connection, claim.attempt, 0, Clock(), ledger.Times())
        ledger.pause(connection, campaign.number, "by hand")
    with campaign.database.write() as connection:
        assert not ledger.begin_mail(
            connection, claim.attempt, 1, Clock(), ledger.Times()
        )


@pytest.mark.parametrize("cursor", [0, 1, 4, 10])
def test_a_dead_process(campaign: Campaign, cursor: int) -> None:
    """Before the cursor all is accepted, behind it nothing was begun."""
    with campaign.database.write() as connection:
        ledger.begin(connection, campaign.number)
        claim = ledger.claim(
            connection, campaign.number, campaign.load, ledger.Taking(serial=True)
        )
        assert isinstance(claim, ledger.Claim)
        for place in range(cursor):
            ledger.begin_mail(connection, claim.attempt, place, Clock(), ledger.Times())
    campaign.later = 200
    status = campaign.send()
    doubt = min(cursor, 1)
    assert (status.unsettled, status.accepted) == (doubt, PEOPLE - doubt)
    before = {person(number).email for number in range(1, cursor + 1)}
    assert not before & set(campaign.mails.people)
    assert len(campaign.mails.people) == PEOPLE - cursor


@pytest.mark.parametrize("seed", range(2))
def test_killed_at_random(database: Database, mails: MailServer, seed: int) -> None:
    """kill -9 at moments of chance: nobody twice, one in doubt a kill at most."""
    campaign = Campaign(database, mails)
    chance = random.Random(seed)
    url = database.engine.url.render_as_string(hide_password=False)
    kills = 0
    for _ in range(4):
        command = [sys.executable, "-m", "tests.delivery.test_serial"]
        command += [url, str(mails.port), str(campaign.number), str(campaign.later)]
        before = len(mails.people)
        with subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
        ) as process:
            deadline = time.monotonic() + 20
            while len(mails.people) < before + 3 and process.poll() is None:
                assert time.monotonic() < deadline
                time.sleep(0.001)
            time.sleep(chance.random() * 0.01)
            process.kill()
        kills += process.returncode == -signal.SIGKILL
        campaign.later += 200
    status = campaign.send()
    campaign.judge()
    assert not status.pending
    assert status.unsettled <= kills
    unknown = status.batches.get(BatchState.UNKNOWN, 0)
    assert unknown == status.unsettled


def main(url: str, port: str, campaign: str, later: str) -> None:
    """A process that sends, for the test above to kill."""
    database = open_database(url)

    def load(
        _: Connection, ids: Collection[int], lists: Sequence[str]
    ) -> tuple[Recipient, ...]:
        return tuple(map(person, ids))

    clock = Clock(steady=lambda connection: steady(connection).after(float(later)))
    way = Way(pacer=Pacer(1e6), clock=clock)
    send_campaign(database, int(campaign), Smtp(smtp_config(int(port))), load, way)


if __name__ == "__main__":
    main(*sys.argv[1:])
