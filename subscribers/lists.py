"""Mailing lists: made, found by name, counted, removed while nobody is on them."""

from __future__ import annotations

import shlex
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from subscribers.errors import ListExists, ListInUse, UnknownList
from subscribers.model import MailingList, SubscriptionState
from subscribers.names import clean_list_name, clean_name
from subscribers.tables import mailing_list, subscription


def add_list(connection: Connection, name: str, now: datetime) -> MailingList:
    """A new list of that name.

    Raises:
        InvalidName: it cannot be a name.
        ListExists: there is one already.
    """
    name = clean_list_name(name)
    row = insert(mailing_list).values(name=name, created_at=now)
    try:
        result = connection.execute(row.returning(mailing_list.c.id))
    except IntegrityError as error:
        raise ListExists(f"there is a list {name} already") from error
    return MailingList(id=result.scalar_one(), name=name)


def find_list(connection: Connection, name: str) -> MailingList:
    """The list of that name.

    Raises:
        UnknownList: there is none; says which there are.
    """
    name = clean_name(name)
    found = connection.scalar(
        select(mailing_list.c.id).where(mailing_list.c.name == name)
    )
    if found is None:
        raise UnknownList(
            f"there is no list {name}; {_there_are(connection)}; "
            f"make it with: digest lists add {shlex.quote(name)}"
        )
    return MailingList(id=found, name=name)


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
    rows = connection.execute(
        select(mailing_list.c.id, mailing_list.c.name).order_by(mailing_list.c.name)
    )
    counts = {
        MailingList(id=row.id, name=row.name): dict.fromkeys(SubscriptionState, 0)
        for row in rows
    }
    by_id = {each.id: count for each, count in counts.items()}
    grouped = select(subscription.c.list_id, subscription.c.state, func.count())
    for list_id, state, people in connection.execute(
        grouped.group_by(subscription.c.list_id, subscription.c.state)
    ):
        by_id[list_id][SubscriptionState(state)] = people
    return counts
