"""Schedules, and the slots of theirs that were begun."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    delete,
    func,
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
#: what the next run takes up again
OPEN = frozenset({SlotState.RUNNING, *MENDABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSchedule:
    """A schedule in the database; slots before `since` are none of its own.

    `last` is the key of its newest slot that was begun, and `state` how that is; with
    its `issue`, and the `reason`.
    """

    id: int
    since: datetime
    schedule: Schedule
    last: str | None = None
    state: SlotState | None = None
    issue: int | None = None
    reason: str = ""

    def is_over(self, key: str) -> bool:
        """Whether a slot is done with: it has ended, or a later one was begun.

        A clock that is set back makes no slot due that was passed over.
        """
        if self.last is None or key > self.last:
            return False
        return key < self.last or self.state not in OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A slot that was begun, now or before, and the issue that was frozen for it.

    `asked` is whether somebody was asked to approve it.
    """

    state: SlotState
    issue: int | None
    asked: bool = False
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


def change_schedule(
    connection: Connection, changed: Schedule, since: datetime, now: datetime
) -> int | None:
    """Keep a schedule as it is now; `since` is from when it has slots.

    Where that is later than before, a slot that waits is over: the issue of it, if it
    has one, stays for somebody to send.

    Raises:
        UnknownName: there is none of that name.
        TryAgain: a slot of it is being done, and would go out at the old time.
    """
    found = find_schedule(connection, changed.name)
    moved = since > found.since
    if moved and found.state is SlotState.RUNNING:
        raise TryAgain(
            f"schedule {changed.name}: {found.last} is under way; try again when it "
            "has gone out"
        )
    connection.execute(
        update(schedule)
        .where(schedule.c.id == found.id)
        .values(
            every=changed.every,
            zone=changed.zone,
            lists=msgspec.json.encode(changed.lists).decode(),
            options=msgspec.json.encode(_options(changed, since)).decode(),
        )
    )
    if not moved or found.state not in MENDABLE or found.last is None:
        return None
    ended = connection.execute(
        update(slot)
        .where(of_slot(found.id, found.last))
        .values(
            state=SlotState.SKIPPED, reason="the schedule was changed", ended_at=now
        )
        .returning(slot.c.issue_id)
    )
    issue: int | None = ended.scalar()
    return issue


def remove_schedule(connection: Connection, name: str) -> StoredSchedule:
    """Take a schedule and the record of its slots away; its issues stay.

    What it was is given back: its last slot may have waited.

    Raises:
        UnknownName: there is none of that name.
    """
    found = find_schedule(connection, name)
    connection.execute(delete(slot).where(slot.c.schedule_id == found.id))
    connection.execute(delete(schedule).where(schedule.c.id == found.id))
    return found


def _query() -> Select[Any]:
    columns = schedule.c
    newest = (
        select(func.max(slot.c.slot))
        .where(slot.c.schedule_id == columns.id)
        .correlate(schedule)
        .scalar_subquery()
    )
    its = (slot.c.schedule_id == columns.id) & (slot.c.slot == newest)
    return (
        select(
            columns.id,
            columns.name,
            columns.every,
            columns.zone,
            columns.lists,
            columns.created_at,
            columns.options,
            slot.c.slot,
            slot.c.state,
            slot.c.issue_id,
            slot.c.reason,
        )
        .select_from(schedule.outerjoin(slot, its))
        .order_by(columns.name)
    )


class _Options(msgspec.Struct, omit_defaults=True):
    """What a schedule says beside when and to whom; spans in seconds."""

    lead: float | None = None
    lateness: float | None = None
    missed: Missed | None = None
    approve: bool | None = None
    deadline: float | None = None
    otherwise: Otherwise | None = None
    local: bool | None = None
    #: from when it has slots, where that is later than when it was made
    since: datetime | None = None


