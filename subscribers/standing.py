"""How somebody stands with a list at a moment: may they be asked, did they leave.

All that keeps mail from an address is looked at in one place: the subscription, the
suppressions, and what is left of people who were erased.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, select

from subscribers.model import (
    Address,
    MailingList,
    SubscriptionState,
    SuppressionReason,
)
from subscribers.secret_key import SecretKey
from subscribers.suppressions import ALL_LISTS, in_force, suppress
from subscribers.tables import erased, subscriber, subscription, suppression

LEFT = SuppressionReason.UNSUBSCRIBE


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An address and a list: who it is there, and what speaks against mail."""

    address: Address
    on: MailingList
    #: None where nobody has the address; where they were never on the list
    subscriber_id: int | None
    subscription_id: int | None
    state: SubscriptionState | None
    #: when they left the list or all lists; None where they have not, or came back
    left_at: datetime | None
    #: they complained, the address takes no mail: a person's own wish lifts none of it
    never: bool

    @property
    def confirmed(self) -> bool:
        return self.state is SubscriptionState.CONFIRMED and self.left_at is None


class _Against(NamedTuple):
    reason: str
    at: datetime


def standing(
    connection: Connection,
    on: MailingList,
    address: Address,
    *,
    key: SecretKey,
    now: datetime,
) -> Standing:
    """How an address stands with a list.

    Raises:
        KeyMissing, WrongKey: people were erased, and only the key can tell who.
    """
    row = connection.execute(
        select(subscriber.c.id, *subscription.c["id", "state", "since"])
        .outerjoin_from(
            subscriber,
            subscription,
            (subscription.c.subscriber_id == subscriber.c.id)
            & (subscription.c.list_id == on.id),
        )
        .where(subscriber.c.key == address.key)
    ).one_or_none()
    person, subscribed, state, since = row or (None, None, None, None)
    against = [*_suppressions(connection, on, address, now)]
    against += _hashes(connection, on, address, key)
    left = [each.at for each in against if each.reason == LEFT]
    if since and state == SubscriptionState.UNSUBSCRIBED:
        left.append(since)
    return Standing(
        address=address,
        on=on,
        subscriber_id=person,
        subscription_id=subscribed,
        state=SubscriptionState(state) if state else None,
        left_at=max(left, default=None),
        never=any(each.reason != LEFT for each in against),
    )


def _suppressions(
    connection: Connection, on: MailingList, address: Address, now: datetime
) -> Iterator[_Against]:
    query = select(*suppression.c["reason", "at"]).where(
        suppression.c.key == address.key,
        suppression.c.list_id.in_((ALL_LISTS, on.id)),
        in_force(now),
    )
    return (_Against(*row) for row in connection.execute(query))


def _hashes(
    connection: Connection, on: MailingList, address: Address, key: SecretKey
) -> Iterator[_Against]:
    hashed = _hash(connection, address, key)
    if hashed is None:
        return iter(())
    query = select(*erased.c["reason", "at"]).where(
        erased.c.hash == hashed, erased.c.list_id.in_((ALL_LISTS, on.id))
    )
    return (_Against(*row) for row in connection.execute(query))


def _hash(connection: Connection, address: Address, key: SecretKey) -> bytes | None:
    """The address's hash; where nobody was ever erased, no key is needed."""
    if connection.execute(select(erased.c.hash).limit(1)).first() is None:
        return None
    key.check(connection)
    return key.hash(address.key)


def know_again(connection: Connection, address: Address, key: SecretKey) -> None:
    """Somebody who was erased is back: what is left of them counts by the address now.

    Only for who is not known yet, and not before all that they left was looked at.
    """
    hashed = _hash(connection, address, key)
    if hashed is None:
        return
    rows = connection.execute(select(erased).where(erased.c.hash == hashed)).all()
    for row in rows:
        on = MailingList(id=row.list_id, name="") if row.list_id else None
        reason = SuppressionReason(row.reason)
        suppress(connection, address, reason, source="erased", now=row.at, on=on)
    connection.execute(delete(erased).where(erased.c.hash == hashed))


def come_back(
    connection: Connection, on: MailingList, address: Address
) -> datetime | None:
    """Take back that they left the list, or all of them; nothing else is lifted.

    When they left all lists, if they did: the others they left by that stay left.
    """
    left = (suppression.c.key == address.key) & (suppression.c.reason == LEFT)
    all_lists = suppression.c.list_id == ALL_LISTS
    everything = connection.scalar(select(suppression.c.at).where(left, all_lists))
    here = suppression.c.list_id == on.id
    connection.execute(delete(suppression).where(left, all_lists | here))
    return everything
