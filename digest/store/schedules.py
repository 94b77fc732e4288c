"""Schedules, and the slots of theirs that were begun."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from digest.errors import TryAgain, UnknownName, UsageError
from digest.model import Missed, Otherwise, Schedule
from digest.store.tables import schedule, slot


class SlotState(StrEnum):
    """What became of a slot."""

    #: begun; still so after a crash, and then taken up again
    RUNNING = "running"
    #: for somebody to approve it, or to say that it is still wanted
    WAITING = "waiting"
    #: its issue was handed over
    SENT = "sent"
    #: its issue was written into files; nobody was mailed
    REHEARSED = "rehearsed"
    #: there was nothing to send, or it was too late
    SKIPPED = "skipped"
    #: a check forbade sending; tried again
    REFUSED = "refused"
    #: something went wrong, or could not be handed over; tried again
    FAILED = "failed"
    #: partly sent, or nobody can say whether
    UNSETTLED = "unsettled"


#: stands in the place of a token's hash once its holder has pressed the button
GIVEN = "given"
#: what somebody can mend, so that the slot is not over
MENDABLE = frozenset({SlotState.REFUSED, SlotState.FAILED, SlotState.WAITING})


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSchedule:
    """A schedule in the database; slots before `created_at` are none of its own."""

    id: int
    created_at: datetime
    schedule: Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A slot that was begun, now or before, and the issue that was frozen for it."""

    state: SlotState
    issue: int | None
    approved: bool = False


def add_schedule(connection: Connection, new: Schedule, now: datetime) -> None:
    """Keep a schedule.

    Raises:
        UsageError: there is one of that name.
    """
    row = insert(schedule).values(
        name=new.name,
        every=new.every,
        zone=new.zone,
        lists=msgspec.json.encode(new.lists).decode(),
        created_at=now,
        options=msgspec.json.encode(_options(new)).decode(),
    )
    try:
        connection.execute(row)
    except IntegrityError as error:
        raise UsageError(
            f"there is a schedule {new.name} already; "
            f"digest schedule remove {new.name} takes it away"
        ) from error


def all_schedules(connection: Connection) -> list[StoredSchedule]:
    """Every schedule, by name."""
    return [_stored(row) for row in connection.execute(_query())]


def find_schedule(connection: Connection, name: str) -> StoredSchedule:
    """The schedule of that name.

    Raises:
        UnknownName: there is none; says which there are.
    """
    row = connection.execute(_query().where(schedule.c.name == name)).one_or_none()
    if row is None:
        names = connection.scalars(select(schedule.c.name).order_by(schedule.c.name))
        there_are = ", ".join(names) or "none yet"
        raise UnknownName(f"there is no schedule {name}; there is {there_are}")
    return _stored(row)


def remove_schedule(connection: Connection, name: str) -> None:
    """Take a schedule and the record of its slots away; its issues stay.

    Raises:
        UnknownName: there is none of that name.
    """
    found = find_schedule(connection, name)
    connection.execute(delete(slot).where(slot.c.schedule_id == found.id))
    connection.execute(delete(schedule).where(schedule.c.id == found.id))


def _query() -> Select[int, str, str, str, str, datetime, str]:
    columns = schedule.c
    return select(
        columns.id,
        columns.name,
        columns.every,
        columns.zone,
        columns.lists,
        columns.created_at,
        columns.options,
    ).order_by(columns.name)


class _Options(msgspec.Struct, omit_defaults=True):
    """What a schedule says beside when and to whom; spans in seconds."""

    lead: float | None = None
    lateness: float | None = None
    missed: Missed | None = None
    approve: bool | None = None
    deadline: float | None = None
    otherwise: Otherwise | None = None


def _options(new: Schedule) -> _Options:
    return _Options(
        lead=new.lead.total_seconds(),
        lateness=new.lateness.total_seconds(),
        missed=new.missed,
        approve=new.approve,
        deadline=new.deadline.total_seconds(),
        otherwise=new.otherwise,
    )


