"""Who of a campaign's people has not got it, and why."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection

from digest.ledger.claims import HAS_IT
from digest.ledger.evidence import gone_out
from digest.ledger.packing import unpack
from digest.ledger.status import UNSETTLED, Newest, newest_attempts
from digest.ledger.transitions import BatchState


def missed(connection: Connection, campaign_id: int) -> Iterator[tuple[int, str]]:
    """Ids of subscribers with the reason: why they were left out or refused, or
    `pending`, or `unsettled`; a batch at a time.

    Of a cancelled campaign, what is pending is what was cancelled.
    """
    for row in newest_attempts(connection, campaign_id, people=True):
        state = BatchState(row.state)
        if state is BatchState.SPLIT:
            continue
        reasons = {} if state is BatchState.PLANNED else _left_out(row)
        for number, reason in reasons.items():
            if reason != HAS_IT:
                yield number, reason
        if word := _word(state, row.reason):
            reached = gone_out(connection, [row.attempt]).get(row.attempt, frozenset())
            for number in unpack(row.recipients):
                if number not in reasons and number not in reached:
                    yield number, word


def _word(state: BatchState, reason: str) -> str:
    if state is BatchState.PLANNED:
        return "pending"
    if state in UNSETTLED:
        return "unsettled"
    return f"refused: {reason}" if state is BatchState.REJECTED else ""


def _left_out(row: Newest) -> dict[int, str]:
    """Who was left out of an attempt or refused by it for themselves, and why."""
    kinds = ((row.excluded, ""), (row.refused, "refused: "))
    return {
        number: said + reason
        for stored, said in kinds
        for reason, ids in msgspec.json.decode(
            stored or "{}", type=dict[str, list[int]]
        ).items()
        for number in ids
    }
