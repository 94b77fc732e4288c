"""Who gets an issue: the confirmed of some lists, each once, nobody suppressed.

The lists are read side by side in the order of the subscribers' ids, a page at a
time, and merged: so a person on several comes up once, with the token of the list
that was named first, and memory does not grow with the lists.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, case, func, select

from subscribers.driver import column, fetch
from subscribers.lists import find_list
from subscribers.model import MailingList, Recipient, SubscriptionState
from subscribers.tables import subscriber, subscription, suppression
from subscribers.tokens import format_token

PAGE = 1000

#: the confirmed of one list; the rest of the statement says which of them
CONFIRMED = """
    SELECT p.subscriber_id, s.email, s.name, p.id, p.secret
    FROM subscription p JOIN subscriber s ON s.id = p.subscriber_id
    WHERE p.list_id = ? AND p.state = 'confirmed'
    AND NOT EXISTS (
        SELECT 1 FROM suppression x WHERE x.key = s.key AND x.list_id IN (0, p.list_id)
    )
"""
#: one page of them, after the last of the page before
PAGE_OF = "AND p.subscriber_id > ? ORDER BY p.subscriber_id LIMIT ?"
_Row = tuple[Any, ...]


def audience(connection: Connection, list_names: Sequence[str]) -> Iterator[Recipient]:
    """Everybody who may get a mail to these lists, in the order of their ids.

    Raises:
        UnknownList: there is no list of one of the names.
    """
    chosen = [find_list(connection, name) for name in list_names]
    return _each_once([_pages(connection, each) for each in chosen])


def recipients(
    connection: Connection, ids: Collection[int], list_names: Sequence[str]
) -> tuple[Recipient, ...]:
    """Those of these subscribers who may still get a mail to these lists.

    Raises:
        UnknownList: there is no list of one of the names.
    """
    chosen = [find_list(connection, name) for name in list_names]
    return tuple(_each_once([_of(connection, each, ids) for each in chosen]))


def _each_once(streams: Sequence[Iterator[_Row]]) -> Iterator[Recipient]:
    """The first row of each person; streams are in the order of ids."""
    by_id = itemgetter(0)
    for person, rows in groupby(merge(*streams, key=by_id), by_id):
        _, email, name, subscription_id, secret = next(rows)
        token = format_token(subscription_id, secret)
        yield Recipient(id=person, email=email, name=name, token=token)


def _pages(connection: Connection, on: MailingList) -> Iterator[_Row]:
    last = 0
    while rows := fetch(connection, CONFIRMED + PAGE_OF, on.id, last, PAGE):
        yield from rows
        last = rows[-1][0]


def _of(
    connection: Connection, on: MailingList, ids: Collection[int]
) -> Iterator[_Row]:
    given, argument = column(connection, ids, "bigint")
    which = f"AND p.subscriber_id IN (SELECT value FROM {given})"  # noqa: S608 (ours)
    sql = CONFIRMED + which + " ORDER BY p.subscriber_id"
    yield from fetch(connection, sql, on.id, argument)


def left_out(connection: Connection, list_names: Sequence[str]) -> dict[str, int]:
    """How many people of these lists may get no mail, by the reason.

    The reasons are suppressed, unsubscribed and unconfirmed; who has several counts
    for the first of them. With `audience` they make up everybody on the lists.

    Raises:
        UnknownList: there is no list of one of the names.
    """
    ids = [find_list(connection, name).id for name in list_names]
    has = {
        state: func.max(case((subscription.c.state == state, 1), else_=0)) == 1
        for state in SubscriptionState
    }
    never = func.max(case((suppression.c.key.is_not(None), 1), else_=0)) == 1
    reason = case(
        (never, "suppressed"),
        (has[SubscriptionState.CONFIRMED], None),
        (has[SubscriptionState.UNSUBSCRIBED], "unsubscribed"),
        else_="unconfirmed",
    ).label("reason")
    people = (
        select(reason)
        .join_from(subscription, subscriber)
        .outerjoin(
            suppression,
            (suppression.c.key == subscriber.c.key)
            & suppression.c.list_id.in_([0, subscription.c.list_id]),
        )
        .where(subscription.c.list_id.in_(ids))
        .group_by(subscription.c.subscriber_id)
        .subquery()
    )
    counts = select(people.c.reason, func.count()).group_by(people.c.reason)
    found = {each: count for each, count in connection.execute(counts) if each}
    return {
        each: found.get(each, 0)
        for each in ("suppressed", "unsubscribed", "unconfirmed")
    }
