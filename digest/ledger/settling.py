"""What an operator decides about a batch, where nothing else can (rule 15)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, RowMapping, select, update

from digest.errors import UsageError
from digest.ledger.campaigns import lock_campaign
from digest.ledger.moving import settle_attempt
from digest.ledger.orders import conclude
from digest.ledger.serial import plan_refused
from digest.ledger.times import Times
from digest.ledger.transitions import BATCH, Event, moves
from digest.model import AttemptState, Outcome
from digest.store.tables import attempt, batch, wave


def settle_by_hand(
    connection: Connection,
    campaign_id: int,
    batch_id: int,
    *,
    arrived: bool,
    now: datetime,
    times: Times,
) -> None:
    """Take an operator's word that a batch arrived, or plan it again at their risk.

    Raises:
        UsageError: it is not a batch of the campaign's, not in doubt, or may still
            be taken back for certain.
    """
    lock_campaign(connection, campaign_id)
    row = _newest(connection, campaign_id, batch_id)
    if row["state"] not in (AttemptState.UNKNOWN, AttemptState.CANCELLING):
        raise UsageError(
            f"batch {batch_id} is not in doubt: it is {row['batch_state']}"
        )
    if row["send_at"] and now < _decided(row, arrived, times):
        raise UsageError(
            f"batch {batch_id} may still be taken back, before it goes out at "
            f"{row['send_at']:%H:%M} UTC; that is done by: digest settle ISSUE"
        )
    event = Event.ADMITTED if arrived else Event.ABANDONED
    states = {
        Event.ADMITTED: AttemptState.ACCEPTED,
        Event.ABANDONED: AttemptState.ABANDONED,
    }
    outcome = Outcome(state=states[event], reason=f"{event} by hand: {row['reason']}")
    settle_attempt(connection, row["id"], event, outcome, now)
    conclude(connection, campaign_id)


def _decided(row: RowMapping, arrived: bool, times: Times) -> datetime:
    """When nothing but an operator decides any more: that something arrived can't be
    said of what is being taken back, before it would have gone out."""
    send_at: datetime = row["send_at"]
    if not arrived:
        return send_at + times.last_cancel
    doomed = row["state"] == AttemptState.CANCELLING
    return send_at if doomed else datetime.min.replace(tzinfo=UTC)


def _newest(connection: Connection, campaign_id: int, batch_id: int) -> RowMapping:
    found = (
        connection.execute(
            select(
                *attempt.c["id", "state", "reason"],
                batch.c.state.label("batch_state"),
                wave.c.send_at,
            )
            .join_from(attempt, batch)
            .outerjoin(wave, wave.c.id == attempt.c.wave_id)
            .where(batch.c.id == batch_id, batch.c.campaign_id == campaign_id)
            .order_by(attempt.c.n.desc())
            .limit(1)
        )
        .mappings()
        .one_or_none()
    )
    if found is None:
        raise UsageError(
            f"batch {batch_id} is none of this issue's, or was not handed over yet; "
            "see digest status"
        )
    return found


def retry_failed(connection: Connection, campaign_id: int, now: datetime) -> int:
    """Plan again what was refused for certain; how many people that may reach."""
    lock_campaign(connection, campaign_id)
    one_by_one = plan_refused(connection, campaign_id, now)
    before, after = moves(BATCH, Event.RETRIED)
    sizes: Sequence[int] = connection.scalars(
        update(batch)
        .where(batch.c.campaign_id == campaign_id, batch.c.state.in_(before))
        .values(state=after)
        .returning(batch.c.size)
    ).all()
    return sum(sizes) + one_by_one
