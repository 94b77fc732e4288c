"""What is held of a person's events, and how it goes: erased, or after some time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Table,
    delete,
    func,
    or_,
    select,
    update,
)

from digest.store.tables import bad_event, event

#: rows that are forgotten in one transaction
MOST = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldEvent:
    """An event of a person's: all that came of it, and what we make of it.

    `campaign` and `attempt` are None where it is of no mail of a campaign of ours.
    """

    event: str
    at: datetime
    campaign: int | None
    attempt: int | None
    reason: str
    machine: bool
    raw: str


def events_of(
    connection: Connection, key: str, subscriber_id: int | None
) -> tuple[HeldEvent, ...]:
    """What is held of somebody by the key of an address or by their number."""
    columns = ("event", "at", "campaign_id", "attempt_id", "reason", "machine", "raw")
    rows = connection.execute(
        select(*event.c[columns])
        .where(_theirs(key, subscriber_id), event.c.raw != "")
        .order_by(event.c.at, event.c.id)
    )
    return tuple(
        HeldEvent(
            event=kind,
            at=at,
            campaign=campaign,
            attempt=attempt,
            reason=reason,
            machine=machine,
            raw=raw,
        )
        for kind, at, campaign, attempt, reason, machine, raw in rows
    )


def count_events(connection: Connection, key: str, subscriber_id: int | None) -> int:
    """How many rows `erase_events` would change."""
    held = select(func.count()).select_from(event).where(_theirs(key, subscriber_id))
    bad = select(func.count()).select_from(bad_event).where(_names(key))
    return (connection.scalar(held.where(event.c.raw != "")) or 0) + (
        connection.scalar(bad) or 0
    )


def erase_events(connection: Connection, key: str, subscriber_id: int | None) -> None:
    """Leave nothing of somebody's events but their numbers, which are counted."""
    theirs = update(event).where(_theirs(key, subscriber_id))
    connection.execute(theirs.values(key="", url="", raw=""))
    named = update(bad_event).where(_names(key))
    connection.execute(named.values(key="", reason="erased", raw=""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """How many events ever had a row, or were bad; and when the last one came.

    By their numbers, which are never used again: so it costs nothing to ask, and what
    was forgotten counts. On PostgreSQL one that comes again uses up a number, too.
    """

    events: int
    bad: int
    last_at: datetime | None


def received(connection: Connection) -> Received:
    """What the webhook has brought, but for `processed` and `delivered`."""
    newest = connection.execute(
        select(event.c.id, event.c.received_at).order_by(event.c.id.desc()).limit(1)
    ).one_or_none()
    return Received(
        events=newest.id if newest else 0,
        bad=connection.scalar(select(func.max(bad_event.c.id))) or 0,
        last_at=newest.received_at if newest else None,
    )


def _names(key: str) -> ColumnElement[bool]:
    """That it names an address, by its key where JSON has it escaped."""
    text = func.lower(bad_event.c.raw).contains(key, autoescape=True)
    return or_(bad_event.c.key == key, text)


def _theirs(key: str, subscriber_id: int | None) -> ColumnElement[bool]:
    by_key = event.c.key == key
    if subscriber_id is None:
        return by_key
    return or_(by_key, event.c.subscriber_id == subscriber_id)


def forget(connection: Connection, *, before: datetime, most: int = MOST) -> bool:
    """Forget what came before a moment; whether there may be more than `most` of it.

    The oldest are at the front of the tables: where there is nothing to do, it costs
    nothing to ask. What was processed and delivered stays with its attempt.
    """
    counts = [
        connection.execute(_oldest(each, before, most)).rowcount
        for each in (event, bad_event)
    ]
    return most in counts


def _oldest(each: Table, before: datetime, most: int) -> Delete:
    front = select(each.c.id).order_by(each.c.id).limit(most)
    return delete(each).where(each.c.id.in_(front), each.c.received_at < before)
