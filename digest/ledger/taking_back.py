"""Waves that are taken back, whole, where one attempt in them is unknown.

Rules 8, 9, 12 and 14 of design/delivery.md. A wave's attempts become `cancelling` in
one transaction, and the cancel leaves W later, when nothing of it can be on its way any
more. Only a proof in time makes them planned again, under another id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from digest.ledger.campaigns import lock_campaign
from digest.ledger.times import Clock, Stamp, Times
from digest.ledger.transitions import (
    ATTEMPT,
    BATCH,
    Event,
    WaveState,
    moves,
)
from digest.model import AttemptState, CampaignState
from digest.store.tables import attempt, batch, campaign, wave


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """A wave that is being taken back."""

    number: int
    provider_id: str
    send_at: datetime
    #: seconds until its cancel may leave (rule 8: W)
    wait: float


def doubtful(
    connection: Connection, campaign_id: int, provider: datetime, times: Times
) -> Sequence[int]:
    """Open waves that hold an unknown attempt, and that there is time to take back."""
    return connection.scalars(
        select(wave.c.id)
        .join(attempt, attempt.c.wave_id == wave.c.id)
        .where(wave.c.campaign_id == campaign_id)
        .where(wave.c.state == WaveState.OPEN)
        .where(wave.c.send_at >= provider + times.last_recall)
        .where(attempt.c.state == AttemptState.UNKNOWN)
        .distinct()
        .order_by(wave.c.id)
    ).all()


def not_gone(
    connection: Connection, campaign_id: int, provider: datetime, times: Times
) -> Sequence[int]:
    """Open waves that there is time to take back."""
    return connection.scalars(
        select(wave.c.id)
        .where(wave.c.campaign_id == campaign_id)
        .where(wave.c.state == WaveState.OPEN)
        .where(wave.c.send_at >= provider + times.last_recall)
        .order_by(wave.c.id)
    ).all()


def recall(connection: Connection, number: int, reason: str, clock: Clock) -> bool:
    """Begin to take a wave back; False where it is no longer open (rules 8 and 12).

    From this commit on, nothing of it becomes accepted by an answer, no claim finds
    it, and W is counted.
    """
    row = connection.execute(
        select(wave.c.state, wave.c.campaign_id).where(wave.c.id == number)
    ).one()
    lock_campaign(connection, row.campaign_id)
    now = clock.steady(connection)
    found = connection.execute(
        update(wave)
        .where(wave.c.id == number, wave.c.state == WaveState.OPEN)
        .values(
            state=WaveState.CANCELLING,
            reason=reason,
            recalled_at=now.seconds,
            recalled_epoch=now.epoch,
        )
    )
    if not found.rowcount:
        return False
    _move(connection, number, Event.RECALLED)
    return True


def _move(connection: Connection, number: int, event: Event) -> None:
    """Move every attempt of a wave and its batch, in the order of all transactions."""
    before, after = moves(ATTEMPT, event)
    mine = connection.scalars(
        select(attempt.c.batch_id)
        .where(attempt.c.wave_id == number, attempt.c.state.in_(before))
        .order_by(attempt.c.id)
        .with_for_update()
    ).all()
    connection.execute(
        update(attempt)
        .where(attempt.c.wave_id == number, attempt.c.state.in_(before))
        .values(state=after)
    )
    before_batch, after_batch = moves(BATCH, event)
    for some in (mine[at : at + 500] for at in range(0, len(mine), 500)):
        connection.execute(
            update(batch)
            .where(batch.c.id.in_(some), batch.c.state.in_(before_batch))
            .values(state=after_batch)
        )


def recalled(
    connection: Connection,
    campaign_id: int,
    provider: datetime,
    clock: Clock,
    times: Times,
) -> list[Recalled]:
    """The waves being taken back whose cancel can still be in time, the next first."""
    rows = connection.execute(
        select(wave)
        .where(wave.c.campaign_id == campaign_id)
        .where(wave.c.state == WaveState.CANCELLING)
        .where(wave.c.send_at >= provider + times.last_cancel)
        .order_by(wave.c.id)
    ).all()
    now = clock.steady(connection)
    found = [
        Recalled(
            number=row.id,
            provider_id=row.provider_id,
            send_at=row.send_at,
            wait=_wait(row, now, times),
        )
        for row in rows
    ]
    return sorted(found, key=lambda each: each.wait)


def _wait(row: Row[Any], now: Stamp, times: Times) -> float:
    since = Stamp(row.recalled_epoch, row.recalled_at)
    if since.epoch != now.epoch:
        # the machine was started since: how long ago nobody knows, so all of W
        return times.wait
    return max(0.0, since.after(times.wait).seconds - now.seconds)


def restart_wait(connection: Connection, campaign_id: int, clock: Clock) -> None:
    """Count W anew where the clock it was counted by began anew."""
    now = clock.steady(connection)
    connection.execute(
        update(wave)
        .where(wave.c.campaign_id == campaign_id)
        .where(wave.c.state == WaveState.CANCELLING)
        .where(wave.c.recalled_epoch != now.epoch)
        .values(recalled_at=now.seconds, recalled_epoch=now.epoch)
    )


def taken_back(
    connection: Connection, number: int, proof: datetime, times: Times
) -> bool:
    """Note that the provider has cancelled a wave; False where it proves nothing.

    `proof` is the provider's own time of its answer: late, a cancel may not have acted
    on all of it (rule 9).
    """
    row = connection.execute(
        select(wave.c.send_at, wave.c.campaign_id).where(wave.c.id == number)
    ).one()
    if proof > row.send_at - times.last_cancel:
        return False
    lock_campaign(connection, row.campaign_id)
    found = connection.execute(
        update(wave)
        .where(wave.c.id == number, wave.c.state == WaveState.CANCELLING)
        .values(state=WaveState.CANCELLED, cancelled_at=proof)
    )
    if found.rowcount:
        _move(connection, number, Event.TAKEN_BACK)
    return bool(found.rowcount)


# --- What waits -----------------------------------------------------------------------


def has_ahead(connection: Connection, campaign_id: int, now: datetime) -> bool:
    """Whether anything of a campaign was handed over, and has not gone out."""
    one = select(wave.c.id).where(
        wave.c.campaign_id == campaign_id,
        wave.c.state != WaveState.CANCELLED,
        wave.c.send_at > now,
    )
    return connection.scalar(one.limit(1)) is not None


def waiting_to_go_out(connection: Connection, now: datetime) -> Sequence[int]:
    """Issues that are handed over whole, and have not gone out whole."""
    return connection.scalars(
        select(campaign.c.issue_id)
        .join(wave, wave.c.campaign_id == campaign.c.id)
        .where(campaign.c.state.in_([CampaignState.FINISHED, CampaignState.PAUSED]))
        .where(wave.c.state == WaveState.OPEN, wave.c.send_at > now)
        .distinct()
        .order_by(campaign.c.issue_id)
    ).all()


def to_take_back(connection: Connection, now: datetime) -> Sequence[int]:
    """The issues of which a wave is being taken back, and has not gone out."""
    return connection.scalars(
        select(campaign.c.issue_id)
        .join(wave, wave.c.campaign_id == campaign.c.id)
        .where(wave.c.state == WaveState.CANCELLING, wave.c.send_at > now)
        .distinct()
        .order_by(campaign.c.issue_id)
    ).all()
