"""What an operator does to a campaign that is under way, or that a crash left.

Each says what it did and what it could not, as the status afterwards.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

import subscribers as people
from digest import driving, ledger, sending
from digest.delivery import Keeper, Progress, Transport, open_transport, take_back
from digest.driving import Tell
from digest.errors import NothingToDo, UnknownName, UsageError
from digest.ledger import Status, Times
from digest.model import CampaignState
from digest.pipeline import Desk
from digest.store import incarnation

#: our clock may be wrong; what has gone out by the provider's is found out there
DAY = timedelta(days=1)


def campaign_of(desk: Desk, issue: int) -> int:
    """The issue's campaign.

    Raises:
        UnknownName: it has none.
    """
    with desk.database.read() as connection:
        found = ledger.find_campaign(connection, issue)
    if found is None:
        raise UnknownName(
            f"issue {issue} has no campaign: nobody began to send it; see digest status"
        )
    return found


def transport_of(desk: Desk, campaign: int) -> Transport:
    """The transport that a campaign was begun with, with its lists' settings."""
    with desk.database.read() as connection:
        name, lists = ledger.transport_of(connection, campaign)
    return open_transport(name, driving.for_lists(desk, lists))


def pause(desk: Desk, issue: int, tell: Tell, halt: threading.Event) -> Status:
    """Hand over nothing more, and take back what has not gone out."""
    campaign = campaign_of(desk, issue)
    with desk.database.write() as connection:
        state = ledger.state_of(connection, campaign)
        ahead = ledger.has_ahead(connection, campaign, desk.clock())
        over = state is CampaignState.FINISHED and not ahead
        done = not over and ledger.pause(connection, campaign, "by hand")
    if not done and state is not CampaignState.PAUSED:
        raise NothingToDo(f"issue {issue} is {state}: there is nothing to pause")
    _keep(desk, campaign, tell, halt, everything=True)
    return _status(desk, issue)


def stop(
    desk: Desk, issue: int, reason: str, tell: Tell, halt: threading.Event
) -> Status:
    """Pause an issue that readers complain about, and take back what has not gone."""
    campaign = campaign_of(desk, issue)
    with desk.database.write() as connection:
        ledger.pause(connection, campaign, reason)
    _keep(desk, campaign, tell, halt, everything=True)
    return _status(desk, issue)


def hold(desk: Desk, issue: int, reason: str) -> Status:
    """Stop a campaign that is too late, for somebody to decide."""
    with desk.database.write() as connection:
        ledger.pause(connection, campaign_of(desk, issue), reason)
    return _status(desk, issue)


def cancel(desk: Desk, issue: int, tell: Tell, halt: threading.Event) -> Status:
    """Hand over nothing more for good, and take back what has not gone out."""
    campaign = campaign_of(desk, issue)
    with desk.database.write() as connection:
        before = ledger.state_of(connection, campaign)
        ahead = ledger.has_ahead(connection, campaign, desk.clock() - DAY)
        over = before is CampaignState.FINISHED and not ahead
        if not over:
            ledger.cancel(connection, campaign)
    if over or before is CampaignState.CANCELLED:
        word = "cancelled already" if not over else "out: nothing can be taken back"
        raise NothingToDo(f"issue {issue} is {word}")
    _keep(desk, campaign, tell, halt, everything=True)
    if not halt.is_set():
        with desk.database.write() as connection:
            ledger.end(connection, campaign)
    return _status(desk, issue)


def resume(
    desk: Desk,
    issue: int,
    progress: Progress,
    tell: Tell,
    halt: threading.Event,
    *,
    unasked: bool = False,
) -> Status:
    """Go on with a campaign from where it stands; with `unasked`, not if it is late.

    Raises:
        UsageError: it was cancelled.
    """
    campaign = campaign_of(desk, issue)
    _check_not_cancelled(desk, issue, campaign)
    if not unasked:
        _lift_stop_rule(desk, issue, campaign, tell)
    with closing(transport_of(desk, campaign)) as transport:
        driving.sync_before(desk, issue, transport)
        incarnation.claim(desk.database)
        driving.drive(
            desk, campaign, transport, progress, tell=tell, halt=halt, unasked=unasked
        )
    return _status(desk, issue)


def _check_not_cancelled(desk: Desk, issue: int, campaign: int) -> None:
    with desk.database.read() as connection:
        state = ledger.state_of(connection, campaign)
    if state in sending.CANCELLED:
        raise UsageError(f"issue {issue}: its campaign was cancelled")


def _lift_stop_rule(desk: Desk, issue: int, campaign: int, tell: Tell) -> None:
    """Whoever resumes what readers stopped has looked at it."""
    with desk.database.write() as connection:
        reason = ledger.stopped_on_purpose(connection, campaign)
        if reason.startswith(ledger.STOP_RULE):
            ledger.lift_stop_rule(connection, campaign)
            tell(f"issue {issue} goes on past the {reason}")


