"""Coming back to a provider's unsubscribe group: what leaving it did is taken back.

Only that: who left by a link of ours, by an operator or for a complaint stays left, for
the provider's page does not say that they take that back, too.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, select, update

from subscribers.consent import record
from subscribers.model import (
    MailingList,
    Origin,
    SubscriptionState,
    SuppressionReason,
)
from subscribers.syncing import Reading
from subscribers.tables import consent, subscriber, subscription, suppression

LEFT, CONFIRMED = SubscriptionState.UNSUBSCRIBED, SubscriptionState.CONFIRMED


def return_to_group(
    connection: Connection, key: str, lists: Collection[MailingList], reading: Reading
) -> int:
    """Let the person of a key back onto the lists they left by a group.

    `reading.source` is what their leaving was recorded with, and `reading.at` when they
    came back. They are as they were before: confirmed only if they had been. Returns
    how many lists they are on again.
    """
    return sum(_return(connection, key, on, reading) for on in lists)


def _return(
    connection: Connection, key: str, on: MailingList, reading: Reading
) -> bool:
    connection.execute(
        delete(suppression).where(
            suppression.c.key == key,
            suppression.c.list_id == on.id,
            suppression.c.reason == SuppressionReason.UNSUBSCRIBE,
            suppression.c.source == reading.source,
            suppression.c.at <= reading.at,
        )
    )
    left = connection.scalar(
        select(subscription.c.id)
        .join(subscriber)
        .where(subscriber.c.key == key, subscription.c.list_id == on.id)
        .where(subscription.c.state == LEFT)
        .with_for_update(of=subscription)
    )
    if left is None or not _left_by_group(connection, left, reading):
        return False
    connection.execute(
        update(subscription)
        .where(subscription.c.id == left)
        .values(state=CONFIRMED, since=reading.at)
    )
    origin = Origin(source=reading.source)
    record(connection, [left], CONFIRMED, origin, at=reading.at)
    return True


def _left_by_group(connection: Connection, number: int, reading: Reading) -> bool:
    """Whether the last that is on record is leaving by it, and before it a consent."""
    last = connection.execute(
        select(*consent.c["state", "source", "at"])
        .where(consent.c.subscription_id == number)
        .order_by(consent.c.id.desc())
        .limit(2)
    ).all()
    if len(last) < 2:
        return False
    leaving, before = last
    by_group: bool = leaving.source == reading.source and leaving.at <= reading.at
    return by_group and before.state == CONFIRMED
