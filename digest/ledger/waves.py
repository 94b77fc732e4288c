"""Waves: batches under one id of the provider's, which lets them out together.

Rules 10 to 13 of design/delivery.md: where a batch belongs, and when a wave is opened.
How one is taken back is in `taking_back`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, text

from digest.ledger.campaigns import lock_campaign
from digest.ledger.times import Clock, Times
from digest.ledger.transitions import (
    BatchState,
    WaveState,
)
from digest.store.tables import attempt, batch, wave

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is known of the provider's account: its time, and the ids of which a
    cancellation takes one of its slots (rule 11)."""

    now: datetime
    used: frozenset[str] = frozenset()
    slots: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """What a claim is made with, beside the people."""

    clock: Clock = field(default_factory=Clock)
    times: Times = field(default_factory=Times)
    #: not before this moment is it at the provider, by its own clock; None: not known
    provider: datetime | None = None
    #: what names the attempt; random
    token: str = ""
    #: how long after its time a batch may still go out by itself; None for ever
    lateness: timedelta | None = None
    #: it goes person by person: `digest.ledger.serial`
    serial: bool = False
    #: people that may be handed over in a span of time
    limits: Mapping[timedelta, int] = field(default_factory=dict)


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
    *,
    account: Account,
    now: datetime,
) -> bool:
    """A new wave; False where another process has taken the place for it meanwhile.

    Its id was given for it and is used for nothing else (rule 10).
    """
    lock_campaign(connection, campaign_id)
    if connection.dialect.name != "sqlite":
        # of all campaigns, one at a time: the account's slots are theirs together
        connection.execute(text("LOCK TABLE wave IN SHARE ROW EXCLUSIVE MODE"))
    mine = len(_open(connection, campaign_id, account.now))
    need = slots_needed(connection, account.now, account.used)
    if mine >= MOST_OPEN or len(account.used) + need >= account.slots:
        return False
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
    return True


def slots_needed(
    connection: Connection, now: datetime, besides: Collection[str]
) -> int:
    """How many waves of any campaign may still need a cancellation of the account's.

    `besides` are ids that have one. At most ten can be cancelled at a time (rule 11).
    """
    ids = connection.scalars(
        select(wave.c.provider_id)
        .where(wave.c.state.in_([WaveState.OPEN, WaveState.CANCELLING]))
        .where(wave.c.send_at > now)
    )
    return len(set(ids).difference(besides))


def kept_cancellations(
    connection: Connection, ids: Sequence[str]
) -> dict[str, datetime]:
    """Those of our waves among provider ids, with when they would have gone out."""
    rows = connection.execute(
        select(wave.c.provider_id, wave.c.send_at).where(wave.c.provider_id.in_(ids))
    )
    return {row.provider_id: row.send_at for row in rows}
