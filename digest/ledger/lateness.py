"""Who left between the hand-over of their mail and the moment that it goes out.

They were told to the provider at once, and whether that stops a mail which it holds is
not documented (design/delivery.md, rule 17): so they are counted.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import Connection, func, or_, select

from digest.ledger.packing import unpack
from digest.ledger.transitions import BatchState, WaveState
from digest.store.tables import attempt, batch, campaign, wave
from subscribers.tables import mailing_list, subscriber, subscription, suppression

#: what went out, or may have
GONE = (BatchState.ACCEPTED, BatchState.UNKNOWN, BatchState.CANCELLING)


def late(connection: Connection, campaign_id: int) -> int:
    """How many people that is; none of a campaign that was handed over directly."""
    span = connection.execute(
        select(func.min(attempt.c.began_at), func.max(wave.c.send_at))
        .join_from(attempt, wave)
        .where(wave.c.campaign_id == campaign_id)
    ).one()
    if span[0] is None:
        return 0
    left = _left(connection, campaign_id, *span)
    return _among(connection, campaign_id, left) if left else 0


def _left(
    connection: Connection, campaign_id: int, begin: datetime, end: datetime
) -> dict[int, datetime]:
    """Who left one of the campaign's lists meanwhile, or was suppressed: when."""
    names = connection.scalar(
        select(campaign.c.lists).where(campaign.c.id == campaign_id)
    )
    lists = connection.scalars(
        select(mailing_list.c.id).where(
            mailing_list.c.name.in_(msgspec.json.decode(names or "[]"))
        )
    ).all()
    gone = connection.execute(
        select(subscription.c.subscriber_id, subscription.c.since)
        .where(subscription.c.list_id.in_(lists))
        .where(subscription.c.state == "unsubscribed")
        .where(subscription.c.since.between(begin, end))
    )
    never = connection.execute(
        select(subscriber.c.id, suppression.c.at)
        .join_from(suppression, subscriber, subscriber.c.key == suppression.c.key)
        .where(or_(suppression.c.list_id == 0, suppression.c.list_id.in_(lists)))
        .where(suppression.c.at.between(begin, end))
    )
    found: dict[int, datetime] = {}
    for number, at in (*gone, *never):
        found[number] = min(at, found.get(number, at))
    return found


def _among(connection: Connection, campaign_id: int, left: dict[int, datetime]) -> int:
    """Those of them whose mail was on its way when they left."""
    rows = connection.execute(
        select(batch.c.recipients, attempt.c.began_at, wave.c.send_at)
        .join_from(batch, attempt, attempt.c.batch_id == batch.c.id)
        .join(wave, wave.c.id == attempt.c.wave_id)
        .where(batch.c.campaign_id == campaign_id, batch.c.state.in_(GONE))
        .where(wave.c.state != WaveState.CANCELLED)
    )
    return sum(
        row.began_at <= left[number] < row.send_at
        for row in rows
        for number in left.keys() & set(unpack(row.recipients))
    )
