"""How far a campaign has come; the figures add up at every moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, func, select

from digest.ledger.claims import HAS_IT
from digest.ledger.evidence import gone_out
from digest.ledger.lateness import late
from digest.ledger.transitions import BatchState
from digest.model import CampaignState, Mode
from digest.store.tables import attempt, batch, campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A batch of which nobody can say whether it arrived."""

    batch: int
    attempt: int
    recipients: int
    state: BatchState
    reason: str
    began_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Counts people: planned = pending + accepted + excluded + failed + unsettled."""

    issue: int
    #: None where the issue has no campaign: nobody began to send it
    state: CampaignState | None = None
    reason: str = ""
    mode: Mode = Mode.DIRECT
    #: when it is to go out; None for at once
    send_at: datetime | None = None
    planned: int = 0
    #: not handed over yet
    pending: int = 0
    accepted: int = 0
    #: left between the plan and the hand-over, by reason
    excluded: Mapping[str, int] = field(default_factory=dict)
    #: refused for certain, by the provider's reason
    failed: Mapping[str, int] = field(default_factory=dict)
    #: in the batches named in `doubts`
    unsettled: int = 0
    #: left after their mail was handed over, and before it goes out
    late: int = 0
    #: batches by state
    batches: Mapping[str, int] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()


#: what nobody can say of whether it arrives
UNSETTLED = (BatchState.SENDING, BatchState.UNKNOWN, BatchState.CANCELLING)


class Newest(NamedTuple):
    """A row of `newest_attempts`; before the first, what is of it is None."""

    id: int
    size: int
    state: str
    attempt: int
    reason: str
    excluded: str
    refused: str
    began_at: datetime
    recipients: bytes = b""


def status(connection: Connection, issue_id: int) -> Status:
    """The figures of an issue's campaign; all zero, and no state, where it has none."""
    found = connection.execute(
        select(*campaign.c["id", "state", "reason", "mode", "send_at"]).where(
            campaign.c.issue_id == issue_id
        )
    ).one_or_none()
    if found is None:
        return Status(issue=issue_id)
    tally = _Tally()
    for row in newest_attempts(connection, found.id):
        tally.add(row)
    tally.partly(connection)
    pending = tally.people[BatchState.PLANNED]
    if found.state in (CampaignState.CANCELLING, CampaignState.CANCELLED) and pending:
        tally.excluded["cancelled"] += pending
        pending = 0
    return Status(
        issue=issue_id,
        state=CampaignState(found.state),
        reason=found.reason,
        mode=Mode(found.mode),
        send_at=found.send_at,
        planned=tally.planned,
        pending=pending,
        accepted=tally.people[BatchState.ACCEPTED],
        excluded=dict(tally.excluded),
        failed=dict(tally.failed),
        unsettled=sum(tally.people[state] for state in UNSETTLED),
        late=late(connection, found.id),
        batches=dict(tally.batches),
        doubts=tuple(tally.doubts),
    )


class _Tally:
    """The people of the batches seen so far."""

    def __init__(self) -> None:
        self.planned = 0
        self.people: Counter[BatchState] = Counter()
        self.batches: Counter[str] = Counter()
        self.excluded: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.doubts: list[Doubt] = []

    def partly(self, connection: Connection) -> None:
        """Of what is being taken back, count as accepted whose copy has gone out
        (design/delivery.md, rule 14)."""
        recalled = [
            doubt.attempt
            for doubt in self.doubts
            if doubt.state is BatchState.CANCELLING
        ]
        gone = gone_out(connection, recalled) if recalled else {}
        for place, doubt in enumerate(self.doubts):
            if people := len(gone.get(doubt.attempt, ())):
                self.people[BatchState.CANCELLING] -= people
                self.people[BatchState.ACCEPTED] += people
                left = replace(doubt, recipients=doubt.recipients - people)
                self.doubts[place] = left

    def add(self, row: Newest) -> None:
        state = BatchState(row.state)
        self.batches[state] += 1
        if state is BatchState.SPLIT:
            return
        # Who is excluded is asked anew at each hand-over.
        left = Counter() if state is BatchState.PLANNED else _left(row.excluded)
        refused = Counter() if state is BatchState.PLANNED else _left(row.refused)
        people = row.size - left.total() - refused.total()
        self.planned += row.size
        self.people[BatchState.ACCEPTED] += left.pop(HAS_IT, 0)
        self.excluded += left
        self.failed += refused
        self.people[state] += people
        if state is BatchState.REJECTED:
            self.failed[row.reason] += people
        if state in UNSETTLED:
            self.doubts.append(
                Doubt(
                    batch=row.id,
                    attempt=row.attempt,
                    recipients=people,
                    state=state,
                    reason=row.reason,
                    began_at=row.began_at,
                )
            )


def newest_attempts(
    connection: Connection, campaign_id: int, *, people: bool = False
) -> Iterator[Newest]:
    """Each batch with its newest attempt; with its people only if asked for."""
    newest = (
        select(attempt.c.batch_id, func.max(attempt.c.id).label("id"))
        .join(batch)
        .where(batch.c.campaign_id == campaign_id)
        .group_by(attempt.c.batch_id)
        .subquery()
    )
    rows = connection.execute(
        select(
            batch.c.id,
            batch.c.size,
            batch.c.state,
            attempt.c.id,
            attempt.c.reason,
            attempt.c.excluded,
            attempt.c.refused,
            attempt.c.began_at,
            *([batch.c.recipients] if people else []),
        )
        .outerjoin(newest, newest.c.batch_id == batch.c.id)
        .outerjoin(attempt, attempt.c.id == newest.c.id)
        .where(batch.c.campaign_id == campaign_id)
        .order_by(batch.c.seq)
    )
    return (Newest(*row) for row in rows)


def _left(excluded: str) -> Counter[str]:
    reasons = msgspec.json.decode(excluded, type=dict[str, list[int]])
    return Counter({reason: len(ids) for reason, ids in reasons.items()})
