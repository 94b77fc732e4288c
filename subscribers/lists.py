"""Mailing lists: made, found by name, counted, removed while nobody is on them."""

from __future__ import annotations

import shlex
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from subscribers.errors import ListExists, ListInUse, UnknownList
from subscribers.model import MailingList, SubscriptionState
from subscribers.names import clean_name, new_list_name
from subscribers.tables import mailing_list, subscription

#: the columns that a list is made of
OF_A_LIST = tuple(
    mailing_list.c["id", "name", "asm_group", "confirmed_opt_in", "title"]
)


def add_list(
    connection: Connection,
    name: str,
    now: datetime,
    *,
    asm_group: int | None = None,
    confirmed_opt_in: bool = True,
    title: str = "",
) -> MailingList:
    """A new list of that name.

    Raises:
        InvalidName: it cannot be a name, or the title none.
        ListExists: there is one already.
    """
    name = new_list_name(name)
    row = insert(mailing_list).values(
        name=name,
        asm_group=asm_group,
        confirmed_opt_in=confirmed_opt_in,
        title=clean_name(title),
        created_at=now,
    )
    try:
        result = connection.execute(row.returning(*OF_A_LIST))
    except IntegrityError as error:
        raise ListExists(f"there is a list {name} already") from error
    return _list(result.one())


def find_list(connection: Connection, name: str) -> MailingList:
    """The list of that name.

    Raises:
        UnknownList: there is none; says which there are.
    """
    name = clean_name(name)
    query = select(*OF_A_LIST).where(mailing_list.c.name == name)
    found = connection.execute(query).one_or_none()
    if found is None:
        raise UnknownList(
            f"there is no list {name}; {_there_are(connection)}; "
            f"make it with: digest lists add {shlex.quote(name)}"
        )
    return _list(found)


def set_list(connection: Connection, changed: MailingList) -> None:
    """Keep what is other of a list: its title, its group, and how people join it.

    Raises:
        InvalidName: the title cannot be one.
    """
    row = update(mailing_list).where(mailing_list.c.id == changed.id)
    connection.execute(
        row.values(
            asm_group=changed.asm_group,
            confirmed_opt_in=changed.confirmed_opt_in,
            title=clean_name(changed.title),
        )
    )


def _list(row: Row[Any]) -> MailingList:
    return MailingList(
        id=row.id,
        name=row.name,
        asm_group=row.asm_group,
        confirmed_opt_in=row.confirmed_opt_in,
        title=row.title,
    )


def remove_list(connection: Connection, name: str) -> MailingList:
    """Take away a list that nobody has ever been on.

    Raises:
        UnknownList: there is no list of that name.
        ListInUse: there are people on it, or who left it; what they agreed to is
            kept, and the links in their mail go on working.
    """
    unwanted = find_list(connection, name)
    people = connection.scalar(
        select(func.count()).where(subscription.c.list_id == unwanted.id)
    )
    if people:
        raise ListInUse(
            f"the list {unwanted.name} stays: {people} people are on it or left it, "
            "and what they agreed to is kept"
        )
    connection.execute(delete(mailing_list).where(mailing_list.c.id == unwanted.id))
    return unwanted


def list_titles(connection: Connection) -> dict[str, str]:
    """What readers see each list called, by its name."""
    rows = connection.execute(select(*mailing_list.c["name", "title"]))
    return {row.name: row.title or row.name for row in rows}


def _there_are(connection: Connection) -> str:
    query = select(mailing_list.c.name).order_by(mailing_list.c.name).limit(11)
    names = list(connection.scalars(query))
    if not names:
        return "there are none yet"
    return "there is " + ", ".join(names[:10]) + (", …" if names[10:] else "")


def lists(
    connection: Connection,
) -> dict[MailingList, dict[SubscriptionState, int]]:
    """All lists by name, each with how many people are in which state."""
    rows = connection.execute(select(*OF_A_LIST).order_by(mailing_list.c.name))
    counts = {_list(row): dict.fromkeys(SubscriptionState, 0) for row in rows}
    by_id = {each.id: count for each, count in counts.items()}
    grouped = select(subscription.c.list_id, subscription.c.state, func.count())
    for list_id, state, people in connection.execute(
        grouped.group_by(subscription.c.list_id, subscription.c.state)
    ):
        by_id[list_id][SubscriptionState(state)] = people
    return counts
