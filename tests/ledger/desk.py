"""A ledger with one issue in it, and the words that its tests are told in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert

from digest import ledger
from digest.ledger import Claim, Clock, Stamp, Status, Taking
from digest.model import AttemptState, Email, Outcome, Placeholder
from digest.store import Database
from digest.store.tables import issue
from subscribers.model import Recipient

START = datetime(2026, 11, 23, 8, tzinfo=UTC)
EMAIL = Email(
    subject="Sieben Brücken",
    preheader="…",
    html="<p>-dg1-</p>",
    text="-dg1-",
    tags={Placeholder.UNSUBSCRIBE_URL: "-dg1-"},
)
YES = Outcome(state=AttemptState.ACCEPTED, message_id="m-1")
NO = Outcome(state=AttemptState.REFUSED, reason="400 bad address")
LATER = Outcome(state=AttemptState.REFUSED, reason="429 slow down", retry_after=2)
LOST = Outcome(state=AttemptState.UNKNOWN, reason="connection reset")


def recipient(number: int) -> Recipient:
    email = f"reader{number}@example.org"
    return Recipient(id=number, email=email, name="", token=f"t{number}")


class Desk:
    """One issue's campaign; each step is a transaction of its own."""

    def __init__(self, database: Database, number: int = 1) -> None:
        self.database = database
        self.now = START
        #: who has left since the plan
        self.gone: set[int] = set()
        #: the lists that the check before a hand-over was asked for
        self.lists: Sequence[str] = ()
        with database.write() as connection:
            self.issue = insert_issue(connection, number)
        self.campaign = self.create("readers")

    def create(self, *lists: str, email: Email = EMAIL) -> int:
        with self.database.write() as connection:
            return ledger.create_campaign(
                connection,
                self.issue,
                email,
                transport="sendgrid",
                lists=lists,
                now=self.now,
            )

    def plan(self, ids: Iterable[int], size: int = 1000) -> int:
        with self.database.write() as connection:
            return ledger.plan(connection, self.campaign, map(recipient, ids), size)

    def begin(self) -> None:
        with self.database.write() as connection:
            ledger.begin(connection, self.campaign)

    def claim(self) -> Claim | None:
        with self.database.write() as connection:
            found = ledger.claim(connection, self.campaign, self.load, self.taking)
        assert found is None or isinstance(found, Claim)
        return found

    @property
    def clock(self) -> Clock:
        seconds = (self.now - START).total_seconds()
        return Clock(now=lambda: self.now, steady=lambda _: Stamp("test", seconds))

    @property
    def taking(self) -> Taking:
        return Taking(clock=self.clock)

    def load(
        self, _: Connection, ids: Collection[int], lists: Sequence[str]
    ) -> tuple[Recipient, ...]:
        self.lists = lists
        return tuple(recipient(number) for number in ids if number not in self.gone)

    def take(self) -> Claim:
        claim = self.claim()
        assert claim is not None
        return claim

    def record(self, claim: Claim, outcome: Outcome) -> bool:
        with self.database.write() as connection:
            return ledger.record(connection, claim.attempt, outcome, self.now)

    def expire(self, after: timedelta) -> int:
        with self.database.write() as connection:
            self.now += after
            return ledger.expire(connection, self.campaign, self.clock)

    def pause(self, reason: str) -> None:
        with self.database.write() as connection:
            ledger.pause(connection, self.campaign, reason)

    def conclude(self) -> None:
        with self.database.write() as connection:
            ledger.conclude(connection, self.campaign)

    @property
    def status(self) -> Status:
        with self.database.read() as connection:
            return ledger.status(connection, self.issue)


def insert_issue(connection: Connection, number: int) -> int:
    result = connection.execute(
        insert(issue).values(
            series="weekly", number=number, subject="s", built_at=START, content="{}"
        )
    )
    (key,) = result.inserted_primary_key or (0,)
    return int(key)


def adds_up(status: Status) -> bool:
    """The one equation that holds at every moment."""
    parts = [status.pending, status.accepted, status.unsettled]
    parts += [*status.excluded.values(), *status.failed.values()]
    in_doubt = sum(doubt.recipients for doubt in status.doubts)
    return status.planned == sum(parts) and status.unsettled == in_doubt
