"""Claims: taking a batch to hand it over, with the check of who may still get it.

Rules 1, 3, 4 and 13 of design/delivery.md. A claim holds its campaign and its wave from
before it looks until its commit, so that nothing slips into what is paused or taken
back at the same moment. Every transaction of the ledger locks in one order: campaign,
wave, attempt, batch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update

from digest.ledger.campaigns import joined
from digest.ledger.evidence import gone_out
from digest.ledger.pace import allowance_wait
from digest.ledger.packing import unpack
from digest.ledger.times import Times
from digest.ledger.transitions import (
    BATCH,
    BatchState,
    Event,
    moves,
)
from digest.ledger.waves import (
    Held,
    NeedWave,
    OpenWave,
    Taking,
    Wait,
    too_late,
    wave_for,
)
from digest.model import AttemptState, CampaignState, Mode
from digest.store.tables import attempt, batch, campaign
from subscribers.model import Recipient
from subscribers.tables import subscriber, suppression

#: (connection, ids, lists) → those of them who may still get mail from the lists:
#: `subscribers.audience.recipients`
Loader = Callable[[Connection, Sequence[int], Sequence[str]], Iterable[Recipient]]


#: the reason of who has it from an attempt before: they count as reached
HAS_IT = "has it already"
#: a batch's id, size, recipients, send_at, canary
_Next = Row[int, int, bytes, datetime | None, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A batch that is ours to hand over: who is in it and still wants it."""

    attempt: int
    batch: int
    size: int
    recipients: tuple[Recipient, ...]
    wave: OpenWave | None = None
    #: with the attempt's id, its name at the provider
    token: str = ""

    @property
    def name(self) -> str:
        """The attempt as the provider's events call it; a random part keeps those of
        another installation on the same account apart."""
        return f"{self.attempt}-{self.token}" if self.token else str(self.attempt)


def claim(
    connection: Connection, campaign_id: int, loader: Loader, taking: Taking
) -> Claim | NeedWave | Wait | Held | None:
    """Take the next planned batch; None where none is left or the campaign stands.

    The same transaction checks who has left since (rule 4), so the caller commits
    and hands over at once. A claim with no recipients is settled already. `NeedWave`
    asks for a wave to be opened first, `Wait` for some patience; what is `Held` is too
    late to go out by itself.
    """
    held = _campaign(connection, campaign_id)
    row = _next(connection, campaign_id) if held else None
    if held is None or row is None:
        return None
    wave = _way(connection, campaign_id, row, held.mode, taking)
    if wave is not None and not isinstance(wave, OpenWave):
        return wave
    have = _have_it(connection, row.id)
    lists = msgspec.json.decode(held.lists, type=list[str])
    found = loader(connection, unpack(row.recipients), lists)
    people = tuple(person for person in found if person.id not in have)
    gone = set(unpack(row.recipients)).difference(person.id for person in people)
    excluded = _reasons(connection, gone - have, taking.clock.now())
    if have:
        excluded[HAS_IT] = sorted(have)
    return _take(connection, row, people, excluded=excluded, wave=wave, taking=taking)


def _way(
    connection: Connection, campaign_id: int, row: _Next, mode: str, taking: Taking
) -> OpenWave | NeedWave | Wait | Held | None:
    """The wave that a batch goes into, None for at once, or why it does not go yet."""
    now = taking.clock.now()
    if wait := _too_early(row, mode, now, taking.times):
        return wait
    if seconds := allowance_wait(connection, taking.limits, row.size, now):
        return Wait(seconds)
    if mode == Mode.STAGED and not row.canary:
        return wave_for(connection, campaign_id, row.send_at, taking)
    return too_late(row.send_at, now, taking.lateness)


def _campaign(connection: Connection, campaign_id: int) -> Row[str, str] | None:
    """The campaign, if it runs; nobody stops it before this transaction's end."""
    return connection.execute(
        select(campaign.c.lists, campaign.c.mode)
        .where(campaign.c.id == campaign_id)
        .where(campaign.c.state == CampaignState.RUNNING)
        .with_for_update(read=True)
    ).one_or_none()


