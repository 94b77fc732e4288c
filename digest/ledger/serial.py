"""Hand-overs that go person by person: a cursor is committed before each mail.

So a kill leaves one person in doubt, and not a batch: whoever is before the cursor was
accepted, but for those who were refused; whom it stands on nobody knows; all others
were not begun. What is left of such a batch is in others then, and it counts nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from digest.ledger.campaigns import lock_campaign
from digest.ledger.halves import child
from digest.ledger.moving import settle_attempt
from digest.ledger.packing import unpack
from digest.ledger.times import Clock, Times
from digest.ledger.transitions import BatchState, Event
from digest.model import AttemptState, CampaignState, Outcome
from digest.store.tables import attempt, batch, campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How far a hand-over came: from `place` on nobody was begun, and with `doubt`
    nobody knows of the one before it."""

    place: int
    doubt: bool
    reason: str


def begin_mail(
    connection: Connection, attempt_id: int, place: int, clock: Clock, times: Times
) -> bool:
    """Note that somebody's mail is about to leave; False where it must not.

    The campaign may have been stopped, or the attempt been given up, meanwhile.
    """
    running = connection.scalar(
        select(campaign.c.id)
        .join(batch, batch.c.campaign_id == campaign.c.id)
        .join(attempt, attempt.c.batch_id == batch.c.id)
        .where(attempt.c.id == attempt_id)
        .where(campaign.c.state == CampaignState.RUNNING)
        .with_for_update(read=True, of=campaign)
    )
    if running is None:
        return False
    lease = clock.steady(connection).after(times.lease)
    found = connection.execute(
        update(attempt)
        .where(attempt.c.id == attempt_id, attempt.c.state == AttemptState.SENDING)
        .values(cursor=place + 1, lease_epoch=lease.epoch, lease_until=lease.seconds)
    )
    return bool(found.rowcount)


def refuse(connection: Connection, attempt_id: int, person: int, why: str) -> None:
    """Note that somebody was refused for themselves; the others go on."""
    stored = connection.scalar(
        select(attempt.c.refused).where(attempt.c.id == attempt_id)
    )
    refused = refused_of(stored)
    refused.setdefault(why, []).append(person)
    connection.execute(
        update(attempt)
        .where(attempt.c.id == attempt_id)
        .values(refused=msgspec.json.encode(refused).decode())
    )


def refused_of(stored: str | None) -> dict[str, list[int]]:
    """Who was refused for themselves, by the reason, as an attempt keeps it."""
    return msgspec.json.decode(stored or "{}", type=dict[str, list[int]])


def end_early(
    connection: Connection, attempt_id: int, ended: Ended, now: datetime
) -> bool:
    """Set apart who was reached, who is in doubt and who was not begun; False where
    the attempt was decided before."""
    row = connection.execute(
        select(
            *attempt.c["excluded", "refused", "message_id"],
            *batch.c["id", "campaign_id", "recipients", "send_at", "canary"],
        )
        .join_from(attempt, batch)
        .where(attempt.c.id == attempt_id)
    ).one()
    lock_campaign(connection, row.campaign_id)
    told = Outcome(state=AttemptState.REFUSED, reason=ended.reason)
    if not settle_attempt(connection, attempt_id, Event.SPLIT, told, now):
        return False
    people = _handed(row)
    reached = people[: ended.place - ended.doubt]
    doubtful = people[len(reached) : ended.place]
    others = sorted(set(unpack(row.recipients)) - {*reached, *doubtful})
    unknown, accepted = AttemptState.UNKNOWN, AttemptState.ACCEPTED
    if reached:
        _settled(connection, row, reached, state=accepted, reason="", now=now)
    if doubtful:
        why = ended.reason
        _settled(connection, row, doubtful, state=unknown, reason=why, now=now)
    if others:
        child(connection, row, others, BatchState.PLANNED)
    return True


def _handed(row: Row[Any]) -> list[int]:
    """The people of an attempt in the order that they were handed over in."""
    left = refused_of(row.excluded)
    gone = {number for ids in left.values() for number in ids}
    return [number for number in unpack(row.recipients) if number not in gone]


def _settled(
    connection: Connection,
    row: Row[Any],
    people: Sequence[int],
    *,
    state: AttemptState,
    reason: str,
    now: datetime,
) -> None:
    """People of an attempt in a batch of their own, with what became of them."""
    batch_id = child(connection, row, people, BatchState(state))
    refused = {
        why: mine
        for why, ids in refused_of(row.refused).items()
        if (mine := [number for number in ids if number in people])
    }
    connection.execute(
        insert(attempt).values(
            batch_id=batch_id,
            n=1,
            state=state,
            reason=reason,
            excluded="{}",
            refused=msgspec.json.encode(refused).decode(),
            people=len(people),
            message_id=row.message_id,
            began_at=now,
            ended_at=now,
        )
    )


def plan_refused(connection: Connection, campaign_id: int, now: datetime) -> int:
    """Plan those again who were refused for themselves; how many they are.

    The campaign is locked. Whoever was reached beside them is in a batch of their own.
    """
    rows = connection.execute(
        select(
            *attempt.c["excluded", "refused", "message_id", "state"],
            *batch.c["id", "campaign_id", "recipients", "send_at", "canary"],
        )
        .join_from(attempt, batch)
        .where(batch.c.campaign_id == campaign_id, attempt.c.refused != "{}")
        .where(batch.c.state.in_([BatchState.ACCEPTED, BatchState.UNKNOWN]))
    ).all()
    return sum(_plan_refused(connection, row, now) for row in rows)


def _plan_refused(connection: Connection, row: Row[Any], now: datetime) -> int:
    refused = {person for ids in refused_of(row.refused).values() for person in ids}
    others = [person for person in _handed(row) if person not in refused]
    left = sorted(set(unpack(row.recipients)) - {*others, *refused})
    connection.execute(
        update(batch).where(batch.c.id == row.id).values(state=BatchState.SPLIT)
    )
    state = AttemptState(row.state)
    if others:
        _settled(connection, row, others, state=state, reason="", now=now)
    if left:  # they were left out, and are asked anew with the others
        child(connection, row, left, BatchState.PLANNED)
    child(connection, row, refused, BatchState.PLANNED)
    return len(refused)
