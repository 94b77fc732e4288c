"""The log of consent: what somebody agreed to, when, and how we know.

Rows are only ever added. What takes some away is elsewhere and has its own reason:
erasing a person, and the time for which addresses of readers are kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, insert

from subscribers.model import Origin, SubscriptionState
from subscribers.names import BREAKING
from subscribers.tables import consent

#: characters of what a browser calls itself, and of an address, that are kept
LONGEST = 300


def record(
    connection: Connection,
    subscriptions: Iterable[int],
    state: SubscriptionState,
    origin: Origin,
    *,
    at: datetime,
) -> None:
    """Write down what became of subscriptions, by their ids, and where it came from."""
    row = {
        "state": state,
        "at": at,
        "source": origin.source,
        "statement": "",
        "ip": _short(origin.ip),
        "user_agent": _short(origin.user_agent),
        "wording": origin.wording,
    }
    rows = [{"subscription_id": each, **row} for each in subscriptions]
    if rows:
        connection.execute(insert(consent), rows)


def _short(text: str) -> str:
    """What a stranger sent, so that a database and a terminal can hold it."""
    return BREAKING.sub(" ", text)[:LONGEST]
