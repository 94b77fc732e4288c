"""Waves: batches under one id of the provider's, taken back together where need be.

Rules 8 to 14 of design/delivery.md. A wave that holds one unknown attempt is taken
back whole: its attempts become `cancelling` in one transaction, and the cancel leaves
W later, when nothing of it can be on its way any more. Only a proof in time makes
them planned again, under another id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, Row, func, insert, select, update

from digest.ledger.campaigns import lock_campaign
from digest.ledger.times import Clock, Stamp, Times
from digest.ledger.transitions import (
    ATTEMPT,
    BATCH,
    BatchState,
    Event,
    WaveState,
    moves,
)
from digest.model import AttemptState
from digest.store.tables import attempt, batch, campaign, wave

if TYPE_CHECKING:
    from digest.ledger.attempts import Taking

#: So many waves of a campaign wait to go out at a time: `digest cancel` and repairs
#: stay within the ten cancellations that SendGrid allows an account (rule 12).
MOST_OPEN = 5


class Wait(NamedTuple):
    """Nothing can be done for so many seconds."""

    seconds: float
    #: its time has not come: nobody needs to stay for it
    early: bool = False


class Held(NamedTuple):
    """It is too late to go out unasked."""

    reason: str


@dataclass(frozen=True, slots=True)
class NeedWave:
    """A wave must be opened first, to go out at this moment, for so many batches."""

    send_at: datetime
    room: int


@dataclass(frozen=True, slots=True)
class OpenWave:
    """A wave that takes batches."""

    number: int
    provider_id: str
    send_at: datetime


# --- Where a batch belongs -----------------------------------------------------------


def wave_for(
    connection: Connection, campaign_id: int, due: datetime | None, taking: Taking
) -> OpenWave | NeedWave | Wait | Held:
    """The wave for a batch that is to go out at `due`, as far as that can be reached.

    Nothing goes into a wave that could not be taken back any more (rule 13): what
    comes later than that goes out later.
    """
    provider, times = taking.provider, taking.times
    due = due and due.replace(microsecond=0)  # as the provider counts
    if provider is None:
        return NeedWave(due or taking.clock.now(), 0)
    earliest = provider + times.last_post
    on_time = due is not None and due >= earliest
    target = due if on_time and due else provider + timedelta(seconds=times.fuse)
    if held := too_late(due, target, taking.lateness):
        return held
    open_ = _open(connection, campaign_id, provider)
    fitting = [
        each
        for each in open_
        if each.send_at >= earliest
        and (each.send_at == due if on_time else each.send_at <= target)
    ]
    room = _room(connection, campaign_id)
    for each in fitting:
        if each.filled < each.room:
            return OpenWave(each.id, each.provider_id, each.send_at)
    if len(open_) < MOST_OPEN:
        return NeedWave(target.replace(microsecond=0), room)
    if fitting:  # those are full; there is no other place
        best = min(fitting, key=lambda each: each.filled)
        return OpenWave(best.id, best.provider_id, best.send_at)
    first = min(each.send_at for each in open_)
    return Wait(max(1.0, (first - provider).total_seconds()))


def too_late(
    due: datetime | None, target: datetime, lateness: timedelta | None
) -> Held | None:
    """Why what was due then does not go out at `target` by itself, if it does not."""
    if due is None or lateness is None or target <= due + lateness:
        return None
    return Held(f"held: it was due at {due:%Y-%m-%d %H:%M} UTC")


def _room(connection: Connection, campaign_id: int) -> int:
    """How many batches a wave takes, so that all of them fit into a few."""
    count = connection.scalar(
        select(func.count())
        .select_from(batch)
        .where(batch.c.campaign_id == campaign_id)
        .where(batch.c.state != BatchState.SPLIT)
    )
    return -(-(count or 1) // MOST_OPEN)


class _Filled(NamedTuple):
    id: int
    provider_id: str
    send_at: datetime
    room: int
    filled: int


def _open(
    connection: Connection, campaign_id: int, provider: datetime
) -> list[_Filled]:
    """The open waves that have not gone out, locked against being taken back."""
    rows = connection.execute(
        select(*wave.c["id", "provider_id", "send_at", "room"])
        .where(wave.c.campaign_id == campaign_id)
        .where(wave.c.state == WaveState.OPEN)
        .where(wave.c.send_at > provider)
        .order_by(wave.c.id)
        .with_for_update(read=True)
    ).all()
    counted = connection.execute(
        select(attempt.c.wave_id, func.count().label("filled"))
        .where(attempt.c.wave_id.in_([row.id for row in rows]))
        .group_by(attempt.c.wave_id)
    )
    counts: dict[int, int] = {row.wave_id: row.filled for row in counted}
    return [
        _Filled(row.id, row.provider_id, row.send_at, row.room, counts.get(row.id, 0))
        for row in rows
    ]


def open_wave(
    connection: Connection,
    campaign_id: int,
    provider_id: str,
    needed: NeedWave,
    now: datetime,
) -> None:
    """A new wave; its id was given for it and is used for nothing else (rule 10)."""
    connection.execute(
        insert(wave).values(
            campaign_id=campaign_id,
            provider_id=provider_id,
            send_at=needed.send_at,
            room=max(1, needed.room),
            state=WaveState.OPEN,
            reason="",
            opened_at=now,
            recalled_epoch="",
        )
    )


def has_ahead(connection: Connection, campaign_id: int, now: datetime) -> bool:
    """Whether anything of a campaign was handed over, and has not gone out."""
    one = select(wave.c.id).where(
        wave.c.campaign_id == campaign_id,
        wave.c.state != WaveState.CANCELLED,
        wave.c.send_at > now,
    )
    return connection.scalar(one.limit(1)) is not None


def to_take_back(connection: Connection, now: datetime) -> Sequence[int]:
    """The issues of which a wave is being taken back, and has not gone out."""
    return connection.scalars(
        select(campaign.c.issue_id)
        .join(wave, wave.c.campaign_id == campaign.c.id)
        .where(wave.c.state == WaveState.CANCELLING, wave.c.send_at > now)
        .distinct()
        .order_by(campaign.c.issue_id)
    ).all()


def slots_needed(connection: Connection, now: datetime, besides: set[str]) -> int:
    """How many waves of any campaign may still need a cancellation of the account's.

    `besides` are ids that have one. At most ten can be cancelled at a time (rule 11).
    """
    ids = connection.scalars(
        select(wave.c.provider_id)
        .where(wave.c.state.in_([WaveState.OPEN, WaveState.CANCELLING]))
        .where(wave.c.send_at > now)
    )
    return len(set(ids) - besides)


def kept_cancellations(
    connection: Connection, ids: Sequence[str]
) -> dict[str, datetime]:
    """Those of our waves among provider ids, with when they would have gone out."""
    rows = connection.execute(
        select(wave.c.provider_id, wave.c.send_at).where(wave.c.provider_id.in_(ids))
    )
    return {row.provider_id: row.send_at for row in rows}


# --- Taking back ---------------------------------------------------------------------


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
