"""Leaving lists, any number of people at a time.

Readers leave one by one; but their mail programs do it all at once when an issue has
gone out, and a transaction for each would wait for the disk as often.
"""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Connection

from subscribers.consent import record_each
from subscribers.driver import column, fetch, is_sqlite, moment, run_many
from subscribers.model import Origin, Provider, SubscriptionState
from subscribers.telling import tell_left
from subscribers.tokens import parse_token

LEFT = SubscriptionState.UNSUBSCRIBED
#: whose tokens they are, if they are
NAMED = """
    SELECT p.id, p.secret, p.subscriber_id, l.name, s.language
    FROM {ids} JOIN subscription p ON p.id = value
    JOIN mailing_list l ON l.id = p.list_id JOIN subscriber s ON s.id = p.subscriber_id
"""
#: what people have not left, in an order in which two who lock it don't wait for ever
STAYED = """
    SELECT p.id, p.list_id, p.subscriber_id, l.name, s.key
    FROM {ids} JOIN subscription p ON p.subscriber_id = value
    JOIN mailing_list l ON l.id = p.list_id JOIN subscriber s ON s.id = p.subscriber_id
    WHERE p.state <> 'unsubscribed' ORDER BY p.id {lock}
"""
LEAVE = """
    UPDATE subscription SET state = 'unsubscribed', since = ?
    WHERE id IN (SELECT value FROM {ids})
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Somebody leaves by the token of a mail; `origin` says how, and from where."""

    token: str
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Which lists a person leaves, None for all of them, and how they do."""

    lists: Collection[str] | None
    origin: Origin


def depart(
    connection: Connection,
    departures: Sequence[Departure],
    *,
    together: Callable[[str], Collection[str]],
    now: datetime,
    provider: Provider | None,
) -> list[str | None]:
    """Have people leave the lists that their tokens name, any number of times.

    And the lists that `together` gives for each, the others of its campaign, that they
    are on. Each one's language, which may be empty; None where a token is nobody's.
    """
    parsed = [parse_token(each.token) for each in departures]
    ids, argument = column(connection, {p.id for p in parsed if p}, "bigint")
    rows = fetch(connection, NAMED.format(ids=ids), argument)
    named = {row[0]: row[1:] for row in rows}
    with_it: dict[str, Collection[str]] = {}
    leaving: dict[int, Leaving] = {}
    languages: list[str | None] = []
    for departure, token in zip(departures, parsed, strict=True):
        known = named.get(token.id) if token else None
        if token is None or known is None:
            languages.append(None)
            continue
        secret, person, on, language = known
        if not hmac.compare_digest(bytes(secret), token.secret):
            languages.append(None)
            continue
        languages.append(language)
        if on not in with_it:
            with_it[on] = {on, *together(on)}
        lists = {*with_it[on]}
        if before := leaving.get(person):
            lists |= set(before.lists or ())
        leaving[person] = Leaving(lists=lists, origin=departure.origin)
    take_off(connection, leaving, now=now, provider=provider)
    return languages


def take_off(
    connection: Connection,
    leaving: Mapping[int, Leaving],
    *,
    now: datetime,
    provider: Provider | None,
) -> dict[int, tuple[str, ...]]:
    """Take people off lists, which is on record; the names of those they were on.

    Nobody but they bring themselves back. `provider` is told.
    """
    found: dict[int, list[str]] = defaultdict(list)
    gone: dict[int, Origin] = {}
    told: dict[str, list[int]] = defaultdict(list)
    for number, list_id, person, name, key in _stayed(connection, leaving):
        lists = leaving[person].lists
        if lists is None or name in lists:
            gone[number] = leaving[person].origin
            found[person].append(name)
            told[key].append(list_id)
    if gone:
        ids, argument = column(connection, gone, "bigint")
        run_many(
            connection,
            LEAVE.format(ids=ids),
            [(moment(connection, now), argument)],
        )
        record_each(connection, gone, LEFT, at=now)
    for key, list_ids in told.items():
        tell_left(connection, provider, [key], lists=list_ids, now=now)
    return {person: tuple(sorted(names)) for person, names in found.items()}


def _stayed(
    connection: Connection, people: Collection[int]
) -> Sequence[tuple[int, int, int, str, str]]:
    if not people:
        return ()
    ids, argument = column(connection, people, "bigint")
    lock = "" if is_sqlite(connection) else "FOR UPDATE OF p"
    rows = fetch(connection, STAYED.format(ids=ids, lock=lock), argument)
    return cast("Sequence[tuple[int, int, int, str, str]]", rows)
