"""Campaigns: one an issue, with the e-mail's bytes and the batches of its people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import count, islice

import msgspec
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from digest.errors import UnknownName
from digest.ledger.packing import BATCH_SIZE, IdSet, cut_by, pack, unpack
from digest.ledger.times import Times
from digest.ledger.transitions import PASSING, BatchState
from digest.model import CampaignState, Email, Mode
from digest.store.tables import attempt, batch, campaign
from subscribers.model import Recipient


def create_campaign(
    connection: Connection,
    issue_id: int,
    email: Email,
    *,
    transport: str,
    lists: Sequence[str],
    now: datetime,
    mode: Mode = Mode.DIRECT,
    send_at: datetime | None = None,
    segment: str = "",
    local_time: str = "",
) -> int:
    """The id of the issue's campaign, made where there is none.

    An issue has one: the e-mail, the transport and the mode stay those it was made
    with, and `lists` are added to those that it was sent to before.
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
                    mode=mode,
                    send_at=send_at,
                    segment=segment,
                    local_time=local_time,
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


def mode_of(connection: Connection, issue_id: int) -> Mode | None:
    """How the issue's campaign is handed over; None where it has none."""
    mode = connection.scalar(
        select(campaign.c.mode).where(campaign.c.issue_id == issue_id)
    )
    return None if mode is None else Mode(mode)


def is_staged(connection: Connection, campaign_id: int) -> bool:
    """Whether a campaign is handed over ahead of its time."""
    mode = connection.scalar(
        select(campaign.c.mode).where(campaign.c.id == campaign_id)
    )
    return mode == Mode.STAGED


def transport_of(connection: Connection, campaign_id: int) -> tuple[str, list[str]]:
    """The name of the transport that a campaign was begun with, and its lists."""
    row = connection.execute(
        select(campaign.c.transport, campaign.c.lists).where(
            campaign.c.id == campaign_id
        )
    ).one()
    return row.transport, joined(row.lists, ())


def stored_email(connection: Connection, campaign_id: int) -> Email:
    """The e-mail as it was when the campaign was made."""
    content = connection.scalar(
        select(campaign.c.email).where(campaign.c.id == campaign_id)
    )
    if content is None:
        raise UnknownName(f"there is no campaign {campaign_id}; see `digest status`")
    return msgspec.json.decode(content, type=Email)


def set_email(connection: Connection, campaign_id: int, email: Email) -> None:
    """Give a campaign that nobody is planned in the e-mail as it is now."""
    nobody = ~select(batch.c.id).where(batch.c.campaign_id == campaign_id).exists()
    connection.execute(
        update(campaign)
        .where(campaign.c.id == campaign_id, nobody)
        .where(campaign.c.state == CampaignState.DRAFT)
        .values(email=msgspec.json.encode(email).decode())
    )


#: when somebody's mail is to go out; None for at once
When = Callable[[Recipient], datetime | None]


def plan(
    connection: Connection,
    campaign_id: int,
    people: Iterable[Recipient],
    size: int = BATCH_SIZE,
    *,
    when: When = lambda person: None,
    canary: int = 0,
) -> int:
    """Put those of `people` into batches who are in none yet; how many they are.

    One pass over the stream; the memory is a bit for every id there ever was, and a
    batch for each moment that `when` gives, for a batch has one (rule 10). The first
    `canary` people go out before the others.
    """
    # The row lock keeps a second `send` from planning the same people meanwhile
    # (on SQLite the transaction itself does).
    lock_campaign(connection, campaign_id)
    seen = planned_ids(connection, campaign_id)
    last = connection.scalar(
        select(func.max(batch.c.seq)).where(batch.c.campaign_id == campaign_id)
    )
    new = (person for person in people if seen.add(person.id))
    first = ((None, person.id) for person in islice(new, canary))
    others = ((when(person), person.id) for person in new)
    seqs = count((last or 0) + 1)
    planned = 0
    for stream, direct in ((first, True), (others, False)):
        for send_at, ids in cut_by(stream, size):
            connection.execute(
                insert(batch).values(
                    campaign_id=campaign_id,
                    seq=next(seqs),
                    size=len(ids),
                    recipients=pack(ids),
                    state=BatchState.PLANNED,
                    send_at=send_at,
                    canary=direct,
                )
            )
            planned += len(ids)
    return planned


def lock_campaign(connection: Connection, campaign_id: int) -> None:
    """Wait for whoever claims or plans, and keep them waiting till the commit."""
    connection.execute(
        select(campaign.c.id).where(campaign.c.id == campaign_id).with_for_update()
    ).one()


def planned_ids(connection: Connection, campaign_id: int) -> IdSet:
    """Everybody who is in the campaign already."""
    seen = IdSet()
    for packed in connection.scalars(
        select(batch.c.recipients).where(batch.c.campaign_id == campaign_id)
    ):
        for number in unpack(packed):
            seen.add(number)
    return seen


# --- What is known of them ------------------------------------------------------------


