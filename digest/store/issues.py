"""Issues as they were frozen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from digest.errors import DatabaseError, TryAgain, UnknownName
from digest.model import CampaignState, Issue
from digest.store.tables import campaign, item_use, slot
from digest.store.tables import issue as table

T = TypeVar("T")


def add_issue(connection: Connection, issue: Issue, now: datetime) -> int:
    """Keep an issue; its id.

    Raises:
        DatabaseError: its text holds half of a character (a lone surrogate).
        TryAgain: the series has an issue of that number by now.
        ValueError: a moment in it has no zone.
    """
    stories = [each for story in issue.stories for each in story.articles]
    check_moments(issue.published, *(article.published for article in stories))
    row = insert(table).values(
        series=issue.series,
        number=issue.number,
        subject=issue.subject,
        built_at=now,
        content=encode(issue),
    )
    try:
        return int(connection.execute(row.returning(table.c.id)).scalar_one())
    except IntegrityError as error:
        raise TryAgain(
            f"another issue {issue.number} of {issue.series} was built at the same "
            "time; build again"
        ) from error


def encode(value: object) -> str:
    """A value of the model as JSON.

    Raises:
        DatabaseError: a text in it cannot be written as UTF-8.
    """
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError as error:
        place = error.object[max(error.start - 20, 0) : error.start]
        raise DatabaseError(
            f"half a character after {place!r} cannot be kept; correct the article"
        ) from error


def check_moments(*moments: datetime | None) -> None:
    """What is not aware of its zone would come back as another moment elsewhere."""
    if any(moment and moment.tzinfo is None for moment in moments):
        raise ValueError("a moment without a zone")


def get_issue(connection: Connection, issue_id: int) -> Issue:
    """The issue of that id.

    Raises:
        UnknownName: there is none; says which is the newest.
        DatabaseError: its content is not that of an issue.
    """
    last = newest(connection) or 0
    content = None
    if 0 < issue_id <= last:  # an id of any size may be asked for
        content = connection.scalar(
            select(table.c.content).where(table.c.id == issue_id)
        )
    if content is None:
        there_is = f"the newest is {last}" if last else "there is none yet"
        raise UnknownName(f"there is no issue {issue_id}; {there_is}")
    return replace(decode(content, Issue, f"issue {issue_id}"), id=issue_id)


def decode(content: str, kind: type[T], place: str) -> T:
    """A value of the model from JSON; `place` names it in messages.

    Raises:
        DatabaseError: it is not what it should be.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError as error:
        raise DatabaseError(f"{place} in the database: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An issue in a list; `state` is its campaign's, None where it has none."""

    id: int
    series: str
    number: int
    subject: str
    built_at: datetime
    items: int
    state: CampaignState | None


def listed(connection: Connection) -> list[Listed]:
    """Every issue, the newest first."""
    used = select(func.count()).where(item_use.c.issue_id == table.c.id)
    rows = connection.execute(
        select(
            table.c.id,
            table.c.series,
            table.c.number,
            table.c.subject,
            table.c.built_at,
            used.scalar_subquery().label("items"),
            campaign.c.state,
        )
        .outerjoin(campaign, campaign.c.issue_id == table.c.id)
        .order_by(table.c.id.desc())
    )
    return [
        Listed(
            id=row.id,
            series=row.series,
            number=row.number,
            subject=row.subject,
            built_at=row.built_at,
            items=row.items,
            state=row.state and CampaignState(row.state),
        )
        for row in rows
    ]


def remove(connection: Connection, issue_id: int) -> None:
    """Let an issue that has no campaign be as if it had never been built.

    A slot that it was built for has none again, and what was approved was this one.
    Its items are to be given back before.
    """
    connection.execute(
        update(slot)
        .where(slot.c.issue_id == issue_id)
        .values(issue_id=None, approval="")
    )
    connection.execute(delete(table).where(table.c.id == issue_id))


def newest(connection: Connection) -> int | None:
    """The id of the issue that was built last, of any series."""
    last: int | None = connection.scalar(select(func.max(table.c.id)))
    return last


def next_number(connection: Connection, series: str) -> int:
    """The number that a series' next issue has."""
    last = connection.scalar(
        select(func.max(table.c.number)).where(table.c.series == series)
    )
    return (last or 0) + 1


def before(connection: Connection, series: str, number: int, count: int) -> list[Issue]:
    """The last issues of a series before one of a number, the newest first."""
    contents = connection.scalars(
        select(table.c.content)
        .where(table.c.series == series, table.c.number < number)
        .order_by(table.c.number.desc())
        .limit(count)
    )
    return [decode(content, Issue, f"an issue of {series}") for content in contents]
