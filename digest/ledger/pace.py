"""How many people may still be handed over in an hour, and in a day.

Counted from the attempts themselves, of all campaigns: a restart forgets nothing, and
several processes share one allowance.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, text

from digest.model import AttemptState
from digest.store.tables import attempt

#: of the allowance that all processes share; any number that is nobody else's
LOCK = 0x6469_6765_7374
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def allowance_wait(
    connection: Connection, limits: Mapping[timedelta, int], people: int, now: datetime
) -> float:
    """Seconds until so many more people may be handed over; 0 for now.

    `limits` are people in a span of time. A batch that is larger than a limit goes
    when nothing else was handed over in its span.
    """
    if limits and connection.dialect.name != "sqlite":
        # one at a time: two that look at once would both find room
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    waits = (
        _wait(connection, span, most, people, now) for span, most in limits.items()
    )
    return max(waits, default=0.0)


def _wait(
    connection: Connection, span: timedelta, most: int, people: int, now: datetime
) -> float:
    """Until enough of what was handed over in the span is longer ago than it."""
    handed = connection.execute(
        select(attempt.c.began_at, attempt.c.people)
        .where(attempt.c.began_at > now - span, attempt.c.people > 0)
        .where(attempt.c.state != AttemptState.REFUSED)
        .order_by(attempt.c.began_at)
    ).all()
    inside = sum(row.people for row in handed)
    wait = 0.0
    for row in handed:
        if inside + people <= most:
            break
        inside -= row.people
        wait = (row.began_at + span - now).total_seconds()
    return wait
