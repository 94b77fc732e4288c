"""Campaigns that nobody stands beside: what is due is handed over, what a crash left is
mended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from digest import ledger, recovery
from digest.driving import Tell
from digest.errors import DigestError
from digest.ledger import Status, Times
from digest.model import CampaignState
from digest.pipeline import Desk
from digest.service.telling import about, tell_editor
from digest.store import schedules
from subscribers.errors import SubscriberError


@dataclass(frozen=True, slots=True, kw_only=True)
class Driven:
    """What became of an issue's campaign; `failed` is why it could not be gone on with.

    Nothing is lost by a failure: the next run takes it up again.
    """

    issue: int
    status: Status | None = None
    failed: str = ""

    @property
    def stands(self) -> bool:
        """Whether it would not fare better a moment later."""
        paused = self.status and self.status.state is CampaignState.PAUSED
        return bool(self.failed or paused)


def drive_due(
    desk: Desk, tell: Tell = lambda line: None, halt: threading.Event | None = None
) -> list[Driven]:
    """Go on with every campaign whose time has come, or that was left under way, and
    tell the editor what stands still."""
    halt = halt or threading.Event()
    driven = list(_stopped(desk, tell, halt)) + [
        _tried(issue, partial(_go_on, desk, issue, state, tell, halt))
        for issue, state in _due(desk)
        if not halt.is_set()
    ]
    for each in driven:
        tell_of(desk, each)
    return driven


def due_issues(desk: Desk) -> list[int]:
    """The issues that there may be something to do for."""
    with desk.database.read() as connection:
        waiting = ledger.waiting_to_go_out(connection, desk.clock())
    return sorted({*waiting, *(issue for issue, _ in _due(desk))})


def go_on_with(desk: Desk, issue: int, tell: Tell, halt: threading.Event) -> Driven:
    """Go on with one issue's campaign, if there is anything to do."""
    for stopped in _stopped(desk, tell, halt, issue):
        return stopped
    for number, state in _due(desk):
        if number == issue:
            return _tried(issue, partial(_go_on, desk, issue, state, tell, halt))
    return Driven(issue=issue)


def tell_of(desk: Desk, driven: Driven) -> None:
    """Mail the editor once that a schedule's issue stands still, and why."""
    status = driven.status
    said = driven.failed
    if status and status.state is CampaignState.PAUSED:
        said = f"{status.state}: {status.reason}"
    if not said:
        return
    with desk.database.write() as connection:
        of = schedules.slot_of(connection, driven.issue)
        if of and schedules.tell(connection, of.schedule_id, of.key, said):
            tell_editor(
                connection,
                desk,
                f"{of.schedule} {of.key} stands still",
                f"{about(driven.issue, said)}\n\n"
                f"How far it is:  digest status {driven.issue}",
            )


def _stopped(
    desk: Desk, tell: Tell, halt: threading.Event, only: int | None = None
) -> Iterator[Driven]:
    """Take back what readers complain about before the rest of it goes out."""
    with desk.database.read() as connection:
        waiting = ledger.waiting_to_go_out(connection, desk.clock())
        found = {
            issue: ledger.stopping(connection, campaign)
            for issue in waiting
            if only in (None, issue)
            if (campaign := ledger.find_campaign(connection, issue))
        }
    for issue, reason in found.items():
        if reason:
            tell(f"issue {issue} is stopped: {reason}")
            yield _tried(issue, partial(recovery.stop, desk, issue, reason, tell, halt))


def _due(desk: Desk) -> list[tuple[int, CampaignState]]:
    """Issues to go on with; those that somebody paused only to take back."""
    now = desk.clock()
    with desk.database.read() as connection:
        found = {
            issue: state
            for campaign, issue, state in ledger.unfinished(connection)
            if (ledger.next_due(connection, campaign, Times()) or now) <= now
        }
        paused = dict.fromkeys(
            ledger.to_take_back(connection, now - recovery.DAY), CampaignState.PAUSED
        )
    return sorted((paused | found).items())


def _tried(issue: int, go_on: Callable[[], Status]) -> Driven:
    try:
        return Driven(issue=issue, status=go_on())
    except (DigestError, SubscriberError) as error:
        return Driven(issue=issue, failed=str(error))


def _go_on(
    desk: Desk, issue: int, state: CampaignState, tell: Tell, halt: threading.Event
) -> Status:
    if state is CampaignState.CANCELLING:
        return recovery.cancel(desk, issue, tell, halt)
    if state is CampaignState.PAUSED:
        return recovery.settle(desk, issue, tell, halt)
    if reason := _too_late(desk, issue):
        return recovery.hold(desk, issue, reason)
    return recovery.resume(
        desk, issue, lambda people, outcome: None, tell, halt, unasked=True
    )


def _too_late(desk: Desk, issue: int) -> str:
    """Why what was begun so long ago is not gone on with unasked, if it is not.

    Batches with moments of their own are looked at one by one.
    """
    campaign = recovery.campaign_of(desk, issue)
    with desk.database.read() as connection:
        own = ledger.next_due(connection, campaign, Times())
        begun = ledger.begun_at(connection, campaign)
        waits = ledger.has_planned(connection, campaign)
    limit = timedelta(hours=desk.config.delivery.lateness)
    if own is not None or not waits or desk.clock() <= begun + limit:
        return ""
    return f"held: it was begun at {begun:%Y-%m-%d %H:%M} UTC, and is too late"
