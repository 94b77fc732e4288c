"""A batch that the provider refuses for some of its people: they are set apart.

It becomes `split` and counts nothing; what it held is in others. Whom the provider
names is refused for certain; where it names nobody, halves are tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from digest.ledger.packing import pack, unpack
from digest.ledger.transitions import BatchState
from digest.model import AttemptState
from digest.store.tables import attempt, batch

#: Both halves of so many splits refused for the same reason: it is not the people.
HOPELESS = 2


def split(
    connection: Connection,
    attempt_id: int,
    culprits: Sequence[int],
    reason: str,
    now: datetime,
) -> None:
    """Put the people of an attempt's batch into two others; the campaign is locked."""
    parent = connection.execute(
        select(batch).join(attempt).where(attempt.c.id == attempt_id)
    ).one()
    ids = unpack(parent.recipients)
    guilty = set(culprits).intersection(ids)
    if not guilty:
        middle = len(ids) // 2
        child(connection, parent, ids[:middle], BatchState.PLANNED)
        child(connection, parent, ids[middle:], BatchState.PLANNED)
        return
    refused = child(connection, parent, guilty, BatchState.REJECTED)
    connection.execute(
        insert(attempt).values(
            batch_id=refused,
            n=1,
            state=AttemptState.REFUSED,
            reason=reason,
            excluded="{}",
            began_at=now,
            ended_at=now,
        )
    )
    child(connection, parent, set(ids) - guilty, BatchState.PLANNED)


def child(
    connection: Connection, parent: Row[Any], ids: Iterable[int], state: BatchState
) -> int:
    """A batch of some people of another; the campaign is locked."""
    people = tuple(ids)
    last = connection.scalar(
        select(func.max(batch.c.seq)).where(batch.c.campaign_id == parent.campaign_id)
    )
    result = connection.execute(
        insert(batch).values(
            campaign_id=parent.campaign_id,
            seq=(last or 0) + 1,
            size=len(people),
            recipients=pack(people),
            state=state,
            parent_id=parent.id,
            send_at=parent.send_at,
            canary=parent.canary,
        )
    )
    (key,) = result.inserted_primary_key or (0,)
    return int(key)


def hopeless(connection: Connection, campaign_id: int) -> str | None:
    """What both halves of several splits were refused for; None while there is hope.

    Without this, a sender that the provider dislikes would be refused once for each
    of its readers.
    """
    both = (
        select(attempt.c.reason)
        .join(batch)
        .where(batch.c.campaign_id == campaign_id)
        .where(batch.c.parent_id.is_not(None))
        .where(batch.c.state.in_([BatchState.REJECTED, BatchState.SPLIT]))
        .where(attempt.c.state == AttemptState.REFUSED)
        .where(attempt.c.people > 0)
        .group_by(batch.c.parent_id, attempt.c.reason)
        .having(func.count(batch.c.id.distinct()) == 2)
        .subquery()
    )
    return connection.scalar(
        select(both.c.reason)
        .group_by(both.c.reason)
        .having(func.count() >= HOPELESS)
        .limit(1)
    )
