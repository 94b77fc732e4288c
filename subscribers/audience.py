"""Who gets an issue: the confirmed of some lists, each once, nobody suppressed.

The lists are read side by side in the order of the subscribers' ids, a page at a
time, and merged: so a person on several comes up once, with the token of the list
that was named first, and memory does not grow with the lists.
"""

# ruff: noqa: S608 (only our own text is put into statements; all values are bound)

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection

from subscribers.driver import column, fetch, moment
from subscribers.lists import find_list
from subscribers.model import MailingList, Recipient
from subscribers.segments import EVERYBODY, Condition, Segment, condition
from subscribers.tokens import format_token

PAGE = 2000

#: that there is one in force, for all lists or this one. The + keeps SQLite from
#: looking for the two apart: the key alone finds the few there are in half the time
SUPPRESSED = """EXISTS (
    SELECT 1 FROM suppression x
    WHERE x.key = s.key AND +x.list_id IN (0, p.list_id)
    AND (x.expires_at IS NULL OR x.expires_at > ?)
)"""
#: that they do not want a break now
PRESENT = "(s.paused_until IS NULL OR s.paused_until <= ?)"
#: the confirmed of one list; the rest of the statement says which of them
CONFIRMED = f"""
    SELECT p.subscriber_id, s.email, s.name, p.id, p.secret
    FROM subscription p JOIN subscriber s ON s.id = p.subscriber_id
    WHERE p.list_id = ? AND p.state = 'confirmed' AND NOT {SUPPRESSED} AND {PRESENT}
"""
#: the same with their zones
ZONED = CONFIRMED.replace("p.secret", "p.secret, s.zone", 1)
#: the last id of the next page of a list, whether its people may get a mail or not: how
#: far so many who may would go is a guess, and PostgreSQL sorts the whole list for it
END_OF_PAGE = """
    SELECT max(subscriber_id) FROM (
        SELECT subscriber_id FROM subscription
        WHERE list_id = ? AND subscriber_id > ? ORDER BY subscriber_id LIMIT ?
    ) page
"""
#: those of the page
PAGE_OF = """
    AND p.subscriber_id > ? AND p.subscriber_id <= ? AND {segment}
    ORDER BY p.subscriber_id
"""
#: those of given ids
THESE = """
    AND p.subscriber_id IN (SELECT value FROM {ids}) ORDER BY p.subscriber_id
"""
#: people by how far they come on any of the lists: to the end, or to one of REASONS
FARTHEST = f"""
    SELECT standing, count(*) FROM (
        SELECT min(CASE
            WHEN {SUPPRESSED} THEN 3
            WHEN p.state = 'unsubscribed' THEN 4
            WHEN p.state = 'unconfirmed' THEN 5
            WHEN NOT {{segment}} THEN 1
            WHEN {PRESENT} THEN 0 ELSE 2
        END) AS standing
        FROM subscription p JOIN subscriber s ON s.id = p.subscriber_id
        WHERE p.list_id IN (SELECT value FROM {{lists}})
        GROUP BY p.subscriber_id
    ) person GROUP BY standing
"""
#: people of a segment, and of them those who may get a mail to any of the lists
IN_SEGMENT = "FROM subscriber s WHERE {segment}"
REACHED = f""" AND EXISTS (
    SELECT 1 FROM subscription p
    WHERE p.subscriber_id = s.id AND p.list_id IN (SELECT value FROM {{lists}})
    AND p.state = 'confirmed' AND NOT {SUPPRESSED} AND {PRESENT}
)"""
#: people who are on one of the lists, who are never mailed or not confirmed there, or
#: want a break
NOT_REACHED = f"""
    SELECT p.subscriber_id, s.email, min(CASE WHEN {SUPPRESSED} THEN 3
        WHEN p.state = 'unconfirmed' THEN 5
        WHEN p.state = 'unsubscribed' THEN 4 ELSE 2 END) AS standing
    FROM subscription p JOIN subscriber s ON s.id = p.subscriber_id
    WHERE p.list_id IN (SELECT value FROM {{lists}}) AND p.subscriber_id > ?
    AND {{segment}}
    GROUP BY p.subscriber_id, s.email
    HAVING min(CASE WHEN p.state = 'confirmed' AND NOT {SUPPRESSED} AND {PRESENT}
        THEN 0 ELSE 1 END) = 1
    ORDER BY p.subscriber_id LIMIT {PAGE}
"""
OUTSIDE = "outside_segment"
REASONS = {2: "paused", 3: "suppressed", 4: "unsubscribed", 5: "unconfirmed"}

_Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """How many people a segment has, and the addresses and names of the first."""

    count: int
    first: tuple[tuple[str, str], ...]


def audience(
    connection: Connection,
    list_names: Sequence[str],
    *,
    now: datetime,
    segment: Segment | None = None,
    zones: bool = False,
) -> Iterator[Recipient]:
    """Everybody who may get a mail to these lists, in the order of their ids.

    With a segment, those of them who are in it; their zones only if asked for.

    Raises:
        UnknownList: there is no list of one of the names.
    """
    chosen = [find_list(connection, name) for name in list_names]
    part = _part(connection, segment, now)
    query = ZONED if zones else CONFIRMED
    return _each_once([_pages(connection, query, each, part, now) for each in chosen])


