"""What campaigns are told to do, and how a run of one ends."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, func, select, update

from digest.ledger.campaigns import lock_campaign
from digest.ledger.transitions import CAMPAIGN, PASSING, BatchState, Order, moves
from digest.model import CampaignState
from digest.store.tables import batch, campaign

#: how the reason begins of a campaign that stopped with something unknown
UNSETTLED = "unsettled:"
#: how the reason begins of one that is not sent unasked
HELD = "held:"
BY_HAND = "by hand"
#: reasons that somebody, or the stop rule, had
ON_PURPOSE = (BY_HAND, HELD, "stop rule:", "alarm:")
#: what has not ended
OPEN = (
    CampaignState.DRAFT,
    CampaignState.SCHEDULED,
    CampaignState.RUNNING,
    CampaignState.PAUSED,
)
#: what nobody can say of whether it arrives, when nothing is under way
DOUBTFUL = (BatchState.UNKNOWN, BatchState.CANCELLING)


def begin(connection: Connection, campaign_id: int) -> bool:
    """Let the campaign run, from its start or from where it stopped; whether it may."""
    return _order(connection, campaign_id, Order.BEGIN, "")


def go_on(connection: Connection, campaign_id: int) -> bool:
    """Let the campaign run because its time has come, or nothing came through before;
    not if it was stopped."""
    passing = campaign.c.reason.startswith(PASSING)
    return _order(connection, campaign_id, Order.GO_ON, "") or _order(
        connection, campaign_id, Order.RETRY, "", passing
    )


def planned(connection: Connection, campaign_id: int) -> bool:
    """Note that it has people: whoever runs next hands them over, if this one dies."""
    return _order(connection, campaign_id, Order.PLAN, "")


def schedule(connection: Connection, campaign_id: int) -> bool:
    """Leave the campaign to whoever runs when its time comes."""
    return _order(connection, campaign_id, Order.SCHEDULE, "")


def pause(connection: Connection, campaign_id: int, reason: str) -> bool:
    """Stop a campaign: nobody claims a batch of it from now on."""
    return _order(connection, campaign_id, Order.PAUSE, reason)


def cancel(connection: Connection, campaign_id: int) -> bool:
    """Nothing more of the campaign is handed over, and what can be is taken back."""
    return _order(connection, campaign_id, Order.CANCEL, "by hand")


def conclude(connection: Connection, campaign_id: int) -> None:
    """Say how a run ended: finished, or stopped with what is unknown named.

    Nothing changes while there is a batch that is planned, or under way in
    another process. What had stopped with something unknown is finished once that is
    settled.
    """
    lock_campaign(connection, campaign_id)
    row = connection.execute(
        select(campaign.c.state, campaign.c.reason).where(campaign.c.id == campaign_id)
    ).one()
    doubted = row.state == CampaignState.PAUSED and row.reason.startswith(UNSETTLED)
    if row.state != CampaignState.RUNNING and not doubted:
        return
    states = _states(connection, campaign_id)
    if BatchState.PLANNED in states or BatchState.SENDING in states:
        return
    doubtful = sum(states.get(each, 0) for each in DOUBTFUL)
    if doubtful:
        every = sum(states.values()) - states.get(BatchState.SPLIT, 0)
        pause(connection, campaign_id, f"{UNSETTLED} {doubtful} of {every} batches")
    else:
        _order(connection, campaign_id, Order.FINISH, "")


def end(connection: Connection, campaign_id: int) -> bool:
    """Call a campaign that is being cancelled cancelled: all that can be was taken
    back. What is planned in it never goes out, and counts as excluded."""
    return _order(connection, campaign_id, Order.END, "by hand")


def hold_unfinished(connection: Connection, reason: str) -> list[int]:
    """Hold every campaign that has not ended; the issues that they are of."""
    held = connection.execute(
        update(campaign)
        .where(campaign.c.state.in_(OPEN))
        .values(state=CampaignState.PAUSED, reason=f"{HELD} {reason}")
        .returning(campaign.c.issue_id)
    )
    return sorted(held.scalars())


def stopped_on_purpose(connection: Connection, campaign_id: int) -> str:
    """Why a campaign is paused that only `resume` may go on with; empty where it is
    not, or for what a provider or a network did."""
    row = connection.execute(
        select(campaign.c.state, campaign.c.reason).where(campaign.c.id == campaign_id)
    ).one()
    meant = row.state == CampaignState.PAUSED and row.reason.startswith(ON_PURPOSE)
    return row.reason if meant else ""


def _states(connection: Connection, campaign_id: int) -> dict[BatchState, int]:
    rows = connection.execute(
        select(batch.c.state, func.count())
        .where(batch.c.campaign_id == campaign_id)
        .group_by(batch.c.state)
    )
    return {BatchState(state): number for state, number in rows}


def _order(
    connection: Connection,
    campaign_id: int,
    order: Order,
    reason: str,
    *conditions: ColumnElement[bool],
) -> bool:
    before, after = moves(CAMPAIGN, order)
    found = connection.execute(
        update(campaign)
        .where(campaign.c.id == campaign_id, campaign.c.state.in_(before))
        .where(*conditions)
        .values(state=after, reason=reason)
    )
    return bool(found.rowcount)
