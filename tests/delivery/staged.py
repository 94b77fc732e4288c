"""A campaign at the office (`tests.delivery.office`), in the office's time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from digest import ledger
from digest.delivery import Handover, Pacer, Way, request_body, send_campaign
from digest.delivery.keeper import Keeper, take_back
from digest.delivery.scheduling import Cancelled, ProviderClock
from digest.delivery.sendgrid import outcome_of
from digest.delivery.wire import Answer
from digest.ledger import Clock, Stamp, Status, Times
from digest.ledger.packing import unpack
from digest.ledger.transitions import BatchState
from digest.model import AttemptState, Mode, Outcome
from digest.store import Database
from digest.store.tables import batch
from subscribers.model import Recipient
from tests.delivery.office import START, Office, Reply
from tests.delivery.samples import EMAIL, person, sendgrid_config
from tests.ledger.desk import insert_issue

CONFIG = sendgrid_config("http://127.0.0.1:9")
#: what happens at a point of the way, where a test wants something to happen
Point = Callable[[str], None]


class Killed(BaseException):
    """A process ends here, as by kill -9."""


def nothing(point: str) -> None:
    """Nothing happens."""


class AtTheOffice:
    """The transport and its staging, in the process; answers as over the wire."""

    name = "sendgrid"
    rehearsal = False
    serial = False
    stages = True

    def __init__(self, office: Office, point: Point = nothing) -> None:
        self.office = office
        self.point = point
        self.clock = ProviderClock(steady=lambda: office.time)

    def send(self, handover: Handover) -> Outcome:
        self.point("after check")
        body = json.loads(request_body(handover, CONFIG))
        self.point("half body")
        reply = self.office.mail(body)
        self.point("after body")
        if reply is None:
            lost = "the connection broke"
            return Outcome(state=AttemptState.UNKNOWN, reason=lost)
        outcome = outcome_of(_answer(reply), self.office.time)
        self.point("after answer")
        return outcome

    def another(self) -> AtTheOffice:
        return self

    def staging(self) -> AtTheOffice:
        return self

    def close(self) -> None:
        """Nothing is held open."""

    # --- Staging ----------------------------------------------------------------------

    def new_id(self) -> str:
        self._note()
        return self.office.new_id()

    def cancellations(self) -> set[str]:
        self._note()
        return {each["batch_id"] for each in self.office.scheduled()}

    def cancel(self, provider_id: str) -> Cancelled:
        self.point("before cancel")
        reply = self.office.cancel(provider_id)
        self.point("after cancel")
        date = self._note()
        if reply is None:
            return Cancelled(reason="the connection broke")
        if reply[0] == 201 or (reply[0] == 400 and self.office.scheduled(provider_id)):
            return Cancelled(proof=date)
        return Cancelled(reason=f"{reply[0]}")

    def forget(self, provider_id: str) -> None:
        self.office.forget(provider_id)

    def _note(self) -> datetime:
        """The date of an answer: in whole seconds."""
        date = datetime.fromtimestamp(int(self.office.time), UTC)
        self.clock.note(date, self.office.time)
        return date


def _answer(reply: Reply) -> Answer:
    status, body, headers = reply
    content = b"" if body is None else json.dumps(body).encode()
    return Answer(status=status, headers=headers, body=content)


class Staged:
    """One campaign of some people, and processes that drive it one after the other."""

    def __init__(
        self,
        database: Database,
        office: Office,
        people: int = 20,
        size: int = 2,
        *,
        ahead: float = 60 * 60,
        mode: Mode = Mode.STAGED,
    ) -> None:
        self.database = database
        self.office = office
        self.times = Times()
        self.gone: set[int] = set()
        self.told: list[str] = []
        self.people = people
        self.send_at = START + ahead if mode is Mode.STAGED else None
        due = datetime.fromtimestamp(self.send_at, UTC) if self.send_at else None
        with database.write() as connection:
            self.issue = insert_issue(connection, 1)
            self.campaign = ledger.create_campaign(
                connection,
                self.issue,
                EMAIL,
                transport="sendgrid",
                lists=["readers"],
                now=self.now(),
                mode=mode,
                send_at=due,
            )
            stream = map(person, range(1, people + 1))
            ledger.plan(
                connection, self.campaign, stream, size, when=lambda person: due
            )

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.office.time, UTC)

    @property
    def clock(self) -> Clock:
        return Clock(now=self.now, steady=lambda _: Stamp("office", self.office.time))

    def load(
        self, _: Connection, ids: Collection[int], lists: Sequence[str]
    ) -> tuple[Recipient, ...]:
        return tuple(person(number) for number in ids if number not in self.gone)

    def way(self, transport: AtTheOffice, **also: Any) -> Way:
        pacer = Pacer(1e6, lambda: self.office.time, self.sleep)
        staged = self.send_at is not None
        return Way(
            pacer=pacer,
            clock=self.clock,
            times=self.times,
            staging=transport if staged else None,
            tell=self.told.append,
            **also,
        )

    def sleep(self, seconds: float) -> None:
        self.office.sleep(seconds)

    def drive(self, point: Point = nothing, **also: Any) -> Status:
        """A process that drives the campaign to its end, or is killed on its way."""
        transport = AtTheOffice(self.office, point)
        with self.office.working(), suppress(Killed):
            send_campaign(
                self.database,
                self.campaign,
                transport,
                self.load,
                self.way(transport, **also),
            )
        return self.status

    def take_back(self, *, everything: bool = True) -> Status:
        """What `pause`, `cancel` and `settle` do."""
        transport = AtTheOffice(self.office)
        keeper = Keeper(
            database=self.database,
            campaign=self.campaign,
            clock=self.clock,
            times=self.times,
            staging=transport,
            write=self.database.write,
            seconds=lambda: self.office.time,
            tell=self.told.append,
            everything=everything,
        )
        with self.office.working():
            take_back(keeper, self.sleep, lambda: False)
        return self.status

    def pass_time(self, seconds: float) -> None:
        self.office.advance(self.office.time + seconds)

    @property
    def status(self) -> Status:
        with self.database.read() as connection:
            return ledger.status(connection, self.issue)

    def people_in(self, *states: BatchState) -> set[int]:
        with self.database.read() as connection:
            packed = connection.scalars(
                select(batch.c.recipients).where(batch.c.state.in_(states))
            )
            return {number for each in packed for number in unpack(each)}

    @property
    def out(self) -> Counter[int]:
        """How many mails each person gets in the end."""
        self.office.advance(self.office.time + 10 * 24 * 60 * 60)
        return self.office.out

    def judge(self) -> None:
        """Nobody twice; who counts as reached is; who is not is named."""
        assert_adds_up(self.status)
        out = self.out
        twice = {who for who, times in out.items() if times > 1}
        assert not twice, f"twice: {sorted(twice)}"
        lost = self.people_in(BatchState.ACCEPTED) - set(out) - self.gone
        assert not lost, f"lost: {sorted(lost)}"
        misnamed = set(out) & self.people_in(
            BatchState.PLANNED, BatchState.REJECTED, BatchState.DROPPED
        )
        assert not misnamed, f"out, and still to be sent: {sorted(misnamed)}"


def assert_adds_up(status: Status) -> None:
    parts = [status.pending, status.accepted, status.unsettled]
    parts += [*status.excluded.values(), *status.failed.values()]
    assert status.planned == sum(parts)
