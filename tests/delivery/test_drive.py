"""The loop that sends a campaign: who gets what, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from digest import ledger
from digest.delivery import Pacer, Transport, Way, open_transport, send_campaign
from digest.delivery.drive import LONGEST_WAIT, PATIENCE
from digest.delivery.sendgrid import PATH, SendGrid, outcome_of
from digest.delivery.wire import Deadlines, Wire
from digest.errors import DeliveryError
from digest.ledger import Clock, Stamp, Status, Taking
from digest.model import AttemptState, CampaignState
from digest.store import Database
from digest.store.tables import issue
from subscribers.model import Recipient
from tests.delivery.conftest import Prism
from tests.delivery.faults import (
    LOST,
    FaultServer,
    Reply,
    people_of,
    refusal,
)
from tests.delivery.samples import EMAIL, outbox_config, person, sendgrid_config

START = datetime(2026, 11, 23, 8, tzinfo=UTC)


class Time:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)


class Newsroom:
    """A campaign of some people, and the transport that it goes by."""

    def __init__(self, database: Database, transport: Transport) -> None:
        self.database = database
        self.transport = transport
        self.time = Time()
        self.gone: set[int] = set()
        self.progress: list[tuple[int, AttemptState]] = []
        with database.write() as connection:
            connection.execute(
                insert(issue).values(
                    id=1,
                    series="weekly",
                    number=1,
                    subject="s",
                    built_at=START,
                    content="{}",
                )
            )
            self.campaign = ledger.create_campaign(
                connection,
                1,
                EMAIL,
                transport="sendgrid",
                lists=["readers"],
                now=START,
            )

    def plan(self, people: int, size: int = 1000) -> None:
        with self.database.write() as connection:
            stream = map(person, range(1, people + 1))
            ledger.plan(connection, self.campaign, stream, size)

    def send(self, per_second: float = 1e6) -> Status:
        send_campaign(
            self.database,
            self.campaign,
            self.transport,
            self.load,
            Way(
                progress=lambda people, outcome: self.progress.append(
                    (people, outcome.state)
                ),
                pacer=Pacer(per_second, lambda: self.time.seconds, self.time.sleep),
                clock=self.clock,
                token=lambda: "",
            ),
        )
        return self.status

    def claim(self, connection: Connection) -> None:
        """Take a batch as another process does."""
        taking = Taking(clock=self.clock)
        assert ledger.claim(connection, self.campaign, self.load, taking)

    @property
    def clock(self) -> Clock:
        return Clock(
            now=self.time.now, steady=lambda _: Stamp("test", self.time.seconds)
        )

    def load(
        self, _: Connection, ids: Collection[int], lists: Sequence[str]
    ) -> tuple[Recipient, ...]:
        assert lists == ["readers"]
        return tuple(person(number) for number in ids if number not in self.gone)

    @property
    def status(self) -> Status:
        with self.database.read() as connection:
            return ledger.status(connection, 1)


@pytest.fixture
def newsroom(sqlite_database: Database, faults: FaultServer) -> Iterator[Newsroom]:
    transport = SendGrid(sendgrid_config(faults.url))
    yield Newsroom(sqlite_database, transport)
    transport.close()


@pytest.mark.needs("prism")
def test_2500_subscribers_are_3_requests(
    database: Database, prism_server: Prism
) -> None:
    """All of a digest's 2,500 people arrive, and SendGrid's own schema accepts it."""
    before = prism_server.requests()
    transport = open_transport("sendgrid", sendgrid_config(prism_server.url))
    newsroom = Newsroom(database, transport)
    newsroom.plan(2500)
    status = newsroom.send()
    transport.close()
    assert prism_server.requests() - before == 3
    assert newsroom.progress == [
        (1000, AttemptState.ACCEPTED),
        (1000, AttemptState.ACCEPTED),
        (500, AttemptState.ACCEPTED),
    ]
    assert (status.planned, status.accepted) == (2500, 2500)
    assert status.state is CampaignState.FINISHED


@pytest.mark.needs("prism")
def test_the_schema_has_the_last_word(prism_server: Prism) -> None:
    """Prism refuses what SendGrid's description forbids, and we understand it."""
    entry = {"to": [{"email": "reader@example.org"}]}
    sender = {"email": "editor@example.org"}
    headers = {"Authorization": "Bearer x", "Content-Type": "application/json"}
    wire = Wire(prism_server.url, headers, Deadlines())
    answers = [
        wire.post(
            PATH, json.dumps({"personalizations": people, "from": sender}).encode()
        )
        for people in ([entry] * 1000, [entry] * 1001)
    ]
    wire.close()
    assert [answer.status for answer in answers] == [202, 400]
    with pytest.raises(DeliveryError, match="SendGrid refuses it: 400"):
        outcome_of(answers[1], now=0)