def next_due(connection: Connection, campaign_id: int, times: Times) -> datetime | None:
    """When handing over may begin: so long ahead of the first batch's time that is
    planned; None for at once, or where nothing is."""
    found = connection.execute(
        select(batch.c.send_at, campaign.c.mode)
        .join(campaign)
        .where(campaign.c.id == campaign_id, batch.c.state == BatchState.PLANNED)
        .order_by(batch.c.canary.desc(), batch.c.send_at.asc().nulls_first())
        .limit(1)
    ).one_or_none()
    if found is None or found.send_at is None:
        return None
    ahead = times.window if found.mode == Mode.STAGED else 0
    due: datetime = found.send_at - timedelta(seconds=ahead)
    return due


def unfinished(connection: Connection) -> list[tuple[int, int, CampaignState]]:
    """Campaigns that run, or wait for their time: their ids, issues and states.

    Among them those that nothing came through for, which are tried again.
    """
    passing = campaign.c.reason.startswith(PASSING)
    paused = (campaign.c.state == CampaignState.PAUSED) & passing
    rows = connection.execute(
        select(campaign.c.id, campaign.c.issue_id, campaign.c.state)
        .where(
            campaign.c.state.in_(
                [
                    CampaignState.SCHEDULED,
                    CampaignState.RUNNING,
                    CampaignState.CANCELLING,
                ]
            )
            | paused
        )
        .order_by(campaign.c.id)
    )
    going = {CampaignState.PAUSED: CampaignState.RUNNING}
    return [
        (row.id, row.issue_id, going.get(row.state, CampaignState(row.state)))
        for row in rows
    ]


def sent_since(
    connection: Connection, lists: Sequence[str], since: datetime
) -> list[int]:
    """The issues whose campaigns to one of the lists were begun since then."""
    rows = connection.execute(
        select(campaign.c.issue_id, campaign.c.lists)
        .where(campaign.c.created_at > since)
        .where(campaign.c.state.not_in([CampaignState.DRAFT, CampaignState.CANCELLED]))
        .order_by(campaign.c.id)
    )
    return [row.issue_id for row in rows if set(lists) & set(joined(row.lists, ()))]


def audience_of(connection: Connection, campaign_id: int) -> tuple[list[str], str]:
    """The lists of a campaign, and the segment of them that was meant."""
    row = connection.execute(
        select(campaign.c.lists, campaign.c.segment).where(campaign.c.id == campaign_id)
    ).one()
    return joined(row.lists, ()), row.segment


def begun_at(connection: Connection, campaign_id: int) -> datetime:
    """When it was to go out, or else when it was made."""
    moment: datetime = connection.execute(
        select(func.coalesce(campaign.c.send_at, campaign.c.created_at)).where(
            campaign.c.id == campaign_id
        )
    ).scalar_one()
    return moment


def has_planned(connection: Connection, campaign_id: int) -> bool:
    """Whether there is a batch that waits to be handed over."""
    return count_planned(connection, campaign_id) > 0


def count_planned(connection: Connection, campaign_id: int) -> int:
    """How many batches wait to be handed over."""
    count = select(func.count()).where(
        batch.c.campaign_id == campaign_id, batch.c.state == BatchState.PLANNED
    )
    return connection.scalar(count) or 0


def state_of(connection: Connection, campaign_id: int) -> CampaignState:
    """What the campaign is doing.

    Raises:
        UnknownName: there is none.
    """
    state = connection.scalar(
        select(campaign.c.state).where(campaign.c.id == campaign_id)
    )
    if state is None:
        raise UnknownName(f"there is no campaign {campaign_id}; see `digest status`")
    return CampaignState(state)


def sent_together(connection: Connection, on: str) -> list[str]:
    """The lists that the newest campaign to a list went to: who leaves by a mail of it
    leaves all of them."""
    rows = connection.scalars(
        select(campaign.c.lists).order_by(campaign.c.id.desc()).limit(100)
    )
    every = (joined(stored, ()) for stored in rows)
    return next((lists for lists in every if on in lists), [])


def count_states(connection: Connection) -> dict[str, int]:
    """How many campaigns are in each state; 0 in those that none is in."""
    rows = connection.execute(
        select(campaign.c.state, func.count().label("count")).group_by(campaign.c.state)
    )
    found: dict[str, int] = {state: number for state, number in rows}  # noqa: C416
    return {state.value: found.get(state, 0) for state in CampaignState}


def standing_still(connection: Connection, since: datetime) -> list[int]:
    """Issues whose batches were due before `since`, and that nobody hands over."""
    lately = (
        select(attempt.c.id)
        .join(batch, batch.c.id == attempt.c.batch_id)
        .where(batch.c.campaign_id == campaign.c.id, attempt.c.began_at > since)
        .exists()
    )
    due = func.coalesce(batch.c.send_at, campaign.c.created_at)
    return list(
        connection.scalars(
            select(campaign.c.issue_id)
            .join(batch, batch.c.campaign_id == campaign.c.id)
            .where(
                campaign.c.state.in_([CampaignState.RUNNING, CampaignState.SCHEDULED])
            )
            .where(batch.c.state == BatchState.PLANNED, due < since, ~lately)
            .distinct()
            .order_by(campaign.c.issue_id)
        )
    )