def recipients(
    connection: Connection,
    ids: Collection[int],
    list_names: Sequence[str],
    *,
    now: datetime,
) -> tuple[Recipient, ...]:
    """Those of these subscribers who may still get a mail to these lists.

    Raises:
        UnknownList: there is no list of one of the names.
    """
    chosen = [find_list(connection, name) for name in list_names]
    return tuple(_each_once([_of(connection, each, ids, now) for each in chosen]))


def _part(connection: Connection, segment: Segment | None, now: datetime) -> Condition:
    if segment is None:
        return EVERYBODY
    return condition(connection, segment.expression, now=now)


def _each_once(streams: Sequence[Iterator[_Row]]) -> Iterator[Recipient]:
    """The first row of each person; streams are in the order of ids."""
    rows = streams[0] if len(streams) == 1 else _merged(streams)
    for person, email, name, subscription_id, secret, *zone in rows:
        token = format_token(subscription_id, secret)
        if zone:
            yield Recipient(
                id=person, email=email, name=name, token=token, zone=zone[0]
            )
        else:
            yield Recipient(id=person, email=email, name=name, token=token)


def _merged(streams: Sequence[Iterator[_Row]]) -> Iterator[_Row]:
    by_id = itemgetter(0)
    return (next(rows) for _, rows in groupby(merge(*streams, key=by_id), by_id))


def _pages(
    connection: Connection, query: str, on: MailingList, part: Condition, now: datetime
) -> Iterator[_Row]:
    sql = query + PAGE_OF.format(segment=part.sql)
    at = moment(connection, now)
    last = 0
    while (end := fetch(connection, END_OF_PAGE, on.id, last, PAGE)[0][0]) is not None:
        yield from fetch(connection, sql, on.id, at, at, last, end, *part.values)
        last = end


def _of(
    connection: Connection, on: MailingList, ids: Collection[int], now: datetime
) -> Iterator[_Row]:
    given, argument = column(connection, ids, "bigint")
    sql = CONFIRMED + THESE.format(ids=given)
    at = moment(connection, now)
    yield from fetch(connection, sql, on.id, at, at, argument)


def left_out(
    connection: Connection,
    list_names: Sequence[str],
    *,
    now: datetime,
    segment: Segment | None = None,
) -> dict[str, int]:
    """How many people of these lists may get no mail, by the reason.

    The reasons are paused, suppressed, unsubscribed and unconfirmed, and with a segment
    outside_segment; who has several counts for the one that they come farthest by on
    any of the lists. With `audience` they make up everybody on the lists.

    Raises:
        UnknownList: there is no list of one of the names.
    """
    ids = [find_list(connection, name).id for name in list_names]
    given, argument = column(connection, ids, "bigint")
    part = _part(connection, segment, now)
    sql = FARTHEST.format(lists=given, segment=part.sql)
    at = moment(connection, now)
    found = dict(fetch(connection, sql, at, *part.values, at, argument))
    reasons = REASONS if segment is None else {1: OUTSIDE, **REASONS}
    return {reason: found.get(each, 0) for each, reason in reasons.items()}


def not_reached(
    connection: Connection,
    list_names: Sequence[str],
    *,
    now: datetime,
    segment: Segment | None = None,
) -> Iterator[tuple[int, str, str]]:
    """Who is on one of these lists and may get no mail to any: id, address, reason.

    Who has left is among them, as unsubscribed.

    Raises:
        UnknownList: there is no list of one of the names.
    """
    ids = [find_list(connection, name).id for name in list_names]
    given, argument = column(connection, ids, "bigint")
    part = _part(connection, segment, now)
    sql = NOT_REACHED.format(lists=given, segment=part.sql)
    at, last = moment(connection, now), 0
    while rows := fetch(connection, sql, at, argument, last, *part.values, at, at):
        yield from ((row[0], row[1], REASONS[row[2]]) for row in rows)
        last = rows[-1][0]


def addresses(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """The addresses of those of these subscribers who are still there."""
    given, argument = column(connection, ids, "bigint")
    sql = f"SELECT id, email FROM subscriber WHERE id IN (SELECT value FROM {given})"
    return dict(fetch(connection, sql, argument))


def members(
    connection: Connection,
    segment: Segment,
    list_names: Sequence[str] = (),
    *,
    now: datetime,
    most: int = 10,
) -> Members:
    """Who is in a segment: of those who may get a mail to the lists, else of everybody.

    Raises:
        UnknownList: there is no list of one of the names.
    """
    part = _part(connection, segment, now)
    among, values = IN_SEGMENT.format(segment=part.sql), part.values
    if list_names:
        ids = [find_list(connection, name).id for name in list_names]
        given, argument = column(connection, ids, "bigint")
        among += REACHED.format(lists=given)
        at = moment(connection, now)
        values = (*values, argument, at, at)
    ((count,),) = fetch(connection, f"SELECT count(*) {among}", *values)
    first = f"SELECT s.email, s.name {among} ORDER BY s.id LIMIT ?"
    return Members(count=count, first=tuple(fetch(connection, first, *values, most)))
