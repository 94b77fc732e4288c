"""Telling the provider who left and who came back, by rows of `outgoing`.

It counts for mail that the provider holds already: what is staged for later is sent
to nobody who left meanwhile. The rows are written in the transaction that they are
about, and carried out once it is kept.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from subscribers import outgoing
from subscribers.model import Address, Provider, SubscriptionState
from subscribers.tables import mailing_list, subscriber, subscription

SUPPRESS = "suppress"
ALLOW = "allow"
#: stands for the provider's list of those who get no mail at all
GLOBAL = None


def tell_left(
    connection: Connection,
    provider: Provider | None,
    address: Address,
    *,
    lists: Collection[int] | None,
    now: datetime,
) -> int:
    """Have the provider suppress somebody who left `lists`; how many rows it took.

    `lists` are ids; None stands for all, and for never again: a complaint, an
    erasure. Nothing is told that would silence another list that the person is
    confirmed on. Somebody who is erased is told of after `outgoing.drop`, which
    would take this back.
    """
    if provider is None:
        return 0
    groups = _silent(connection, provider, address, lists)
    return _tell(connection, SUPPRESS, address, groups, now)


def tell_returned(
    connection: Connection,
    provider: Provider | None,
    address: Address,
    *,
    lists: Collection[int],
    now: datetime,
) -> int:
    """Have the provider let mail of `lists` through again; how many rows it took."""
    if provider is None:
        return 0
    groups = {_group(provider, own) for own in _own_groups(connection, lists)}
    return _tell(connection, ALLOW, address, {*groups, GLOBAL}, now)


def _silent(
    connection: Connection,
    provider: Provider,
    address: Address,
    lists: Collection[int] | None,
) -> set[int | None]:
    """The groups, or the global list, that no list needs that the person is on."""
    if lists is None:
        return {GLOBAL}
    stays = {
        _group(provider, own) for own in _confirmed_on(connection, address, set(lists))
    }
    left = {_group(provider, own) for own in _own_groups(connection, lists)}
    return left - stays - ({GLOBAL} if stays else set())


def _confirmed_on(
    connection: Connection, address: Address, without: set[int]
) -> list[int | None]:
    """The groups of the other lists that somebody is confirmed on."""
    return list(
        connection.scalars(
            select(mailing_list.c.asm_group)
            .join_from(mailing_list, subscription)
            .join(subscriber)
            .where(
                subscriber.c.key == address.key,
                subscription.c.state == SubscriptionState.CONFIRMED,
                mailing_list.c.id.not_in(without),
            )
        )
    )


def _own_groups(connection: Connection, lists: Collection[int]) -> list[int | None]:
    query = select(mailing_list.c.asm_group).where(mailing_list.c.id.in_(lists))
    return list(connection.scalars(query))


def _group(provider: Provider, own: int | None) -> int | None:
    return own or provider.group


def _tell(
    connection: Connection,
    kind: str,
    address: Address,
    groups: Iterable[int | None],
    now: datetime,
) -> int:
    """One row a group; the opposite that still waits is no longer wanted."""
    told = 0
    for group in groups:
        payload = json.dumps({"email": address.key, "group": group})
        outgoing.withdraw(connection, address.key, payload, now=now)
        outgoing.put(connection, kind, payload, key=address.key, now=now)
        told += 1
    return told
