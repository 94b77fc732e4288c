"""Issues that the world may see: those of which something has gone out.

A rehearsal and a test make no campaign. What is staged at the provider has not gone out
before its time, and what was taken back never did.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, func, select

from digest.ledger.transitions import BatchState
from digest.store.tables import batch, campaign

#: a batch in these is out, or may be
OUT = (BatchState.SENDING, BatchState.UNKNOWN, BatchState.ACCEPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """An issue, its campaign, and when that began."""

    issue: int
    campaign: int
    at: datetime


def begun(
    connection: Connection, *, now: datetime, most: int, before: int | None = None
) -> list[Begun]:
    """The newest issues, by their ids, whose campaigns have begun, at most so many.

    `before` is the id of an issue that they are older than.
    """
    query = _begun(now).order_by(campaign.c.issue_id.desc()).limit(most)
    if before is not None:
        query = query.where(campaign.c.issue_id < before)
    return [Begun(**row) for row in connection.execute(query).mappings()]


def begun_issue(
    connection: Connection, issue_id: int, *, now: datetime
) -> Begun | None:
    """The campaign of an issue, if it has begun."""
    query = _begun(now).where(campaign.c.issue_id == issue_id)
    row = connection.execute(query).mappings().one_or_none()
    return Begun(**row) if row else None


def _begun(now: datetime) -> Select[tuple[int, int, datetime]]:
    at = func.coalesce(campaign.c.send_at, campaign.c.created_at)
    out = (
        select(batch.c.id)
        .where(
            batch.c.campaign_id == campaign.c.id,
            batch.c.state.in_(OUT),
            func.coalesce(batch.c.send_at, campaign.c.created_at) <= now,
        )
        .exists()
    )
    return select(
        campaign.c.issue_id.label("issue"),
        campaign.c.id.label("campaign"),
        at.label("at"),
    ).where(out)