def test_everybody_gets_one(newsroom: Newsroom, faults: FaultServer) -> None:
    """Each person once, in batches of the size planned; then it is finished."""
    newsroom.plan(25, size=10)
    status = newsroom.send()
    assert [len(people_of(request)) for request in faults.requests] == [10, 10, 5]
    assert sorted(map(int, faults.people)) == list(range(1, 26))
    assert (status.accepted, status.state) == (25, CampaignState.FINISHED)


def test_ids_of_attempts_go_along(newsroom: Newsroom, faults: FaultServer) -> None:
    """Each request names its own attempt, so that events can be told apart."""
    newsroom.plan(2, size=1)
    newsroom.send()
    names = [
        request["personalizations"][0]["custom_args"]["dg_attempt"]
        for request in faults.requests
    ]
    assert len(set(names)) == 2


def test_sending_again_reaches_nobody_twice(
    newsroom: Newsroom, faults: FaultServer
) -> None:
    """What is done is done; who joined meanwhile gets theirs."""
    newsroom.plan(3)
    newsroom.send()
    newsroom.plan(5)
    newsroom.send()
    newsroom.send()
    assert faults.people == ["1", "2", "3", "4", "5"]


def test_who_left_gets_nothing(newsroom: Newsroom, faults: FaultServer) -> None:
    """People are taken away at the last check, and counted."""
    newsroom.plan(4, size=2)
    newsroom.gone = {1, 3, 4}
    status = newsroom.send()
    assert faults.people == ["2"]
    assert status.excluded == {"erased": 3}
    assert status.state is CampaignState.FINISHED


def test_it_goes_on_after_the_unknown(newsroom: Newsroom, faults: FaultServer) -> None:
    """One lost answer is named and left alone; the others get theirs."""
    newsroom.plan(3, size=1)
    faults.will(LOST)
    status = newsroom.send()
    assert (status.accepted, status.unsettled) == (2, 1)
    assert status.state is CampaignState.PAUSED
    assert status.reason == "unsettled: 1 of 3 batches"
    assert [doubt.reason for doubt in status.doubts] == ["Connection reset by peer"]
    newsroom.send()
    assert sorted(faults.people) == ["1", "2", "3"], "nor is it sent again later"


@pytest.mark.parametrize(
    "reply",
    [
        refusal(401, "The provided authorization grant is invalid"),
        refusal(403, "The from address does not match", "from"),
        refusal(400, "The subject is required", "subject"),
    ],
)
def test_a_refusal_of_all_stops_it(
    newsroom: Newsroom, faults: FaultServer, reply: Reply
) -> None:
    """A wrong key or sender costs one request, not 2,000; nobody is lost by it."""
    newsroom.plan(5, size=1)
    faults.will(reply)
    status = newsroom.send()
    assert len(faults.requests) == 1
    assert (status.state, status.pending) == (CampaignState.PAUSED, 5)
    assert status.reason.startswith(f"SendGrid refuses it: {reply.status} ")
    assert newsroom.send().accepted == 5, "put right, it goes on"
    assert len(faults.people) == 5


