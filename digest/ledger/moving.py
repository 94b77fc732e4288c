"""An attempt and its batch move together, fenced by the attempt's state (rule 2)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select, update

from digest.ledger.transitions import ATTEMPT, BATCH, Event, moves
from digest.model import Outcome
from digest.store.tables import attempt, batch


def settle_attempt(
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
            message_id=func.coalesce(outcome.message_id, attempt.c.message_id),
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
