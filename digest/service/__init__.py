"""What runs by itself: schedules whose slots are due, one after the other.

Each slot is done once, however many processes look (the primary key of `slot`). One
that a crash left running, or that failed for what can be mended, is taken up where it
stood: its issue, once frozen, is in the slot's row, and is never built twice.
"""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection

from digest import driving, events, pipeline, sending
from digest.collecting import HOURLY
from digest.delivery import Transport, open_transport
from digest.errors import CheckRefused, DeliveryError, DigestError, NothingToDo
from digest.pipeline import Desk
from digest.schedule import Slot, latest, parse_cadence, parse_zone
from digest.service.campaigns import Driven, drive_due
from digest.store import schedules
from digest.store.schedules import MENDABLE, Begun, SlotState, StoredSchedule
from subscribers import retention
from subscribers.errors import SubscriberError

__all__ = ["Driven", "SlotResult", "drive_due", "forget", "run_due"]

#: a weekly digest that is later than this is no longer wanted unasked
LATENESS = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotResult:
    """What became of a slot."""

    schedule: str
    slot: str
    state: SlotState
    reason: str = ""
    issue: int | None = None

    @property
    def mendable(self) -> bool:
        """Whether the next run takes it up again."""
        return self.state in MENDABLE


def run_due(desk: Desk, halt: threading.Event | None = None) -> list[SlotResult]:
    """Collect, build, check and send for every schedule whose slot is due."""
    halt = halt or threading.Event()
    with desk.database.read() as connection:
        stored = schedules.all_schedules(connection)
    runs = (_Run(desk, schedule, halt) for schedule in stored if not halt.is_set())
    return [result for run in runs if (result := run.due())]


def forget(desk: Desk) -> None:
    """Forget what was noted of readers longer ago than the days of `[retention]`."""
    settings = desk.config.retention
    _forget(desk, retention.forget, settings.ips)
    _forget(desk, events.forget, settings.events)


class _Forgetting(Protocol):
    def __call__(self, connection: Connection, *, before: datetime) -> bool:
        """Forget some of it; whether there may be more."""


def _forget(desk: Desk, some: _Forgetting, days: int) -> None:
    """Some after the other, each a transaction; 0 days stand for ever."""
    before = desk.clock() - timedelta(days=days)
    more = days > 0
    while more:
        with desk.database.write() as connection:
            more = some(connection, before=before)


@dataclass(frozen=True, slots=True)
class _Run:
    """One schedule's turn."""

    desk: Desk
    stored: StoredSchedule
    halt: threading.Event

    def due(self) -> SlotResult | None:
        """Do the latest slot if it is due and not done; None if there is none."""
        now = self.desk.clock()
        slot = latest(
            parse_cadence(self.stored.schedule.every),
            parse_zone(self.stored.schedule.zone),
            after=self.stored.created_at,
            now=now,
        )
        if slot is None:
            return None
        with self.desk.database.write() as connection:
            begun = schedules.begin_slot(connection, self.stored.id, slot.key, now)
        if begun.state is not SlotState.RUNNING and begun.state not in MENDABLE:
            return None
        late = now - slot.at > LATENESS
        result = self._too_late(slot, begun) if late else None
        result = result or self._do(slot, begun.issue)
        self._end(result)
        return result

    def _too_late(self, slot: Slot, begun: Begun) -> SlotResult | None:
        """The end of a slot that nobody wants any more; None for one under way."""
        if begun.issue is None:
            return self._result(slot, SlotState.SKIPPED, "missed, too late now")
        if begun.state is SlotState.RUNNING:
            return None
        way_out = sending.send_command(begun.issue, self.stored.schedule.lists)
        reason = f"not mended in time; to send it nevertheless: {way_out}"
        return self._result(slot, SlotState.SKIPPED, reason, begun.issue)

    def _do(self, slot: Slot, issue: int | None) -> SlotResult:
        try:
            # What it cannot send it does not build.
            with closing(self._transport()) as transport:
                issue = issue or self._build(slot)
                return self._send(slot, issue, transport)
        except NothingToDo as error:
            # An issue that reaches nobody may yet; without one there is nothing.
            state = SlotState.FAILED if issue else SlotState.SKIPPED
            return self._result(slot, state, str(error), issue)
        except CheckRefused as error:
            return self._result(slot, SlotState.REFUSED, str(error), issue)
        except (DigestError, SubscriberError) as error:
            return self._result(slot, SlotState.FAILED, str(error), issue)

    def _transport(self) -> Transport:
        config = driving.for_lists(self.desk, self.stored.schedule.lists)
        if config.transport_name == "outbox" and not config.transport.name:
            raise DeliveryError(
                "a schedule sends to files only if [transport] name says outbox; "
                "else set SENDGRID_API_KEY"
            )
        return open_transport(config.transport_name, config)

    def _build(self, slot: Slot) -> int:
        """Collect and freeze; the issue enters the slot's row with its freezing."""

        def enter(connection: Connection, issue: int) -> None:
            schedules.set_issue(connection, self.stored.id, slot.key, issue)

        pipeline.collect(self.desk, every=HOURLY)
        built = pipeline.build(self.desk, series=self.stored.schedule.name, also=enter)
        assert built.issue.id is not None  # noqa: S101  (only a dry run has none)
        return built.issue.id

    def _send(self, slot: Slot, issue: int, transport: Transport) -> SlotResult:
        lists = self.stored.schedule.lists
        prepared = sending.prepare(self.desk, issue, lists, transport=transport)
        status = prepared.go(halt=self.halt).status
        if status is None:
            return self._result(slot, SlotState.REHEARSED, issue=issue)
        if status.pending:
            reason = f"{status.reason} ({status.pending} of {status.planned} wait)"
            return self._result(slot, SlotState.FAILED, reason, issue)
        if status.unsettled or status.failed:
            return self._result(slot, SlotState.UNSETTLED, status.reason, issue)
        return self._result(slot, SlotState.SENT, issue=issue)

    def _end(self, result: SlotResult) -> None:
        with self.desk.database.write() as connection:
            schedules.end_slot(
                connection,
                self.stored.id,
                result.slot,
                state=result.state,
                reason=result.reason,
                now=self.desk.clock(),
            )

    def _result(
        self, slot: Slot, state: SlotState, reason: str = "", issue: int | None = None
    ) -> SlotResult:
        return SlotResult(
            schedule=self.stored.schedule.name,
            slot=slot.key,
            state=state,
            reason=reason,
            issue=issue,
        )
