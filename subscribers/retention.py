"""What was noted of readers is kept for a while, and then forgotten.

A few thousand rows at a time, found by an index or at the front of a table: where
there is nothing to do, it costs nothing to ask.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    delete,
    select,
    update,
)

from subscribers.outgoing import OutgoingState
from subscribers.tables import BY_WEB, confirmation, consent, magic_link, outgoing

MOST = 5000
ENDED = tuple(state for state in OutgoingState if state != OutgoingState.WAITING)


def forget(connection: Connection, *, before: datetime, most: int = MOST) -> bool:
    """Forget what is older than a moment; whether there may be more than `most` of it.

    The IP addresses and browsers of the consent log, confirmations and links that
    nobody can use any more, and what has gone out. That somebody agreed, and how, is
    kept.
    """
    blank = (
        update(consent)
        .where(consent.c.id.in_(_noted(before).limit(most)))
        .values(ip="", user_agent="")
    )
    counts = (
        connection.execute(statement).rowcount
        for statement in (
            blank,
            delete(confirmation).where(_expired(confirmation, before, most)),
            delete(magic_link).where(_expired(magic_link, before, most)),
            delete(outgoing).where(outgoing.c.id.in_(_ended(before).limit(most))),
        )
    )
    return most in list(counts)


def _noted(before: datetime) -> Select[int]:
    """By the index of those few rows that have any."""
    return select(consent.c.id).where(consent.c.at < before, BY_WEB)


def _expired(table: Table, before: datetime, most: int) -> ColumnElement[bool]:
    """Of the oldest: they were asked, and expire, in the order of their ids."""
    oldest = select(table.c.id).order_by(table.c.id).limit(most)
    return (table.c.expires_at < before) & table.c.id.in_(oldest)


def _ended(before: datetime) -> Select[int]:
    return select(outgoing.c.id).where(
        outgoing.c.state.in_(ENDED), outgoing.c.due_at < before
    )