def _options(new: Schedule, since: datetime | None = None) -> _Options:
    return _Options(
        lead=None if new.lead is None else new.lead.total_seconds(),
        lateness=new.lateness.total_seconds(),
        missed=new.missed,
        approve=new.approve,
        deadline=new.deadline.total_seconds(),
        otherwise=new.otherwise,
        local=new.local,
        since=since,
    )


def _stored(row: Row[Any]) -> StoredSchedule:
    lists = msgspec.json.decode(row.lists, type=tuple[str, ...])
    options = msgspec.json.decode(row.options, type=_Options)
    given: dict[str, Any] = {
        name: timedelta(seconds=value) if isinstance(value, float) else value
        for name, value in msgspec.structs.asdict(options).items()
        if value is not None and name != "since"
    }
    return StoredSchedule(
        id=row.id,
        since=options.since or row.created_at,
        schedule=Schedule(
            name=row.name, every=row.every, zone=row.zone, lists=lists, **given
        ),
        last=row.slot,
        state=SlotState(row.state) if row.state else None,
        issue=row.issue_id,
        reason=row.reason or "",
    )


def begin_slot(
    connection: Connection, schedule_id: int, key: str, now: datetime
) -> Begun:
    """Begin a slot, or say how far it is where it was begun before.

    What is still open of earlier ones is over: never are several done at once.
    """
    values = {"schedule_id": schedule_id, "slot": key, "state": SlotState.RUNNING}
    try:
        with connection.begin_nested():
            connection.execute(insert(slot).values(**values, reason="", began_at=now))
    except IntegrityError:
        row = connection.execute(
            select(slot.c.state, slot.c.issue_id, slot.c.approval).where(
                of_slot(schedule_id, key)
            )
        ).one()
        return Begun(
            state=SlotState(row.state),
            issue=row.issue_id,
            asked=row.approval != "",
            approved=row.approval == GIVEN,
        )
    connection.execute(
        update(slot)
        .where(slot.c.schedule_id == schedule_id, slot.c.slot < key)
        .where(slot.c.state.in_(OPEN))
        .values(state=SlotState.SKIPPED, reason="the next one came", ended_at=now)
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
        .where(of_slot(schedule_id, key), slot.c.issue_id.is_(None))
        .where(slot.c.state.in_(OPEN))
        .values(issue_id=issue_id)
    )
    if not entered.rowcount:
        raise TryAgain(f"another process has built the issue of slot {key}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotOf:
    """Whose slot an issue is of, and what became of that."""

    schedule_id: int
    schedule: str
    key: str
    state: SlotState
    reason: str


def slot_of(connection: Connection, issue_id: int) -> SlotOf | None:
    """The slot that an issue was built for; None where somebody built it by hand."""
    row = connection.execute(
        select(schedule.c.id, schedule.c.name, slot.c.slot, slot.c.state, slot.c.reason)
        .join_from(slot, schedule)
        .where(slot.c.issue_id == issue_id)
    ).one_or_none()
    return row and SlotOf(
        schedule_id=row.id,
        schedule=row.name,
        key=row.slot,
        state=SlotState(row.state),
        reason=row.reason,
    )


def tell(connection: Connection, schedule_id: int, key: str, said: str) -> bool:
    """Note what the editor is told of a slot; False where it is what they know."""
    told = connection.execute(
        update(slot)
        .where(of_slot(schedule_id, key), slot.c.told != said)
        .values(told=said)
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
) -> bool:
    """Write down what became of a slot, unless it is over; whether it was not."""
    ended = connection.execute(
        update(slot)
        .where(of_slot(schedule_id, key), slot.c.state.in_(OPEN))
        .values(state=state, reason=reason, ended_at=now)
    )
    return bool(ended.rowcount)


def of_slot(schedule_id: int, key: str) -> ColumnElement[bool]:
    """That a row is a slot's."""
    return (slot.c.schedule_id == schedule_id) & (slot.c.slot == key)
