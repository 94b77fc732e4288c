"""How many people an event came of: by the minute, the domain, the link.

Each person counts once for a thing, as in `ledger.figures`: as a reader where any such
event of theirs is a reader's, and else as seen by a program only.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    case,
    func,
    select,
)

from digest.events.naming import EventType
from digest.store.tables import event
from subscribers.driver import domain_of, since

#: of these a report says when, where and on what
TOLD = (EventType.BOUNCED, EventType.OPENED, EventType.CLICKED)


class People(NamedTuple):
    """So many people; `machine` where only a program was seen."""

    event: EventType
    machine: bool
    people: int


def by_minute(
    connection: Connection, campaign_id: int
) -> Iterator[tuple[datetime, People]]:
    """Each person by the first time that they did it; in no order."""
    persons = _persons(campaign_id, by_reader=func.min(_unless_machine()))
    at = func.coalesce(persons.c.by_reader, persons.c.first)
    minute = since(connection, at, "minute")
    for text, people in _counted(connection, persons, minute):
        yield datetime.fromisoformat(text).replace(tzinfo=UTC), people


def by_domain(connection: Connection, campaign_id: int) -> Iterator[tuple[str, People]]:
    """Each person by the domain of the address; empty for who was erased."""
    persons = _persons(campaign_id, key=func.max(event.c.key))
    return _counted(connection, persons, domain_of(connection, persons.c.key))


def by_link(connection: Connection, campaign_id: int) -> Iterator[tuple[str, People]]:
    """Each person by every link that they followed; empty for who was erased."""
    persons = (
        _persons_of(campaign_id, EventType.CLICKED)
        .add_columns(event.c.url)
        .group_by(event.c.url)
        .subquery()
    )
    return _counted(connection, persons, persons.c.url)


def _unless_machine() -> ColumnElement[datetime]:
    return case((event.c.machine, None), else_=event.c.at)


def _persons(campaign_id: int, **columns: ColumnElement[object]) -> Subquery:
    named = [column.label(name) for name, column in columns.items()]
    return _persons_of(campaign_id, *TOLD).add_columns(*named).subquery()


def _persons_of(campaign_id: int, *kinds: EventType) -> Select[*tuple[Any, ...]]:
    """A row for each kind and person."""
    return (
        select(
            event.c.event,
            func.min(case((event.c.machine, 1), else_=0)).label("machine"),
            func.min(event.c.at).label("first"),
        )
        .where(event.c.campaign_id == campaign_id, event.c.event.in_(kinds))
        .group_by(event.c.event, event.c.subscriber_id)
    )


def _counted(
    connection: Connection, persons: Subquery, what: ColumnElement[str]
) -> Iterator[tuple[str, People]]:
    columns = (what.label("what"), persons.c.event, persons.c.machine)
    rows = connection.execute(
        select(*columns, func.count()).group_by("what", *columns[1:])
    )
    for text, kind, machine, people in rows:
        yield text, People(EventType(kind), bool(machine), people)
