"""Which issues one person was to get, and what came of it.

Batches keep their people as packed numbers, so all of them are looked through: this
is for somebody who asks, not for millions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from digest.ledger.packing import holds
from digest.ledger.transitions import BatchState
from digest.store import tables
from digest.store.tables import attempt, batch, campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One person's copy of an issue: the state of its batch, at its last attempt.

    `excluded` is why they were left out of it, empty where they were not.
    """

    issue: int
    subject: str
    batch: int
    state: BatchState
    excluded: str
    at: datetime | None


def copies(connection: Connection, subscriber_id: int) -> tuple[Copy, ...]:
    """Every copy that was planned for a person, the earliest issue first."""
    campaigns = connection.execute(
        select(campaign.c.id, campaign.c.issue_id, tables.issue.c.subject)
        .join_from(campaign, tables.issue)
        .order_by(campaign.c.id)
    ).all()
    return tuple(
        _copy(connection, subscriber_id, number, issue=issue_id, subject=subject)
        for campaign_id, issue_id, subject in campaigns
        for number in _batches(connection, campaign_id, subscriber_id)
    )


def _batches(
    connection: Connection, campaign_id: int, subscriber_id: int
) -> Iterator[int]:
    rows = connection.execute(
        select(batch.c.id, batch.c.recipients)
        .where(batch.c.campaign_id == campaign_id)
        .where(batch.c.state != BatchState.SPLIT)
        .order_by(batch.c.seq)
    ).all()
    return (row.id for row in rows if holds(row.recipients, subscriber_id))


def _copy(
    connection: Connection,
    subscriber_id: int,
    batch_id: int,
    *,
    issue: int,
    subject: str,
) -> Copy:
    row = connection.execute(
        select(batch.c.state, *attempt.c["excluded", "began_at", "ended_at"])
        .outerjoin_from(batch, attempt)
        .where(batch.c.id == batch_id)
        .order_by(attempt.c.n.desc())
        .limit(1)
    ).one()
    left = msgspec.json.decode(row.excluded or "{}", type=dict[str, list[int]])
    return Copy(
        issue=issue,
        subject=subject,
        batch=batch_id,
        state=BatchState(row.state),
        excluded=next((why for why, ids in left.items() if subscriber_id in ids), ""),
        at=row.ended_at or row.began_at,
    )
