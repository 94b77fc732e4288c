"""Somebody is forgotten, but for a keyed hash that keeps them from being mailed again.

GDPR article 17. What is held of them goes in one transaction; their suppressions stay
as hashes, and a new one with them: whoever asks to be erased wants no more mail.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from subscribers.driver import only_writer
from subscribers.model import Address, Provider, SuppressionReason
from subscribers.outgoing import drop, put
from subscribers.secret_key import SecretKey
from subscribers.suppressions import ALL_LISTS
from subscribers.tables import (
    confirmation,
    consent,
    erased,
    magic_link,
    subscriber,
    subscription,
    suppression,
)
from subscribers.traces import blank


def erase(
    connection: Connection,
    address: Address,
    *,
    key: SecretKey,
    provider: Provider | None,
    now: datetime,
) -> int:
    """Remove all that is held about the person of an address, known or not, also
    where something about others names it; how many such texts there were.

    Suppressions for ever become hashes; those that would have ended are dropped, for
    now there is one for all lists. `provider` is told to send them no more by a row of
    `outgoing`, which holds the address until it is carried out.

    Raises:
        KeyMissing, WrongKey: the hashes cannot be made; nothing was changed.
    """
    key.agree(connection)
    only_writer(connection)
    person = connection.scalar(
        select(subscriber.c.id).where(subscriber.c.key == address.key).with_for_update()
    )
    _move_suppressions(connection, address, key.hash(address.key), now)
    if person is not None:
        _remove(connection, person)
    drop(connection, address.key, now=now)
    named = blank(connection, address)
    if provider:  # its global list, for they want nothing more of any
        payload = json.dumps({"email": address.key, "group": None})
        put(connection, "suppress", payload, key=address.key, now=now)
    return named


def hold(connection: Connection, keys: Collection[str]) -> None:
    """Let nobody with one of these keys be erased before the transaction's end.

    Who is erased at this moment is waited for. So what is written about them, once it
    is seen that they are there, is there for their erasure to find.
    """
    connection.execute(
        select(subscriber.c.id)
        .where(subscriber.c.key.in_(keys))
        .order_by(subscriber.c.id)
        .with_for_update(read=True, key_share=True)
    ).all()


def _move_suppressions(
    connection: Connection, address: Address, hashed: bytes, now: datetime
) -> None:
    found = connection.execute(
        select(*suppression.c["list_id", "reason", "at"]).where(
            suppression.c.key == address.key, suppression.c.expires_at.is_(None)
        )
    )
    hashes = connection.execute(
        select(*erased.c["list_id", "reason"]).where(erased.c.hash == hashed)
    )
    there = {(row.list_id, row.reason) for row in hashes}
    kept = {(row.list_id, row.reason): row.at for row in found}
    kept.setdefault((ALL_LISTS, SuppressionReason.UNSUBSCRIBE), now)
    for (scope, reason), at in kept.items():
        if (scope, reason) not in there:
            connection.execute(
                insert(erased).values(hash=hashed, list_id=scope, reason=reason, at=at)
            )
    connection.execute(delete(suppression).where(suppression.c.key == address.key))


def _remove(connection: Connection, person: int) -> None:
    """Rows of a person; who writes one of them meanwhile is waited for."""
    ids = connection.scalars(
        select(subscription.c.id)
        .where(subscription.c.subscriber_id == person)
        .with_for_update()
    ).all()
    connection.execute(delete(magic_link).where(magic_link.c.subscriber_id == person))
    for table in (confirmation, consent):
        connection.execute(delete(table).where(table.c.subscription_id.in_(ids)))
    connection.execute(delete(subscription).where(subscription.c.id.in_(ids)))
    connection.execute(delete(subscriber).where(subscriber.c.id == person))
