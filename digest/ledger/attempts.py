"""Attempts: writing down what became of a hand-over.

Rules 2, 6 and 7 of design/delivery.md: every write is fenced by the attempt and its
state, so that what comes late finds it decided, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from digest.ledger.campaigns import lock_campaign
from digest.ledger.halves import split
from digest.ledger.moving import settle_attempt
from digest.ledger.serial import Ended, end_early
from digest.ledger.times import Clock, Stamp
from digest.ledger.transitions import (
    BatchState,
    Event,
    event_of,
)
from digest.model import AttemptState, Outcome
from digest.store.tables import attempt, batch


def record(
    connection: Connection,
    attempt_id: int,
    outcome: Outcome,
    now: datetime,
    *,
    culprits: Sequence[int] = (),
) -> bool:
    """Write down what became of an attempt; False where it was decided before.

    The write is fenced by the attempt and its state (rule 2): a late answer finds an
    attempt that is settled, and changes nothing. Where the outcome blames people,
    `culprits` are their ids, and the batch is split.
    """
    if outcome.ended is not None:
        doubt = outcome.state is AttemptState.UNKNOWN
        ended = Ended(place=outcome.ended, doubt=doubt, reason=outcome.reason)
        return end_early(connection, attempt_id, ended, now)
    if outcome.culprits is None or outcome.state is not AttemptState.REFUSED:
        return settle_attempt(connection, attempt_id, event_of(outcome), outcome, now)
    row = connection.execute(
        select(attempt.c.people, batch.c.campaign_id)
        .join(batch)
        .where(attempt.c.id == attempt_id)
    ).one()
    if row.people <= max(1, len(culprits)):
        return settle_attempt(connection, attempt_id, Event.REFUSED, outcome, now)
    lock_campaign(connection, row.campaign_id)
    done = settle_attempt(connection, attempt_id, Event.SPLIT, outcome, now)
    if done:
        split(connection, attempt_id, culprits, outcome.reason, now)
    return done


def expire(connection: Connection, campaign_id: int, clock: Clock) -> int:
    """Give up for lost what has been under way for longer than its lease.

    Its process is dead, or too late to say anything but that it was accepted.
    Returns how many attempts that are.
    """
    overdue = connection.execute(_overdue(campaign_id, clock.steady(connection))).all()
    if any(row.cursor is not None for row in overdue):
        # one that goes person by person may have begun the next one meanwhile
        lock_campaign(connection, campaign_id)
        now = clock.steady(connection)
        overdue = connection.execute(_overdue(campaign_id, now)).all()
    return sum(_lose(connection, one, cursor, clock.now()) for one, cursor in overdue)


def _overdue(campaign_id: int, now: Stamp) -> Select[int, int | None]:
    return (
        select(attempt.c.id, attempt.c.cursor)
        .join(batch)
        .where(batch.c.campaign_id == campaign_id)
        .where(batch.c.state == BatchState.SENDING)
        .where(attempt.c.state == AttemptState.SENDING)
        .where(or_(attempt.c.lease_epoch != now.epoch, _lease_over(now)))
        .order_by(attempt.c.id)
    )


def _lose(
    connection: Connection, attempt_id: int, cursor: int | None, now: datetime
) -> bool:
    reason = "its process ended before an answer was written down"
    if cursor is not None:
        ended = Ended(place=cursor, doubt=cursor > 0, reason=reason)
        return end_early(connection, attempt_id, ended, now)
    lost = Outcome(state=AttemptState.UNKNOWN, reason=reason)
    return settle_attempt(connection, attempt_id, Event.LOST, lost, now)


def _lease_over(now: Stamp) -> ColumnElement[bool]:
    return attempt.c.lease_until <= now.seconds


def lease_left(connection: Connection, campaign_id: int, clock: Clock) -> float | None:
    """Seconds until what is under way is over or given up; None if nothing is."""
    last = connection.scalar(
        select(func.min(attempt.c.lease_until))
        .join(batch)
        .where(batch.c.campaign_id == campaign_id)
        .where(batch.c.state == BatchState.SENDING)
        .where(attempt.c.state == AttemptState.SENDING)
    )
    if last is None:
        return None
    return max(0.0, float(last) - clock.steady(connection).seconds)