def _next(connection: Connection, campaign_id: int) -> _Next | None:
    """The next planned batch, locked: those for now first, then by their times.

    SKIP LOCKED lets several processes work on one campaign; SQLite ignores it,
    for there a transaction that writes is alone.
    """
    return connection.execute(
        select(
            batch.c.id,
            batch.c.size,
            batch.c.recipients,
            batch.c.send_at,
            batch.c.canary,
        )
        .where(batch.c.campaign_id == campaign_id)
        .where(batch.c.state == BatchState.PLANNED)
        .order_by(
            batch.c.canary.desc(),
            batch.c.send_at.asc().nulls_first(),
            batch.c.seq,
        )
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()


def _too_early(row: _Next, mode: str, now: datetime, times: Times) -> Wait | None:
    """Nothing is handed over long before it goes out (design/delivery.md, 1)."""
    if row.send_at is None or row.canary:
        return None
    ahead = times.window if mode == Mode.STAGED else 0
    left = (row.send_at - now).total_seconds() - ahead
    return Wait(left, early=True) if left > 0 else None


def _have_it(connection: Connection, batch_id: int) -> set[int]:
    """Who has it from an attempt that was given up, or taken back: no second one."""
    given_up = connection.scalars(
        select(attempt.c.id)
        .where(attempt.c.batch_id == batch_id)
        .where(attempt.c.state.in_([AttemptState.ABANDONED, AttemptState.CANCELLED]))
    ).all()
    found = gone_out(connection, given_up) if given_up else {}
    return set[int]().union(*found.values())


def _take(
    connection: Connection,
    row: _Next,
    people: tuple[Recipient, ...],
    *,
    excluded: dict[str, list[int]],
    wave: OpenWave | None,
    taking: Taking,
) -> Claim:
    event = Event.CLAIMED if people else Event.EMPTIED
    taken = _insert_attempt(
        connection,
        row.id,
        event,
        excluded=excluded,
        people=len(people),
        wave=wave,
        taking=taking,
    )
    before, after = moves(BATCH, event)
    connection.execute(
        update(batch)
        .where(batch.c.id == row.id, batch.c.state.in_(before))
        .values(state=after)
    )
    return Claim(
        attempt=taken,
        batch=row.id,
        size=row.size,
        recipients=people,
        wave=wave,
        token=taking.token,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Who is planned and not handed over: people by when it goes out, and batches."""

    moments: Mapping[datetime | None, int] = field(default_factory=dict)
    batches: int = 0


def waiting(
    connection: Connection, campaign_id: int, loader: Loader, lists: Sequence[str] = ()
) -> Waiting:
    """Whom the batches would reach that are planned and not handed over.

    `lists` are those that a `send` is about to add to the campaign's own. Nothing is
    claimed.
    """
    rows = connection.execute(
        select(batch.c.recipients, batch.c.send_at, campaign.c.lists)
        .join(campaign)
        .where(campaign.c.id == campaign_id, batch.c.state == BatchState.PLANNED)
    ).all()
    people: Counter[datetime | None] = Counter()
    batches = 0
    for row in rows:
        to = joined(row.lists, lists)
        reached = len(tuple(loader(connection, unpack(row.recipients), to)))
        people[row.send_at] += reached
        batches += reached > 0
    return Waiting(moments=+people, batches=batches)


def _insert_attempt(
    connection: Connection,
    batch_id: int,
    event: Event,
    *,
    excluded: dict[str, list[int]],
    people: int,
    wave: OpenWave | None,
    taking: Taking,
) -> int:
    earlier = connection.scalar(
        select(func.max(attempt.c.n)).where(attempt.c.batch_id == batch_id)
    )
    empty = event is Event.EMPTIED
    now = taking.clock.now()
    lease = taking.clock.steady(connection).after(taking.times.lease)
    result = connection.execute(
        insert(attempt).values(
            batch_id=batch_id,
            n=(earlier or 0) + 1,
            state=AttemptState.REFUSED if empty else AttemptState.SENDING,
            reason="everybody has left" if empty else "",
            excluded=msgspec.json.encode(excluded).decode(),
            began_at=now,
            ended_at=now if empty else None,
            wave_id=None if empty or wave is None else wave.number,
            token=taking.token,
            people=people,
            cursor=0 if taking.serial else None,
            lease_epoch=lease.epoch,
            lease_until=lease.seconds,
        )
    )
    (key,) = result.inserted_primary_key or (0,)
    return int(key)


def _reasons(
    connection: Connection, gone: set[int], now: datetime
) -> dict[str, list[int]]:
    """Why people who were planned get nothing now, in the words of `Suppression`."""
    if not gone:
        return {}
    rows = connection.execute(
        select(subscriber.c.id, suppression.c.reason, subscriber.c.paused_until)
        .outerjoin(suppression, suppression.c.key == subscriber.c.key)
        .where(subscriber.c.id.in_(gone))
        .order_by(suppression.c.at.desc())  # the first reason is said
    )
    known = {
        number: reason or ("paused" if until and until > now else "unsubscribed")
        for number, reason, until in rows
    }
    reasons: dict[str, list[int]] = {}
    for number in sorted(gone):
        reasons.setdefault(known.get(number, "erased"), []).append(number)
    return reasons
