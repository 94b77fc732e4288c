"""Who was asked to approve a slot's issue, and whether they have."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, select, update

from digest.errors import UnknownName
from digest.model import Schedule
from digest.store.schedules import GIVEN, SlotState, find_schedule, of_slot
from digest.store.tables import schedule, slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A slot that somebody was asked to approve, and whether they have."""

    schedule: Schedule
    slot: str
    given: bool


def hash_of(token: str) -> str:
    """What is kept of the token of a link that approves."""
    return sha256(token.encode()).hexdigest()


def ask_approval(
    connection: Connection, schedule_id: int, key: str, token_hash: str
) -> bool:
    """Note that somebody is asked to approve a slot; False where they were before."""
    asked = connection.execute(
        update(slot)
        .where(of_slot(schedule_id, key), slot.c.approval == "")
        .values(approval=token_hash)
    )
    return bool(asked.rowcount)


def approval_of(connection: Connection, issue_id: int) -> Approval | None:
    """What waits for the approval of an issue, or has it; None if nothing does."""
    row = connection.execute(
        select(slot.c.slot, slot.c.approval, schedule.c.name)
        .join(schedule, schedule.c.id == slot.c.schedule_id)
        .where(slot.c.issue_id == issue_id, slot.c.approval != "")
        .where(slot.c.state.in_([SlotState.WAITING, SlotState.RUNNING]))
    ).first()
    if row is None:
        return None
    return Approval(
        schedule=find_schedule(connection, row.name).schedule,
        slot=row.slot,
        given=row.approval == GIVEN,
    )


def approve(
    connection: Connection, *, issue_id: int | None = None, token_hash: str = ""
) -> str:
    """Approve the slot of an issue, or that of a token; the schedule it is of.

    Raises:
        UnknownName: no slot waits for it.
    """
    of = slot.c.issue_id == issue_id if issue_id else slot.c.approval == token_hash
    row = connection.execute(
        select(slot.c.schedule_id, slot.c.slot, schedule.c.name)
        .join_from(slot, schedule)
        .where(of, slot.c.approval != "")
        .where(slot.c.state.in_([SlotState.WAITING, SlotState.RUNNING]))
    ).one_or_none()
    if row is None:
        what = f"issue {issue_id}" if issue_id else "this link"
        raise UnknownName(f"{what}: no schedule waits for its approval")
    connection.execute(
        update(slot).where(of_slot(row.schedule_id, row.slot)).values(approval=GIVEN)
    )
    name: str = row.name
    return name


def asked_about(connection: Connection, token_hash: str) -> int | None:
    """The issue that the holder of a token was asked about, as long as it waits."""
    found: int | None = connection.scalar(
        select(slot.c.issue_id)
        .where(slot.c.approval == token_hash)
        .where(slot.c.state.in_([SlotState.WAITING, SlotState.RUNNING]))
    )
    return found