def test_a_refusal_of_some_goes_on(newsroom: Newsroom, faults: FaultServer) -> None:
    """People that SendGrid refuses are failed, with its reason; others get theirs."""
    newsroom.plan(4, size=2)
    faults.will(refusal(400, "Bad address.", "personalizations.1.to.0.email"))
    status = newsroom.send()
    assert status.failed == {"400 Bad address. (personalizations.1.to.0.email)": 1}
    assert (status.accepted, status.state) == (3, CampaignState.FINISHED)


def test_too_many_requests_are_waited_out(
    newsroom: Newsroom, faults: FaultServer
) -> None:
    """A 429 costs the time that SendGrid asks for, and nothing else."""
    newsroom.plan(2, size=1)
    faults.will(refusal(429, "too many requests", Retry_After="7"))
    status = newsroom.send()
    assert 7.0 in newsroom.time.waits
    assert faults.people == ["1", "2"]
    assert status.state is CampaignState.FINISHED


def test_a_long_wait_is_the_operators(newsroom: Newsroom, faults: FaultServer) -> None:
    """Who is told to come back in an hour stops, and says so."""
    newsroom.plan(1)
    faults.will(refusal(429, "too many requests", Retry_After=f"{LONGEST_WAIT + 1}"))
    status = newsroom.send()
    assert (status.state, status.pending) == (CampaignState.PAUSED, 1)
    assert status.reason == "429 too many requests"


def test_patience_ends(newsroom: Newsroom, faults: FaultServer) -> None:
    """A provider that refuses again and again stops the campaign."""
    newsroom.plan(3, size=1)
    faults.will(*[refusal(429, "no", Retry_After="1")] * 20)
    status = newsroom.send()
    assert len(faults.requests) == PATIENCE
    assert (status.state, status.pending) == (CampaignState.PAUSED, 3)


def test_a_dead_processs_attempt_becomes_unknown(
    newsroom: Newsroom, faults: FaultServer
) -> None:
    """What an earlier process left under way is named, and not sent again."""
    newsroom.plan(2, size=1)
    with newsroom.database.write() as connection:
        ledger.begin(connection, newsroom.campaign)
        newsroom.claim(connection)
    newsroom.time.seconds = 181
    status = newsroom.send()
    assert faults.people == ["2"]
    assert (status.unsettled, status.batches) == (1, {"unknown": 1, "accepted": 1})


def test_a_living_processs_attempt_is_left_to_it(
    newsroom: Newsroom, faults: FaultServer
) -> None:
    """A second `send` takes what is left, and calls nothing of the first one lost."""
    newsroom.plan(2, size=1)
    with newsroom.database.write() as connection:
        ledger.begin(connection, newsroom.campaign)
        newsroom.claim(connection)
    newsroom.time.seconds = 60
    status = newsroom.send()
    assert faults.people == ["2"]
    assert status.state is CampaignState.RUNNING
    assert status.batches == {"sending": 1, "accepted": 1}


def test_a_rehearsal_is_no_campaign(newsroom: Newsroom, tmp_path: Path) -> None:
    """What reaches nobody cannot count anybody as reached."""
    newsroom.plan(1)
    newsroom.transport = open_transport("outbox", outbox_config(tmp_path))
    with pytest.raises(ValueError, match="outbox reaches nobody"):
        newsroom.send()
    assert newsroom.status.pending == 1


def test_pace(newsroom: Newsroom, faults: FaultServer) -> None:
    """Requests come at most so often a second."""
    newsroom.plan(5, size=1)
    newsroom.send(per_second=2)
    assert 2.0 <= newsroom.time.seconds <= 2.5
    assert len(faults.requests) == 5


def test_pace_forgets_a_pause() -> None:
    """Time that nobody used is not made up for in a rush."""
    time = Time()
    pacer = Pacer(1, lambda: time.seconds, time.sleep)
    pacer.wait()
    time.seconds += 60
    pacer.wait()
    pacer.wait()
    assert time.waits == [1.0]
