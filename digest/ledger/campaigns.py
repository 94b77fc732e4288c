"""Campaigns: one an issue, with the e-mail's bytes and the batches of its people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from digest.errors import UnknownName
from digest.ledger.packing import BATCH_SIZE, IdSet, cut, pack, unpack
from digest.ledger.transitions import CAMPAIGN, BatchState, Order, moves
from digest.model import CampaignState, Email
from digest.store.tables import batch, campaign
from subscribers.model import Recipient


def create_campaign(
    connection: Connection,
    issue_id: int,
    email: Email,
    *,
    transport: str,
    lists: Sequence[str],
    now: datetime,
) -> int:
    """The id of the issue's campaign, made where there is none.

    An issue has one: the e-mail and the transport stay those it was made with,
    and `lists` are added to those that it was sent to before.
    """
    try:
        with connection.begin_nested():
            connection.execute(
                insert(campaign).values(
                    issue_id=issue_id,
                    state=CampaignState.DRAFT,
                    reason="",
                    transport=transport,
                    lists="[]",
                    email=msgspec.json.encode(email).decode(),
                    created_at=now,
                )
            )
    except IntegrityError:
        pass  # made before, or at this moment by another process
    row = connection.execute(
        select(campaign.c.id, campaign.c.lists)
        .where(campaign.c.issue_id == issue_id)
        .with_for_update()
    ).one()
    every = joined(row.lists, lists)
    connection.execute(
        update(campaign)
        .where(campaign.c.id == row.id)
        .values(lists=msgspec.json.encode(every).decode())
    )
    return int(row.id)


def joined(stored: str, lists: Sequence[str]) -> list[str]:
    """A campaign's lists as they are stored, and those of `lists` that are new."""
    known = msgspec.json.decode(stored, type=list[str])
    return [*known, *(name for name in lists if name not in known)]


def find_campaign(connection: Connection, issue_id: int) -> int | None:
    """The id of the issue's campaign, where there is one."""
    return connection.scalar(
        select(campaign.c.id).where(campaign.c.issue_id == issue_id)
    )


def stored_email(connection: Connection, campaign_id: int) -> Email:
    """The e-mail as it was when the campaign was made."""
    content = connection.scalar(
        select(campaign.c.email).where(campaign.c.id == campaign_id)
    )
    if content is None:
        raise UnknownName(f"there is no campaign {campaign_id}; see `digest status`")
    return msgspec.json.decode(content, type=Email)


def plan(
    connection: Connection,
    campaign_id: int,
    people: Iterable[Recipient],
    size: int = BATCH_SIZE,
) -> int:
    """Put those of `people` into batches who are in none yet; how many they are.

    One pass over the stream; the memory is a bit for every id there ever was.
    """
    # The row lock keeps a second `send` from planning the same people meanwhile
    # (on SQLite the transaction itself does).
    connection.execute(
        select(campaign.c.id).where(campaign.c.id == campaign_id).with_for_update()
    ).one()
    seen = planned_ids(connection, campaign_id)
    last = connection.scalar(
        select(func.max(batch.c.seq)).where(batch.c.campaign_id == campaign_id)
    )
    new = (person.id for person in people if seen.add(person.id))
    planned = 0
    for seq, ids in enumerate(cut(new, size), start=(last or 0) + 1):
        connection.execute(
            insert(batch).values(
                campaign_id=campaign_id,
                seq=seq,
                size=len(ids),
                recipients=pack(ids),
                state=BatchState.PLANNED,
            )
        )
        planned += len(ids)
    return planned


def planned_ids(connection: Connection, campaign_id: int) -> IdSet:
    """Everybody who is in the campaign already."""
    seen = IdSet()
    for packed in connection.scalars(
        select(batch.c.recipients).where(batch.c.campaign_id == campaign_id)
    ):
        for number in unpack(packed):
            seen.add(number)
    return seen


def begin(connection: Connection, campaign_id: int) -> None:
    """Let the campaign run, from its start or from where it stopped."""
    _order(connection, campaign_id, Order.BEGIN, "")


def pause(connection: Connection, campaign_id: int, reason: str) -> None:
    """Stop a running campaign: nobody claims a batch of it from now on."""
    _order(connection, campaign_id, Order.PAUSE, reason)


def conclude(connection: Connection, campaign_id: int) -> None:
    """Say how a run ended: finished, or stopped with what is unknown named.

    Nothing changes while there is a batch that is planned, or under way in
    another process.
    """
    rows = connection.execute(
        select(batch.c.state, func.count())
        .where(batch.c.campaign_id == campaign_id)
        .group_by(batch.c.state)
    )
    states = {BatchState(state): count for state, count in rows}
    if BatchState.PLANNED in states or BatchState.SENDING in states:
        return
    if doubtful := states.get(BatchState.UNKNOWN, 0):
        reason = f"unsettled: {doubtful} of {sum(states.values())} batches"
        pause(connection, campaign_id, reason)
    else:
        _order(connection, campaign_id, Order.FINISH, "")


def _order(connection: Connection, campaign_id: int, order: Order, reason: str) -> None:
    before, after = moves(CAMPAIGN, order)
    connection.execute(
        update(campaign)
        .where(campaign.c.id == campaign_id, campaign.c.state.in_(before))
        .values(state=after, reason=reason)
    )