def _stored(row: Row[int, str, str, str, str, datetime, str]) -> StoredSchedule:
    lists = msgspec.json.decode(row.lists, type=tuple[str, ...])
    options = msgspec.json.decode(row.options, type=_Options)
    given: dict[str, Any] = {
        name: timedelta(seconds=value) if isinstance(value, float) else value
        for name, value in msgspec.structs.asdict(options).items()
        if value is not None
    }
    return StoredSchedule(
        id=row.id,
        created_at=row.created_at,
        schedule=Schedule(
            name=row.name, every=row.every, zone=row.zone, lists=lists, **given
        ),
    )


def begin_slot(
    connection: Connection, schedule_id: int, key: str, now: datetime
) -> Begun:
    """Begin a slot, or say how far it is where it was begun before."""
    values = {"schedule_id": schedule_id, "slot": key, "state": SlotState.RUNNING}
    try:
        with connection.begin_nested():
            connection.execute(insert(slot).values(**values, reason="", began_at=now))
    except IntegrityError:
        row = connection.execute(
            select(slot.c.state, slot.c.issue_id, slot.c.approval).where(
                _is(schedule_id, key)
            )
        ).one()
        return Begun(
            state=SlotState(row.state),
            issue=row.issue_id,
            approved=row.approval == GIVEN,
        )
    return Begun(state=SlotState.RUNNING, issue=None)


def set_issue(
    connection: Connection, schedule_id: int, key: str, issue_id: int
) -> None:
    """Enter the slot's issue, in the transaction that freezes it.

    Raises:
        TryAgain: another process has entered one: then this one must not be kept.
    """
    entered = connection.execute(
        update(slot)
        .where(_is(schedule_id, key), slot.c.issue_id.is_(None))
        .values(issue_id=issue_id)
    )
    if not entered.rowcount:
        raise TryAgain(f"another process has built the issue of slot {key}")


def hash_of(token: str) -> str:
    """What is kept of the token of a link that approves."""
    return sha256(token.encode()).hexdigest()


def ask_approval(
    connection: Connection, schedule_id: int, key: str, token_hash: str
) -> bool:
    """Note that somebody is asked to approve a slot; False where they were before."""
    asked = connection.execute(
        update(slot)
        .where(_is(schedule_id, key), slot.c.approval == "")
        .values(approval=token_hash)
    )
    return bool(asked.rowcount)


def approve(
    connection: Connection, *, issue_id: int | None = None, token_hash: str = ""
) -> int | None:
    """Approve the slot of an issue, or that of a token; the issue that it has.

    Raises:
        UnknownName: no slot waits for it.
    """
    of = slot.c.issue_id == issue_id if issue_id else slot.c.approval == token_hash
    row = connection.execute(
        select(slot.c.schedule_id, slot.c.slot, slot.c.issue_id)
        .where(of, slot.c.approval != "")
        .where(slot.c.state.in_([SlotState.WAITING, SlotState.RUNNING]))
    ).one_or_none()
    if row is None:
        what = f"issue {issue_id}" if issue_id else "this link"
        raise UnknownName(f"{what}: no schedule waits for its approval")
    connection.execute(
        update(slot).where(_is(row.schedule_id, row.slot)).values(approval=GIVEN)
    )
    issue: int | None = row.issue_id
    return issue


def tell(connection: Connection, schedule_id: int, key: str, said: str) -> bool:
    """Note what the editor is told of a slot; False where it is what they know."""
    told = connection.execute(
        update(slot).where(_is(schedule_id, key), slot.c.told != said).values(told=said)
    )
    return bool(told.rowcount)


def end_slot(
    connection: Connection,
    schedule_id: int,
    key: str,
    *,
    state: SlotState,
    reason: str,
    now: datetime,
) -> None:
    """Write down what became of a slot."""
    connection.execute(
        update(slot)
        .where(_is(schedule_id, key))
        .values(state=state, reason=reason, ended_at=now)
    )


def _is(schedule_id: int, key: str) -> ColumnElement[bool]:
    return (slot.c.schedule_id == schedule_id) & (slot.c.slot == key)
