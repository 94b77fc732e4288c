"""Single mails and calls: written in the transaction that wants them, then carried out.

A row is what is to be done, finished: a confirmation mail, an address to tell SendGrid
of. Whoever carries rows out takes them for a while; one that dies loses them to the
next. What is done, or cannot be, keeps no payload, for there are addresses in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, func, insert, select, update

from subscribers.driver import insert_many, moment, run_many
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
#: after so long, and having been tried that often, it is given up
GIVE_UP = timedelta(days=3)
#: so long a failure is spoken of
RECENT = timedelta(days=7)


class OutgoingState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    #: it was refused for good, or was tried in vain for three days
    FAILED = "failed"
    #: whom it was for was erased, or the opposite was asked for
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


def put_many(
    connection: Connection, kind: str, rows: Sequence[tuple[str, str]], *, now: datetime
) -> None:
    """As `put`, for pairs of key and payload."""
    at = moment(connection, now)
    insert_many(
        connection,
        "outgoing",
        ("kind", "key", "payload", "state", "tries", "reason", "due_at", "created_at"),
        [
            (kind, key, payload, OutgoingState.WAITING.value, 0, "", at, at)
            for key, payload in rows
        ],
    )


def is_due(connection: Connection, *, now: datetime) -> bool:
    """Whether there is anything to take."""
    due = select(outgoing.c.id).where(
        outgoing.c.state == OutgoingState.WAITING, outgoing.c.due_at <= now
    )
    return connection.scalar(due.limit(1)) is not None


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
    connection: Connection,
    one: Outgoing,
    reason: str,
    *,
    now: datetime,
    final: bool,
    wait: timedelta | None = None,
) -> None:
    """A try was in vain: it is tried again later, unless it is `final` or was for days.

    `wait` is how long the provider wants to be left alone, where it says so.
    """
    in_vain = one.tries > len(WAITS) and now - one.created_at > GIVE_UP
    if final or in_vain:
        _end(connection, one.id, OutgoingState.FAILED, reason, now)
        return
    usual = WAITS[min(one.tries, len(WAITS)) - 1]
    connection.execute(
        update(outgoing)
        .where(outgoing.c.id == one.id, outgoing.c.state == OutgoingState.WAITING)
        .values(due_at=now + max(usual, wait or usual), reason=reason)
    )


def give_back(connection: Connection, rows: Sequence[Outgoing]) -> None:
    """What was taken and not tried: it is due as before."""
    connection.execute(
        update(outgoing)
        .where(
            outgoing.c.id.in_([one.id for one in rows]),
            outgoing.c.state == OutgoingState.WAITING,
        )
        .values(due_at=outgoing.c.created_at, tries=outgoing.c.tries - 1)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How many rows wait and how many failed of late, and why the newest did."""

    waiting: int
    failed: int
    reason: str


def standing(connection: Connection, *, now: datetime) -> Standing:
    """What is still to be done, and what could not be within the last week."""
    waits = outgoing.c.state == OutgoingState.WAITING
    fell = (outgoing.c.state == OutgoingState.FAILED) & (
        outgoing.c.ended_at > now - RECENT
    )
    newest = (
        select(outgoing.c.reason)
        .where(waits | fell, outgoing.c.reason != "")
        .order_by(func.coalesce(outgoing.c.ended_at, outgoing.c.due_at).desc())
        .limit(1)
    )
    count = select(func.count()).select_from(outgoing)
    return Standing(
        waiting=connection.scalar(count.where(waits)) or 0,
        failed=connection.scalar(count.where(fell)) or 0,
        reason=connection.scalar(newest) or "",
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


def waiting(connection: Connection, kind: str) -> dict[str, datetime]:
    """The payloads of what is still to be done, of one kind, and since when it is."""
    query = select(outgoing.c.payload, outgoing.c.created_at).where(
        outgoing.c.state == OutgoingState.WAITING, outgoing.c.kind == kind
    )
    return {row.payload: row.created_at for row in connection.execute(query)}


def withdraw(
    connection: Connection, rows: Sequence[tuple[str, str]], *, now: datetime
) -> None:
    """Do no more of what has one of these keys and payloads, of whatever kind."""
    state = OutgoingState.DROPPED.value
    at = moment(connection, now)
    run_many(
        connection,
        "UPDATE outgoing SET state = ?, payload = '', key = '', ended_at = ? "
        "WHERE key = ? AND payload = ? AND state = 'waiting'",
        [(state, at, key, payload) for key, payload in rows],
    )


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
