"""One slot of a schedule: collect, build, check, have it approved, send."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import Connection

from digest import driving, ledger, pipeline, sending
from digest.collecting import HOURLY
from digest.delivery import Transport, open_transport
from digest.errors import CheckRefused, DeliveryError, DigestError, NothingToDo
from digest.ledger import Times
from digest.model import CampaignState, Email, Missed, Otherwise
from digest.pipeline import Built, Desk
from digest.schedule import (
    LocalTime,
    Slot,
    following,
    latest,
    parse_cadence,
    parse_zone,
)
from digest.sending import Sending, Timing
from digest.service.asking import question
from digest.service.telling import about, clock_of, put, tell_editor
from digest.store import approvals, issues, schedules
from digest.store.schedules import MENDABLE, OPEN, Begun, SlotState, StoredSchedule
from subscribers.errors import SubscriberError


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotResult:
    """What became of a slot."""

    schedule: str
    slot: str
    state: SlotState
    reason: str = ""
    issue: int | None = None
    #: what was handed over has yet to go out
    ahead: bool = False

    @property
    def mendable(self) -> bool:
        """Whether something is wrong, and the next run takes it up once it is not."""
        return self.state in MENDABLE and self.state is not SlotState.WAITING


@dataclass(frozen=True, slots=True)
class Run:
    """One schedule's turn."""

    desk: Desk
    stored: StoredSchedule
    halt: threading.Event
    #: a random text for a link that is mailed
    token: Callable[[], str]
    #: what is planned is left to whoever drives what is due
    leave: bool = False

    def due(self) -> SlotResult | None:
        """Do the latest slot if it is due and not over; None if there is none, or
        another process is at it."""
        slot = due_slot(self.stored, self.desk.clock())
        if slot is None:
            return None
        with self.desk.database.only(f"slot {self.stored.id} {slot.key}") as mine:
            return self._due(slot) if mine else None

    def _due(self, slot: Slot) -> SlotResult | None:
        now = self.desk.clock()
        with self.desk.database.write() as connection:
            begun = schedules.begin_slot(connection, self.stored.id, slot.key, now)
        if begun.state not in OPEN:
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
        done = "approved" if begun.state is SlotState.WAITING else "mended"
        reason = f"not {done} in time; {self._ways_out(begun.issue)}"
        return self._result(slot, SlotState.SKIPPED, reason, begun.issue)

    # --- Doing it ---------------------------------------------------------------------

    def _do(self, slot: Slot, begun: Begun) -> SlotResult:
        issue = begun.issue
        try:
            if begun.state is SlotState.WAITING and issue is not None:
                waits = self._approval(slot, begun, issue)
                if waits:
                    return waits
            # What it cannot send it does not build.
            with closing(self._transport()) as transport:
                issue = issue or self._build(slot, transport)
                self._render_anew(issue, begun)
                prepared = sending.prepare(
                    self.desk,
                    issue,
                    self.stored.schedule.lists,
                    transport=transport,
                    timing=self._timing(slot, transport),
                )
                if waits := self._approval(slot, begun, issue, prepared.email):
                    return waits
                return self._send(slot, prepared)
        except NothingToDo as error:
            # An issue that reaches nobody may yet; without one there is nothing.
            state = SlotState.FAILED if issue else SlotState.SKIPPED
            return self._result(slot, state, str(error), issue)
        except CheckRefused as error:
            return self._result(slot, SlotState.REFUSED, str(error), issue)
        except (DigestError, SubscriberError, OSError) as error:
            return self._result(slot, SlotState.FAILED, str(error), issue)
        except Exception as error:
            # It keeps no other schedule waiting. Its words may hold an address.
            log = logging.getLogger(__name__)
            log.exception("schedule %s", self.stored.schedule.name)
            reason = (
                f"a fault in the program ({type(error).__name__}): its trace is in "
                "the log; please report it"
            )
            return self._result(slot, SlotState.FAILED, reason, issue)

    def _transport(self) -> Transport:
        config = driving.for_lists(self.desk, self.stored.schedule.lists)
        if config.transport_name == "outbox" and not config.transport.name:
            raise DeliveryError(
                "a schedule sends to files only if [transport] name says outbox; "
                "else set SENDGRID_API_KEY"
            )
        return open_transport(config.transport_name, config)

    def _timing(self, slot: Slot, transport: Transport) -> Timing:
        """At its time; with `local`, whose time is past gets it as soon as can be."""
        schedule, now = self.stored.schedule, self.desk.clock()
        if not schedule.local:
            return Timing(at=slot.at if slot.at > now else None)
        ahead = Times().fuse if transport.stages else 0
        local = LocalTime(
            at=slot.wall.time(),
            zone=parse_zone(schedule.zone),
            now=now,
            ahead=timedelta(seconds=ahead),
            day=slot.date,
            late="now",
        )
        return Timing(local=local)

    def _build(self, slot: Slot, transport: Transport) -> int:
        """Collect and freeze; with its freezing the issue enters the slot's row, and
        its campaign is made: from then on its e-mail stands."""

        def enter(connection: Connection, built: Built) -> None:
            issue = id_of(built)
            schedules.set_issue(connection, self.stored.id, slot.key, issue)
            if not transport.rehearsal:
                Sending(
                    desk=self.desk,
                    issue=issue,
                    lists=self.stored.schedule.lists,
                    transport=transport,
                    email=built.email,
                    timing=self._timing(slot, transport),
                ).create(connection)

        pipeline.collect(self.desk, every=HOURLY)
        return id_of(
            pipeline.build(self.desk, series=self.stored.schedule.name, also=enter)
        )

    def _render_anew(self, issue: int, begun: Begun) -> None:
        """What a check refused may be mended in the settings or the templates: until
        somebody was asked to approve it, its e-mail is made again."""
        if begun.state is not SlotState.REFUSED or begun.asked:
            return
        with self.desk.database.write() as connection:
            campaign = ledger.find_campaign(connection, issue)
            if campaign is not None:
                frozen = issues.get_issue(connection, issue)
                email = pipeline.render(self.desk, frozen)
                ledger.set_email(connection, campaign, email)

    def _send(self, slot: Slot, prepared: Sending) -> SlotResult:
        sent = prepared.leave() if self.leave else prepared.go(halt=self.halt)
        status, issue, schedule = sent.status, prepared.issue, self.stored.schedule
        if status is None:
            return self._result(slot, SlotState.REHEARSED, issue=issue)
        if status.state in UNDER_WAY:
            result = self._result(slot, SlotState.SENT, self._when(slot), issue)
            ahead = schedule.local or slot.at > self.desk.clock()
            return replace(result, ahead=ahead)
        if status.pending:
            reason = f"{status.reason} ({status.pending} of {status.planned} wait)"
            return self._result(slot, SlotState.FAILED, reason, issue)
        if status.unsettled or status.failed:
            return self._result(slot, SlotState.UNSETTLED, status.reason, issue)
        return self._result(slot, SlotState.SENT, issue=issue)

    def _when(self, slot: Slot) -> str:
        if self.stored.schedule.local:
            return f"goes out at {slot.wall:%H:%M} of each one's own time"
        ahead = slot.at > self.desk.clock()
        return (
            f"goes out at {self._clock(slot.at)}" if ahead else "is being handed over"
        )

    def _clock(self, moment: datetime) -> str:
        return clock_of(moment, self.stored.schedule.zone)

    # --- Approval ---------------------------------------------------------------------

    def _approval(
        self, slot: Slot, begun: Begun, issue: int, email: Email | None = None
    ) -> SlotResult | None:
        """Why it waits, or is left out; None where it goes out.

        Somebody is asked, once, where the e-mail is given that they are to see.
        """
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
            by = self._clock(deadline)
            reason = f"nobody approved it by {by}; {self._ways_out(issue)}"
            return self._result(slot, SlotState.SKIPPED, reason, issue)
        if email and not begun.asked:
            self._ask(slot, issue, email, self._until(slot, deadline, missed=missed))
        reason = f"waits until {self._clock(deadline)} for: digest approve {issue}"
        return self._result(slot, SlotState.WAITING, reason, issue)

    def _ways_out(self, issue: int) -> str:
        """What an editor can do with an issue that does not go out by itself."""
        send = sending.send_command(issue, self.stored.schedule.lists)
        with self.desk.database.read() as connection:
            found = ledger.status(connection, issue)
        first = f"digest cancel {issue}; " if found.state else ""
        back = f"; to have its articles back: {first}digest issues discard {issue}"
        told = found.accepted or found.unsettled  # then its articles stay used
        return f"to send it nevertheless: {send}{'' if told else back}"

    def _until(self, slot: Slot, deadline: datetime, *, missed: bool) -> str:
        """How long it waits to be approved, and what comes then."""
        sent = self.stored.schedule.otherwise is Otherwise.SEND and not missed
        then = "goes out all the same" if sent else "does not go out"
        when = (
            f"Nobody was there at its time, {self._clock(slot.at)}: approved, it goes "
            "out at once."
            if missed
            else f"Approved, it {self._when(slot)}."
        )
        by = self._clock(deadline)
        return f"{when}\nUnless somebody approves it by {by}, it {then}."

    def _ask(self, slot: Slot, issue: int, email: Email, until: str) -> None:
        """Mail the editor once what there is to approve."""
        token, base = self.token(), self.desk.config.newsletter.base_url.rstrip("/")
        mail = question(
            self.desk,
            subject=f"To approve: {self.stored.schedule.name}, {slot.key}",
            issue=issue,
            email=email,
            link=f"{base}/approve/{token}" if base else "",
            until=until,
        )
        hashed = approvals.hash_of(token)
        with self.desk.database.write() as connection:
            asked = approvals.ask_approval(connection, self.stored.id, slot.key, hashed)
            if asked and mail:
                put(connection, self.desk, mail)

    # --- Ending -----------------------------------------------------------------------

    def _end(self, result: SlotResult) -> None:
        """Write down what became of it, and tell the editor of what is new and bad."""
        with self.desk.database.write() as connection:
            ended = schedules.end_slot(
                connection,
                self.stored.id,
                result.slot,
                state=result.state,
                reason=result.reason,
                now=self.desk.clock(),
            )
            said = f"{result.state}: {result.reason}"
            if (
                ended
                and result.state in TOLD
                and schedules.tell(connection, self.stored.id, result.slot, said)
            ):
                tell_editor(
                    connection,
                    self.desk,
                    f"{result.schedule} {result.slot} {result.state}",
                    about(result.issue, result.reason),
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


def due_slot(stored: StoredSchedule, now: datetime) -> Slot | None:
    """The schedule's slot that is to be done now, or gone on with; None if none is.

    It is due its lead before the time that it goes out.
    """
    schedule = stored.schedule
    if stored.state not in OPEN:
        first = _following(schedule.every, schedule.zone, stored.since, stored.last)
        if first is None or first.at - schedule.ahead > now:
            return None
    slot = latest(
        parse_cadence(schedule.every),
        parse_zone(schedule.zone),
        after=stored.since,
        now=now,
        due=lambda slot: slot.at - schedule.ahead,
    )
    return None if slot is None or stored.is_over(slot.key) else slot


@lru_cache(maxsize=10_000)
def _following(every: str, zone: str, since: datetime, last: str | None) -> Slot | None:
    """The first slot that a schedule may have yet: until then it costs nothing."""
    return following(parse_cadence(every), parse_zone(zone), since, last)


#: so long before its steps begin sources are asked, by whoever is free
EARLY = timedelta(minutes=10)


def is_near(stored: StoredSchedule, now: datetime) -> bool:
    """Whether the schedule has a slot that is due soon, and is not begun."""
    later = due_slot(stored, now + EARLY)
    return later is not None and later.key != stored.last


def id_of(built: Built) -> int:
    """The id of an issue that was kept."""
    assert built.issue.id is not None  # noqa: S101  (only a dry run has none)
    return built.issue.id


#: others hand over what is left, or will at its time
UNDER_WAY = (CampaignState.SCHEDULED, CampaignState.RUNNING)
#: what an editor wants to hear of
TOLD = frozenset(
    {
        SlotState.FAILED,
        SlotState.REFUSED,
        SlotState.SKIPPED,
        SlotState.UNSETTLED,
    }
)
