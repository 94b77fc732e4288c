"""The log of consent: what somebody agreed to, when, and how we know.

Rows are only ever added. What takes some away is elsewhere and has its own reason:
erasing a person, and the time for which addresses of readers are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from subscribers.driver import insert_many, moment
from subscribers.model import Origin, SubscriptionState
from subscribers.names import BREAKING

#: characters of what a browser calls itself, and of an address, that are kept
LONGEST = 300
COLUMNS = "subscription_id state at source statement ip user_agent wording".split()


def record(
    connection: Connection,
    subscriptions: Iterable[int],
    state: SubscriptionState,
    origin: Origin,
    *,
    at: datetime,
) -> None:
    """Write down what became of subscriptions, by their ids, and where it came from."""
    record_each(connection, dict.fromkeys(subscriptions, origin), state, at=at)


def record_each(
    connection: Connection,
    origins: Mapping[int, Origin],
    state: SubscriptionState,
    *,
    at: datetime,
) -> None:
    """As `record`, each with an origin of its own."""
    when = moment(connection, at)
    rows = [
        (
            *(each, state.value, when, origin.source, ""),
            *(_short(origin.ip), _short(origin.user_agent), origin.wording),
        )
        for each, origin in origins.items()
    ]
    if rows:
        insert_many(connection, "consent", COLUMNS, rows)


def _short(text: str) -> str:
    """What a stranger sent, so that a database and a terminal can hold it."""
    return BREAKING.sub(" ", text)[:LONGEST]