def resend_failed(
    desk: Desk, issue: int, progress: Progress, tell: Tell, halt: threading.Event
) -> Status:
    """Hand over again to those that were refused for certain, and to nobody else.

    Raises:
        NothingToDo: nobody was.
        UsageError: others wait to be handed over, or it was cancelled.
    """
    campaign = campaign_of(desk, issue)
    _check_not_cancelled(desk, issue, campaign)
    before = _status(desk, issue)
    if not before.failed:
        raise NothingToDo(f"issue {issue}: nobody was refused for certain")
    if before.pending:
        raise UsageError(
            f"issue {issue}: {before.pending} were not handed over yet; first: "
            f"digest resume {issue}"
        )
    with desk.database.write() as connection:
        ledger.retry_failed(connection, campaign, desk.clock())
    return resume(desk, issue, progress, tell, halt)


def settle(desk: Desk, issue: int, tell: Tell, halt: threading.Event) -> Status:
    """Find out what can be of what is unknown: what has not gone out is taken back."""
    campaign = campaign_of(desk, issue)
    _keep(desk, campaign, tell, halt, everything=False)
    return _status(desk, issue)


def settle_by_hand(desk: Desk, issue: int, batch: int, *, arrived: bool) -> Status:
    """Take an operator's word for a batch, or plan it again at their risk.

    Raises:
        UsageError: it is not in doubt, or can still be taken back for certain.
    """
    campaign = campaign_of(desk, issue)
    with desk.database.write() as connection:
        ledger.expire(connection, campaign, ledger.Clock(now=desk.clock))
        ledger.settle_by_hand(
            connection,
            campaign,
            batch,
            arrived=arrived,
            now=desk.clock(),
            times=Times(),
        )
    return _status(desk, issue)


def _keep(
    desk: Desk, campaign: int, tell: Tell, halt: threading.Event, *, everything: bool
) -> None:
    with desk.database.read() as connection:
        ahead = ledger.has_ahead(connection, campaign, desk.clock() - DAY)
    if not ahead:  # there is nothing to take back
        with desk.database.write() as connection:
            ledger.expire(connection, campaign, ledger.Clock(now=desk.clock))
        return
    with closing(transport_of(desk, campaign)) as transport:
        keeper = Keeper(
            database=desk.database,
            campaign=campaign,
            clock=ledger.Clock(now=desk.clock),
            times=Times(),
            staging=transport.staging(),
            write=desk.database.write,
            seconds=time.monotonic,
            tell=tell,
            everything=everything,
        )
        take_back(keeper, halt.wait, halt.is_set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """Somebody who should have had an issue and did not."""

    subscriber: int
    #: empty for somebody who was erased
    email: str
    reason: str


def missed(desk: Desk, issue: int) -> Iterator[Missed]:
    """Everybody on a campaign's lists who has not got it, and why.

    Who was planned comes first; then who was not, for they may not be mailed, or came
    to the lists later.
    """
    campaign = campaign_of(desk, issue)
    with desk.database.read() as connection:
        for some in ledger.cut(ledger.missed(connection, campaign)):
            known = people.addresses(connection, [number for number, _ in some])
            for number, reason in some:
                email = known.get(number, "")
                yield Missed(subscriber=number, email=email, reason=reason)
        yield from _never_planned(connection, campaign, desk.clock())


def _never_planned(
    connection: Connection, campaign: int, now: datetime
) -> Iterator[Missed]:
    lists, text = ledger.audience_of(connection, campaign)
    part = people.find_segment(connection, text) if text else None
    planned = ledger.planned_ids(connection, campaign)
    found = people.not_reached(connection, lists, now=now, segment=part)
    for number, email, reason in found:
        if reason != "unsubscribed" and planned.add(number):
            yield Missed(subscriber=number, email=email, reason=reason)
    for person in people.audience(connection, lists, now=now, segment=part):
        if planned.add(person.id):
            yield Missed(
                subscriber=person.id, email=person.email, reason="not planned yet"
            )


def adopt(desk: Desk) -> list[int]:
    """Let a copy of the database take the original's place; the issues that it holds.

    What the original has handed over meanwhile is not known here: so every campaign
    that is under way is paused, and who has left meanwhile is asked for.

    Raises:
        TryAgain, DeliveryError: SendGrid cannot be asked who has left.
    """
    config = desk.config
    if config.api_key:
        from digest.delivery.syncing import sync

        for _ in sync(desk.database, config, clock=desk.clock, full=True):
            pass
    with desk.database.write() as connection:
        held = ledger.hold_unfinished(
            connection,
            "the database is a copy: what waits here, the original may have sent",
        )
    incarnation.adopt(desk.database)
    return held


def _status(desk: Desk, issue: int) -> Status:
    with desk.database.read() as connection:
        return ledger.status(connection, issue)
