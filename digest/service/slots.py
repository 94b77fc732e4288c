"""One slot of a schedule: collect, build, check, have it approved, send."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import Connection

from digest import driving, pipeline, sending
from digest.collecting import HOURLY
from digest.delivery import Transport, open_transport
from digest.errors import CheckRefused, DeliveryError, DigestError, NothingToDo
from digest.model import CampaignState, Missed, Otherwise
from digest.pipeline import Desk
from digest.schedule import Slot, latest, parse_cadence, parse_zone
from digest.sending import Timing
from digest.service.telling import tell_editor
from digest.store import schedules
from digest.store.schedules import MENDABLE, Begun, SlotState, StoredSchedule
from subscribers.errors import SubscriberError


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


@dataclass(frozen=True, slots=True)
class Run:
    """One schedule's turn."""

    desk: Desk
    stored: StoredSchedule
    halt: threading.Event
    #: a random text for a link that is mailed
    token: Callable[[], str]

    def due(self) -> SlotResult | None:
        """Do the latest slot if it is due and not done; None if there is none.

        It is due its lead before the time that it goes out.
        """
        schedule, now = self.stored.schedule, self.desk.clock()
        slot = latest(
            parse_cadence(schedule.every),
            parse_zone(schedule.zone),
            after=self.stored.created_at,
            now=now + schedule.lead,
        )
        if slot is None:
            return None
        with self.desk.database.write() as connection:
            begun = schedules.begin_slot(connection, self.stored.id, slot.key, now)
        if begun.state is not SlotState.RUNNING and begun.state not in MENDABLE:
            return None
        result = self._not_wanted(slot, begun) or self._do(slot, begun)
        self._end(result)
        return None if result.state is begun.state is SlotState.WAITING else result

    # --- Whether it is wanted ---------------------------------------------------------

    def _not_wanted(self, slot: Slot, begun: Begun) -> SlotResult | None:
        """What becomes of a slot that nobody wants unasked; None where it is done."""
        schedule, now = self.stored.schedule, self.desk.clock()
        if now - slot.at > schedule.lateness:
            return self._too_late(slot, begun)
        fresh = begun.issue is None and begun.state is SlotState.RUNNING
        if not fresh or now <= slot.at or schedule.missed is Missed.ONCE:
            return None
        if schedule.missed is Missed.SKIP:
            return self._result(slot, SlotState.SKIPPED, "missed")
        return None

    def _too_late(self, slot: Slot, begun: Begun) -> SlotResult | None:
        """The end of a slot that nobody wants any more; None for one under way."""
        if begun.issue is None:
            return self._result(slot, SlotState.SKIPPED, "missed, too late now")
        if begun.state is SlotState.RUNNING:
            return None
        way_out = sending.send_command(begun.issue, self.stored.schedule.lists)
        reason = f"not mended in time; to send it nevertheless: {way_out}"
        return self._result(slot, SlotState.SKIPPED, reason, begun.issue)

    # --- Doing it ---------------------------------------------------------------------

    def _do(self, slot: Slot, begun: Begun) -> SlotResult:
        issue = begun.issue
        try:
            # What it cannot send it does not build.
            with closing(self._transport()) as transport:
                issue = issue or self._build(slot)
                if waits := self._approval(slot, begun, issue):
                    return waits
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
        ahead = slot.at > self.desk.clock()
        prepared = sending.prepare(
            self.desk,
            issue,
            lists,
            transport=transport,
            timing=Timing(at=slot.at if ahead else None),
        )
        status = prepared.go(halt=self.halt).status
        if status is None:
            return self._result(slot, SlotState.REHEARSED, issue=issue)
        if status.state is CampaignState.SCHEDULED:
            reason = f"goes out at {slot.at:%H:%M} UTC"
            return self._result(slot, SlotState.SENT, reason, issue)
        if status.pending:
            reason = f"{status.reason} ({status.pending} of {status.planned} wait)"
            return self._result(slot, SlotState.FAILED, reason, issue)
        if status.unsettled or status.failed:
            return self._result(slot, SlotState.UNSETTLED, status.reason, issue)
        return self._result(slot, SlotState.SENT, issue=issue)

    # --- Approval ---------------------------------------------------------------------

    def _approval(self, slot: Slot, begun: Begun, issue: int) -> SlotResult | None:
        """Why it waits, or is left out; None where it goes out."""
        schedule, now = self.stored.schedule, self.desk.clock()
        missed = now > slot.at and schedule.missed is Missed.ASK
        if begun.approved or not (schedule.approve or missed):
            return None
        deadline = (
            slot.at + schedule.lateness if missed else slot.at - schedule.deadline
        )
        if now >= deadline:
            if schedule.otherwise is Otherwise.SEND and not missed:
                return None
            reason = f"nobody approved it by {deadline:%H:%M} UTC"
            return self._result(slot, SlotState.SKIPPED, reason, issue)
        self._ask(slot, issue)
        reason = f"waits until {deadline:%H:%M} UTC for: digest approve {issue}"
        return self._result(slot, SlotState.WAITING, reason, issue)

    def _ask(self, slot: Slot, issue: int) -> None:
        """Mail the editor once what there is to approve."""
        token, config = self.token(), self.desk.config
        base = config.newsletter.base_url.rstrip("/")
        link = f"\n\nor press the button on {base}/approve/{token}" if base else ""
        with self.desk.database.write() as connection:
            if not schedules.ask_approval(
                connection, self.stored.id, slot.key, schedules.hash_of(token)
            ):
                return
            tell_editor(
                connection,
                self.desk,
                f"To approve: {self.stored.schedule.name}, {slot.key}",
                f"Issue {issue} is built, and waits for you.\n\n"
                f"Look at it:     digest preview {issue}\n"
                f"Approve it:     digest approve {issue}{link}",
            )

    # --- Ending -----------------------------------------------------------------------

    def _end(self, result: SlotResult) -> None:
        """Write down what became of it, and tell the editor of what is new and bad."""
        with self.desk.database.write() as connection:
            schedules.end_slot(
                connection,
                self.stored.id,
                result.slot,
                state=result.state,
                reason=result.reason,
                now=self.desk.clock(),
            )
            said = f"{result.state}: {result.reason}"
            if result.state in TOLD and schedules.tell(
                connection, self.stored.id, result.slot, said
            ):
                issue = f"Issue {result.issue}: " if result.issue else ""
                tell_editor(
                    connection,
                    self.desk,
                    f"{result.schedule} {result.slot} {result.state}",
                    f"{issue}{result.reason}",
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


#: what an editor wants to hear of
TOLD = frozenset(
    {
        SlotState.FAILED,
        SlotState.REFUSED,
        SlotState.SKIPPED,
        SlotState.UNSETTLED,
    }
)
