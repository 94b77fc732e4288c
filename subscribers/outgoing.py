"""Single mails and calls: written in the transaction that wants them, then carried out.

A row is what is to be done, finished: a confirmation mail, an address to tell SendGrid
of. Whoever carries rows out takes them for a while; one that dies loses them to the
next. What is done, or cannot be, keeps no payload, for there are addresses in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from subscribers.tables import outgoing

#: seconds that whoever takes a row has to carry it out
LEASE = timedelta(minutes=2)
#: how long after a failed try the next one is; the last repeats
WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
#: after so long it is given up
GIVE_UP = timedelta(days=3)


class OutgoingState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    #: it was refused for good, or was tried in vain for three days
    FAILED = "failed"
    #: whom it was for was erased
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What is to be done: `payload` is JSON that its `kind` says how to read."""

    id: int
    kind: str
    key: str
    payload: str
    tries: int
    created_at: datetime


def put(
    connection: Connection, kind: str, payload: str, *, key: str, now: datetime
) -> int:
    """Have something done as soon as this transaction is kept; its id.

    `key` is that of the address that it is for, or about.
    """
    result = connection.execute(
        insert(outgoing)
        .values(
            kind=kind,
            key=key,
            payload=payload,
            state=OutgoingState.WAITING,
            tries=0,
            reason="",
            due_at=now,
            created_at=now,
        )
        .returning(outgoing.c.id)
    )
    return int(result.scalar_one())


def take(
    connection: Connection, *, now: datetime, most: int = 50
) -> tuple[Outgoing, ...]:
    """What is due, oldest first, for two minutes; counted as tried.

    Two processes never take the same: on SQLite a transaction that writes is alone, on
    PostgreSQL a locked row is left to who locked it.
    """
    due = connection.execute(
        select(outgoing)
        .where(outgoing.c.state == OutgoingState.WAITING, outgoing.c.due_at <= now)
        .order_by(outgoing.c.due_at, outgoing.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    connection.execute(
        update(outgoing)
        .where(outgoing.c.id.in_([row.id for row in due]))
        .values(due_at=now + LEASE, tries=outgoing.c.tries + 1)
    )
    return tuple(
        Outgoing(
            id=row.id,
            kind=row.kind,
            key=row.key,
            payload=row.payload,
            tries=row.tries + 1,
            created_at=row.created_at,
        )
        for row in due
    )


def done(connection: Connection, number: int, *, now: datetime) -> None:
    """It was carried out; nothing of its payload is kept."""
    _end(connection, number, OutgoingState.DONE, "", now)


def failed(
    connection: Connection, one: Outgoing, reason: str, *, now: datetime, final: bool
) -> None:
    """A try was in vain: it is tried again later, unless it is `final` or too old."""
    if final or now - one.created_at > GIVE_UP:
        _end(connection, one.id, OutgoingState.FAILED, reason, now)
        return
    wait = WAITS[min(one.tries, len(WAITS)) - 1]
    connection.execute(
        update(outgoing)
        .where(outgoing.c.id == one.id, outgoing.c.state == OutgoingState.WAITING)
        .values(due_at=now + wait, reason=reason)
    )


def drop(connection: Connection, key: str, *, now: datetime) -> int:
    """Do no more for or about an address, and keep nothing of it; how many rows."""
    found = connection.execute(
        update(outgoing)
        .where(outgoing.c.key == key, outgoing.c.state == OutgoingState.WAITING)
        .values(
            state=OutgoingState.DROPPED, payload="", key="", reason="", ended_at=now
        )
    )
    return found.rowcount


def _end(
    connection: Connection,
    number: int,
    state: OutgoingState,
    reason: str,
    now: datetime,
) -> None:
    connection.execute(
        update(outgoing)
        .where(outgoing.c.id == number, outgoing.c.state == OutgoingState.WAITING)
        .values(state=state, reason=reason, payload="", key="", ended_at=now)
    )
