"""Attempts: taking a batch, and writing down what became of it.

Rules 1 to 4, 6 and 7 of design/delivery.md are kept here; its waves and leases
of their own are columns and functions that come beside these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update

from digest.ledger.campaigns import joined
from digest.ledger.packing import unpack
from digest.ledger.transitions import (
    ATTEMPT,
    BATCH,
    BatchState,
    Event,
    event_of,
    moves,
)
from digest.model import AttemptState, CampaignState, Outcome
from digest.store.tables import attempt, batch, campaign
from subscribers.model import Recipient
from subscribers.tables import subscriber, suppression

#: (connection, ids, lists) → those of them who may still get mail from the lists:
#: `subscribers.audience.recipients`
Loader = Callable[[Connection, Sequence[int], Sequence[str]], Iterable[Recipient]]

#: For so long an attempt is its process's own; it is longer than the 60 s a POST
#: may take, so afterwards nobody can be busy with it (rule 5: D < L).
LEASE = timedelta(seconds=180)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A batch that is ours to hand over: who is in it and still wants it."""

    attempt: int
    batch: int
    size: int
    recipients: tuple[Recipient, ...]


def claim(
    connection: Connection, campaign_id: int, loader: Loader, now: datetime
) -> Claim | None:
    """Take the next planned batch; None where none is left or the campaign stands.

    The same transaction checks who has left since (rule 4), so the caller commits
    and hands over at once. A claim with no recipients is settled already.
    """
    row = _next(connection, campaign_id)
    if row is None:
        return None
    ids = unpack(row.recipients)
    lists = msgspec.json.decode(row.lists, type=list[str])
    people = tuple(loader(connection, ids, lists))
    gone = set(ids).difference(person.id for person in people)
    event = Event.CLAIMED if people else Event.EMPTIED
    before, after = moves(BATCH, event)
    connection.execute(
        update(batch)
        .where(batch.c.id == row.id, batch.c.state.in_(before))
        .values(state=after)
    )
    taken = _insert_attempt(connection, row.id, event, _reasons(connection, gone), now)
    return Claim(attempt=taken, batch=row.id, size=row.size, recipients=people)


def waiting(
    connection: Connection, campaign_id: int, loader: Loader, lists: Sequence[str] = ()
) -> list[int]:
    """How many people each batch would reach that is planned and not handed over.

    `lists` are those that a `send` is about to add to the campaign's own. Nothing is
    claimed.
    """
    rows = connection.execute(
        select(batch.c.recipients, campaign.c.lists)
        .join(campaign)
        .where(campaign.c.id == campaign_id, batch.c.state == BatchState.PLANNED)
    ).all()
    return [
        len(tuple(loader(connection, unpack(row.recipients), joined(row.lists, lists))))
        for row in rows
    ]


def _next(connection: Connection, campaign_id: int) -> Row[int, int, bytes, str] | None:
    """The next planned batch of a running campaign, locked.

    SKIP LOCKED lets several processes work on one campaign; SQLite ignores it,
    for there a transaction that writes is alone.
    """
    return connection.execute(
        select(batch.c.id, batch.c.size, batch.c.recipients, campaign.c.lists)
        .join(campaign)
        .where(campaign.c.id == campaign_id)
        .where(campaign.c.state == CampaignState.RUNNING)
        .where(batch.c.state == BatchState.PLANNED)
        .order_by(batch.c.seq)
        .limit(1)
        .with_for_update(skip_locked=True, of=batch)
    ).one_or_none()


def _insert_attempt(
    connection: Connection,
    batch_id: int,
    event: Event,
    excluded: dict[str, list[int]],
    now: datetime,
) -> int:
    earlier = connection.scalar(
        select(func.max(attempt.c.n)).where(attempt.c.batch_id == batch_id)
    )
    empty = event is Event.EMPTIED
    result = connection.execute(
        insert(attempt).values(
            batch_id=batch_id,
            n=(earlier or 0) + 1,
            state=AttemptState.REFUSED if empty else AttemptState.SENDING,
            reason="everybody has left" if empty else "",
            excluded=msgspec.json.encode(excluded).decode(),
            began_at=now,
            ended_at=now if empty else None,
        )
    )
    (key,) = result.inserted_primary_key or (0,)
    return int(key)


def _reasons(connection: Connection, gone: set[int]) -> dict[str, list[int]]:
    """Why people who were planned get nothing now, in the words of `Suppression`."""
    rows = connection.execute(
        select(subscriber.c.id, suppression.c.reason)
        .outerjoin(suppression, suppression.c.key == subscriber.c.key)
        .where(subscriber.c.id.in_(gone))
        .order_by(suppression.c.at.desc())  # the first reason is said
    )
    known = {number: reason or "unsubscribed" for number, reason in rows}
    reasons: dict[str, list[int]] = {}
    for number in sorted(gone):
        reasons.setdefault(known.get(number, "erased"), []).append(number)
    return reasons


def record(
    connection: Connection, attempt_id: int, outcome: Outcome, now: datetime
) -> bool:
    """Write down what became of an attempt; False where it was decided before.

    The write is fenced by the attempt and its state (rule 2): a late answer
    finds an attempt that is settled, and changes nothing.
    """
    return _settle(connection, attempt_id, event_of(outcome), outcome, now)


def expire(connection: Connection, campaign_id: int, now: datetime) -> int:
    """Give up for lost what has been under way for longer than its lease.

    Its process is dead, or too late to say anything but that it was accepted.
    Returns how many attempts that are.
    """
    overdue = connection.scalars(
        select(attempt.c.id)
        .join(batch)
        .where(batch.c.campaign_id == campaign_id)
        .where(attempt.c.state == AttemptState.SENDING)
        .where(attempt.c.began_at <= now - LEASE)
    ).all()
    lost = Outcome(
        state=AttemptState.UNKNOWN,
        reason="its process ended before an answer was written down",
    )
    return sum(_settle(connection, one, Event.LOST, lost, now) for one in overdue)


def _settle(
    connection: Connection,
    attempt_id: int,
    event: Event,
    outcome: Outcome,
    now: datetime,
) -> bool:
    """Move an attempt and its batch, if the event moves them; whether it did."""
    before, after = moves(ATTEMPT, event)
    found = connection.execute(
        update(attempt)
        .where(attempt.c.id == attempt_id, attempt.c.state.in_(before))
        .values(
            state=after,
            reason=outcome.reason,
            message_id=outcome.message_id,
            ended_at=now,
        )
    )
    if not found.rowcount:
        return False
    before_batch, after_batch = moves(BATCH, event)
    its_batch = select(attempt.c.batch_id).where(attempt.c.id == attempt_id)
    connection.execute(
        update(batch)
        .where(batch.c.id == its_batch.scalar_subquery())
        .where(batch.c.state.in_(before_batch))
        .values(state=after_batch)
    )
    return True
