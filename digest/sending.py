"""The last of the way: an issue to the people of some lists, now or at its time.

What can be checked is checked by `prepare`, before anybody is asked; `plan` says what
`go` would do. What stops, cancels and mends a campaign afterwards is in
`digest.recovery`.
"""

from __future__ import annotations

import shlex
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

import subscribers as people
from digest import checks, delivery, driving, ledger, pipeline
from digest.delivery import Progress, Transport
from digest.driving import Tell
from digest.errors import (
    CheckRefused,
    DeliveryError,
    NothingToDo,
    UsageError,
)
from digest.ledger import Times
from digest.model import CampaignState, Email, Mode, Outcome
from digest.pipeline import Desk
from digest.schedule import LocalTime
from digest.store import incarnation, issues
from subscribers.address import parse_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When an issue goes out, and how; by default at once."""

    at: datetime | None = None
    local: LocalTime | None = None
    #: None: staged where there is time for it
    mode: Mode | None = None
    #: so many people get it first; the others an hour later, if nobody complains
    canary: int = 0


NOW = Timing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a send would do: to how many, and who is left out, why."""

    transport: str
    rehearsal: bool
    #: everybody who would be handed over now
    recipients: int
    #: those of them whom an earlier send planned and did not hand over
    pending: int
    batches: int
    left_out: Mapping[str, int]
    #: who of the lists is meant; None for all of them
    segment: people.Segment | None = None
    mode: Mode = Mode.DIRECT
    #: the moments that it goes out at, with how many then; empty for at once
    moments: Mapping[datetime, int] = field(default_factory=dict)
    #: seconds that the requests take at the pace that is set
    seconds: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a send did: how many it rehearsed, or how far the campaign is now."""

    rehearsed: int = 0
    status: ledger.Status | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """An issue on its way to lists, by a transport. Made by `prepare`."""

    desk: Desk
    issue: int
    lists: Sequence[str]
    transport: Transport
    email: Email
    #: who of the lists is meant; None for all of them
    segment: people.Segment | None = None
    timing: Timing = NOW
    times: Times = field(default_factory=Times)

    # --- When -------------------------------------------------------------------------

    @property
    def mode(self) -> Mode:
        """Staged where something of it lies far enough ahead, and can be."""
        with self.desk.database.read() as connection:
            stored = ledger.mode_of(connection, self.issue)
        if stored or self.timing.mode:
            return stored or self.timing.mode or Mode.DIRECT
        soonest = self.desk.clock() + timedelta(seconds=self.times.window)
        ahead = self.timing.at is not None and self.timing.at >= soonest
        staged = ahead or self.timing.local or self.timing.canary
        can_be = not self.transport.rehearsal and self.transport.stages
        return Mode.STAGED if staged and can_be else Mode.DIRECT

    def _when(self, mode: Mode) -> ledger.When:
        """When each person's mail goes out, as `ledger.plan` asks."""
        timing, now = self.timing, self.desk.clock()
        if timing.local:
            local = timing.local
            return lambda person: local.moment(person.zone)
        at = timing.at
        if mode is Mode.STAGED:
            window = self.times.window if timing.canary else self.times.fuse
            soonest = now + timedelta(seconds=window)
            at = max(at, soonest) if at and timing.canary else at or soonest
        moment = at and at.replace(microsecond=0)
        return lambda person: moment

    # --- Plan -------------------------------------------------------------------------

    def plan(self) -> Plan:
        """Count whom `go` would reach now, and when."""
        mode, size = self.mode, self._size
        when = self._when(mode)
        with self.desk.database.read() as connection:
            seen, waiting = self._before(connection)
            new: Counter[datetime | None] = Counter()
            for person in self._audience(connection):
                if seen.add(person.id):
                    first = new.total() < self.timing.canary
                    new[None if first else when(person)] += 1
            left_out = people.left_out(
                connection, self.lists, now=self.desk.clock(), segment=self.segment
            )
        moments = new + Counter(waiting.moments)
        batches = waiting.batches + sum(-(-count // size) for count in new.values())
        return Plan(
            transport=self.transport.name,
            rehearsal=self.transport.rehearsal,
            recipients=moments.total(),
            pending=sum(waiting.moments.values()),
            batches=batches,
            left_out=left_out,
            segment=self.segment,
            mode=mode,
            moments={at: moments[at] for at in sorted(filter(None, moments))},
            seconds=batches / self.desk.config.delivery.requests_per_second,
        )

    def _before(self, connection: Connection) -> tuple[ledger.IdSet, ledger.Waiting]:
        """Everybody in the campaign, and who of them waits.

        A rehearsal has none: it shows what everybody on the lists would get.
        """
        campaign = ledger.find_campaign(connection, self.issue)
        if campaign is None or self.transport.rehearsal:
            return ledger.IdSet(), ledger.Waiting()
        return (
            ledger.planned_ids(connection, campaign),
            ledger.waiting(connection, campaign, driving.still(self.desk), self.lists),
        )

    def _audience(self, connection: Connection) -> Iterator[people.Recipient]:
        return people.audience(
            connection,
            self.lists,
            now=self.desk.clock(),
            segment=self.segment,
            zones=self.timing.local is not None,
        )

    # --- Go ---------------------------------------------------------------------------

    def go(
        self,
        progress: Progress = lambda number, outcome: None,
        tell: Tell = lambda line: None,
        halt: threading.Event | None = None,
    ) -> Sent:
        """Hand the issue to everybody on the lists who is not in its campaign.

        The outbox is a rehearsal: it writes files, and nobody counts as reached. What
        lies far ahead is planned, and left to whoever runs when its time comes.

        Raises:
            NothingToDo: there is nobody to hand it to.
            UsageError: its campaign was cancelled.
            DatabaseError: the database is a copy of another that may be sending.
        """
        if self.transport.rehearsal:
            return self._rehearse(progress)
        driving.sync_before(self.desk, self.issue, self.transport)
        campaign = self._plan()
        if self._far_ahead(campaign):
            with self.desk.database.write() as connection:
                ledger.schedule(connection, campaign)
        else:
            driving.drive(
                self.desk, campaign, self.transport, progress, tell=tell, halt=halt
            )
        return self._sent()

    def leave(self) -> Sent:
        """The same as `go`, but left to whoever drives what is due; a rehearsal is not.

        Raises:
            NothingToDo, UsageError, DatabaseError: as by `go`.
        """
        if self.transport.rehearsal:
            return self._rehearse(lambda number, outcome: None)
        self._plan()
        return self._sent()

    def _sent(self) -> Sent:
        with self.desk.database.read() as connection:
            return Sent(status=ledger.status(connection, self.issue))

    def test(self, addresses: Sequence[str]) -> Outcome:
        """Hand it over for these addresses only: no campaign, nobody is reached.

        Raises:
            InvalidAddress: one of them is none.
        """
        some = tuple(
            people.Recipient(
                id=number, email=parse_address(each).display, name="", token="0" * 24
            )
            for number, each in enumerate(addresses, 1)
        )
        email = replace(self.email, subject=f"[Test] {self.email.subject}")
        name = f"test-{self.issue}-{self.desk.nonce()}"
        return self.transport.send(
            delivery.Handover(attempt=name, email=email, recipients=some)
        )

    def _rehearse(self, progress: Progress) -> Sent:
        with self.desk.database.read() as connection:
            name = f"issue-{self.issue}"
            rehearsed = delivery.rehearse(
                self.transport, self.email, self._audience(connection), name, progress
            )
        if not rehearsed:
            raise NothingToDo(self._nobody())
        return Sent(rehearsed=rehearsed)

    def create(self, connection: Connection) -> int:
        """The campaign, made where there is none: from here on its e-mail stands."""
        timing = self.timing
        return ledger.create_campaign(
            connection,
            self.issue,
            self.email,
            transport=self.transport.name,
            lists=self.lists,
            now=self.desk.clock(),
            mode=self.mode,
            send_at=timing.at,
            segment=str(self.segment) if self.segment else "",
            local_time=f"{timing.local.at:%H:%M}" if timing.local else "",
        )

    def _plan(self) -> int:
        """The campaign, with everybody planned who is new to it."""
        desk, mode = self.desk, self.mode
        incarnation.claim(desk.database)
        with desk.database.write() as connection:
            campaign = self.create(connection)
            self._check_state(connection, campaign)
            ledger.plan(
                connection,
                campaign,
                self._audience(connection),
                self._size,
                when=self._when(mode),
                canary=self.timing.canary,
            )
            if not ledger.status(connection, self.issue).planned:
                raise NothingToDo(self._nobody())
            ledger.planned(connection, campaign)
            desk.enqueue(connection, "drive", issue=self.issue)
        return campaign

    def _check_state(self, connection: Connection, campaign: int) -> None:
        if ledger.state_of(connection, campaign) in CANCELLED:
            raise UsageError(
                f"issue {self.issue}: its campaign was cancelled; build a new issue"
            )
        if reason := ledger.stopped_on_purpose(connection, campaign):
            raise UsageError(
                f"issue {self.issue} is paused ({reason}); to go on: "
                f"digest resume {self.issue}"
            )

    @property
    def _size(self) -> int:
        """People of a batch: not more than may be handed over in an hour, or a day."""
        delivery_ = self.desk.config.delivery
        most = SERIAL if self.transport.serial else delivery.BATCH_SIZE
        return min(most, delivery_.per_hour or most, delivery_.per_day or most)

    def _far_ahead(self, campaign: int) -> bool:
        with self.desk.database.read() as connection:
            due = ledger.next_due(connection, campaign, self.times)
        return due is not None and due > self.desk.clock()

    def _nobody(self) -> str:
        part = str(self.segment) if self.segment else None
        command = send_command(self.issue, self.lists, part)
        return (
            f"issue {self.issue}: nobody on {', '.join(self.lists)} can be mailed; "
            f"see why with: {command} --dry-run"
        )


#: people of a batch that goes person by person: who leaves is looked at this often
SERIAL = 50
#: the same stories again within this time are taken for a mistake
REPEATED = timedelta(days=1)
CANCELLED = (CampaignState.CANCELLING, CampaignState.CANCELLED)


def prepare(
    desk: Desk,
    issue_id: int,
    lists: Sequence[str],
    *,
    transport: Transport,
    allow: Sequence[str] = (),
    segment: str | None = None,
    timing: Timing = NOW,
) -> Sending:
    """An issue that nothing forbids to send, to lists that exist.

    `segment` says who of the lists is meant: the name of one, or an expression.

    Raises:
        CheckRefused: a check that `allow` does not name forbids it.
        UnknownName, UnknownList, UnknownSegment: there is no such issue, list, segment.
        InvalidSegment: it cannot be read as a segment.
        DeliveryError: the transport cannot do what the timing asks for.
    """
    with desk.database.read() as connection:
        issue = issues.get_issue(connection, issue_id)
        campaign = ledger.find_campaign(connection, issue_id)
        stored = ledger.stored_email(connection, campaign) if campaign else None
        mode = ledger.mode_of(connection, issue_id)
        for name in lists:
            people.find_list(connection, name)
        part = None if segment is None else people.find_segment(connection, segment)
        sent = ledger.sent_since(connection, lists, desk.clock() - REPEATED)
        lately = [issues.get_issue(connection, one) for one in sent if one != issue_id]
    email = stored or pipeline.render(desk, issue)
    found = pipeline.check(desk, issue, email, names=True, lately=lately)
    if forbidding := checks.forbidding(found, allow):
        send = send_command(issue_id, lists, segment)
        raise CheckRefused(issue_id, [finding.check for finding in forbidding], send)
    _check_timing(timing, transport, desk.clock())
    if timing.mode and stored and timing.mode is not mode:
        raise UsageError(f"issue {issue_id} is sent {mode}, and that stands")
    return Sending(
        desk=desk,
        issue=issue_id,
        lists=lists,
        transport=transport,
        email=email,
        segment=part,
        timing=timing,
    )


def _check_timing(timing: Timing, transport: Transport, now: datetime) -> None:
    asked = timing.mode is Mode.STAGED or timing.canary
    if asked and not (transport.stages or transport.rehearsal):
        raise DeliveryError(
            f"{transport.name} hands over at once: what was accepted cannot be taken "
            "back, so neither --mode staged nor --canary; only sendgrid can"
        )
    if timing.canary and timing.mode is Mode.DIRECT:
        raise UsageError("--canary needs the others to wait: not --mode direct")
    soonest = now + timedelta(seconds=Times().fuse)
    if timing.mode is Mode.STAGED and timing.at and timing.at < soonest:
        raise UsageError(
            f"--at: staged, it can go out at {soonest:%H:%M} UTC at the soonest, for "
            "until then it can be taken back; leave --at out, or use --mode direct"
        )


def send_command(
    issue_id: int, lists: Sequence[str], segment: str | None = None
) -> str:
    """The command that does a sending, to be copied into a shell."""
    to = [word for name in lists for word in ("--list", name)]
    part = [] if segment is None else ["--segment", segment]
    return shlex.join(["digest", "send", str(issue_id), *to, *part])
