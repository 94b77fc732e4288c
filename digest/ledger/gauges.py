"""How much there is of what is sent, for whoever watches: cheap to ask, however much.

The blobs of batches are never read, nor the rows of campaigns that have ended.
"""

from __future__ import annotations

from sqlalchemy import Connection, Select, func, select

from digest.ledger.status import UNSETTLED
from digest.ledger.transitions import BatchState
from digest.model import CampaignState
from digest.store.tables import batch, campaign

#: nothing of these changes by itself
ENDED = (CampaignState.FINISHED, CampaignState.CANCELLED)


def count_batches(connection: Connection) -> dict[str, int]:
    """How many batches are in each state, of every campaign."""
    counts = select(batch.c.state, func.count()).group_by(batch.c.state)
    return {str(state): count for state, count in _by_state(connection, counts).items()}


def count_people(connection: Connection) -> dict[str, int]:
    """People in batches of campaigns that have not ended: pending, accepted, unsettled.

    By the batch: who was left out of one at its hand-over counts with it.
    """
    sums = (
        select(batch.c.state, func.sum(batch.c.size))
        .join_from(campaign, batch)
        .where(campaign.c.state.not_in(ENDED))
        .group_by(batch.c.state)
    )
    people = _by_state(connection, sums)
    return {
        "pending": people[BatchState.PLANNED],
        "accepted": people[BatchState.ACCEPTED],
        "unsettled": sum(people[state] for state in UNSETTLED),
    }


def _by_state(
    connection: Connection, numbers: Select[str, int]
) -> dict[BatchState, int]:
    found: dict[str, int] = dict(connection.execute(numbers).all())
    return {state: int(found.get(state, 0)) for state in BatchState}
