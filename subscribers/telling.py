"""Telling the provider who left and who came back, by rows of `outgoing`.

It counts for mail that the provider holds already: what is staged for later is sent
to nobody who left meanwhile. The rows are written in the transaction that they are
about, and carried out once it is kept.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from subscribers import outgoing
from subscribers.driver import column, fetch
from subscribers.model import Address, MailingList, Provider, SubscriptionState
from subscribers.tables import mailing_list, subscriber, subscription

#: those of some people who may get mail at all
MAILED = """
    SELECT s.key FROM {keys} JOIN subscriber s ON s.key = value WHERE EXISTS (
        SELECT 1 FROM subscription p
        WHERE p.subscriber_id = s.id AND p.state = 'confirmed'
    )
"""
SUPPRESS = "suppress"
ALLOW = "allow"
#: stands for the provider's list of those who get no mail at all
GLOBAL = None


def tell_left(
    connection: Connection,
    provider: Provider | None,
    who: Address | Sequence[str],
    *,
    lists: Collection[int] | None,
    now: datetime,
) -> int:
    """Have the provider suppress somebody who left `lists`; how many rows it took.

    `who` is an address, or the keys of several. `lists` are ids; None stands for all,
    and for never again: a complaint, an erasure. Nothing is told that would silence
    another list that the person is confirmed on. Somebody who is erased is told of
    after `outgoing.drop`, which would take this back.
    """
    if provider is None:
        return 0
    keys = [who.key] if isinstance(who, Address) else who
    told = [
        (key, group)
        for key in keys
        for group in _silent(connection, provider, key, lists)
    ]
    return _tell(connection, SUPPRESS, told, now)


def mailed(connection: Connection, keys: Collection[str]) -> list[str]:
    """Those of the keys whose people may get mail: the provider may hold some."""
    given, argument = column(connection, keys, "text")
    return [key for (key,) in fetch(connection, MAILED.format(keys=given), argument)]


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
    own = {provider_group(provider, each) for each in _own_groups(connection, lists)}
    told = [(address.key, group) for group in {*own, GLOBAL}]
    return _tell(connection, ALLOW, told, now)


def lists_by_group(
    connection: Connection, provider: Provider | None
) -> dict[int, list[MailingList]]:
    """The provider's groups in use, each with the lists that are mailed under it."""
    by_group = defaultdict(list)
    columns = (mailing_list.c.id, mailing_list.c.name, mailing_list.c.asm_group)
    for number, name, own in connection.execute(select(*columns).order_by(columns[0])):
        group = provider_group(provider, own) if provider else None
        if group is not None:
            by_group[group].append(MailingList(id=number, name=name))
    return dict(by_group)


def payload(key: str, group: int | None) -> str:
    """What is told of an address: the same text for the same thing."""
    return json.dumps({"email": key, "group": group})


def provider_group(provider: Provider, own: int | None) -> int | None:
    """The group at the provider of a list whose own is `own`, if it has one."""
    return own or provider.group


def _silent(
    connection: Connection,
    provider: Provider,
    key: str,
    lists: Collection[int] | None,
) -> Iterable[int | None]:
    """The groups, or the global list, that no list needs that the person is on."""
    if lists is None:
        return (GLOBAL,)
    stays = {
        provider_group(provider, own)
        for own in _confirmed_on(connection, key, set(lists))
    }
    left = {provider_group(provider, own) for own in _own_groups(connection, lists)}
    return left - stays - ({GLOBAL} if stays else set())


def _confirmed_on(
    connection: Connection, key: str, without: set[int]
) -> list[int | None]:
    """The groups of the other lists that somebody is confirmed on."""
    return list(
        connection.scalars(
            select(mailing_list.c.asm_group)
            .join_from(mailing_list, subscription)
            .join(subscriber)
            .where(
                subscriber.c.key == key,
                subscription.c.state == SubscriptionState.CONFIRMED,
                mailing_list.c.id.not_in(without),
            )
        )
    )


def _own_groups(connection: Connection, lists: Collection[int]) -> list[int | None]:
    query = select(mailing_list.c.asm_group).where(mailing_list.c.id.in_(lists))
    return list(connection.scalars(query))


def _tell(
    connection: Connection,
    kind: str,
    told: Sequence[tuple[str, int | None]],
    now: datetime,
) -> int:
    """One row for each key and group; the opposite that waits is no longer wanted."""
    rows = [(key, payload(key, group)) for key, group in told]
    outgoing.withdraw(connection, rows, now=now)
    outgoing.put_many(connection, kind, rows, now=now)
    return len(rows)
