"""How lists grow: who joined, left and was suppressed, by the day.

From the log of consent, so of who was erased nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, Select, case, func, or_, select

from subscribers.driver import since
from subscribers.model import SubscriptionState
from subscribers.suppressions import ALL_LISTS
from subscribers.tables import (
    consent,
    mailing_list,
    subscriber,
    subscription,
    suppression,
)

CONFIRMED = SubscriptionState.CONFIRMED


class Step(StrEnum):
    """What somebody on a list can come to."""

    #: they are confirmed, and were not before
    JOINED = "joined"
    #: they were confirmed, and are not any more
    LEFT = "left"
    #: they are confirmed, and yet get no mail any more: it bounced, they complained
    SUPPRESSED = "suppressed"


class Grown(NamedTuple):
    """So many people of a list took a step on a day."""

    list: str
    step: Step
    day: datetime
    people: int


def growth(connection: Connection) -> Iterator[Grown]:
    """Every step of everybody, by list and day (UTC); in no order."""
    for query in (_moves(connection), _suppressions(connection)):
        for name, step, day, people in connection.execute(query):
            at = datetime.fromisoformat(day).replace(tzinfo=UTC)
            yield Grown(name, Step(step), at, people)


Counts = Select[str, str, str, int]


def _moves(connection: Connection) -> Counts:
    """From one row of somebody's log to the next."""
    before = func.lag(consent.c.state).over(
        partition_by=consent.c.subscription_id, order_by=(consent.c.at, consent.c.id)
    )
    log = select(
        consent.c.subscription_id,
        (consent.c.state == CONFIRMED).label("on"),
        (func.coalesce(before, "") == CONFIRMED).label("before"),
        since(connection, consent.c.at, "day").label("day"),
    ).subquery()
    step = case((log.c.on, Step.JOINED.value), else_=Step.LEFT.value).label("step")
    return (
        select(mailing_list.c.name, step, log.c.day, func.count())
        .join_from(log, subscription, subscription.c.id == log.c.subscription_id)
        .join(mailing_list)
        .where(log.c.on != log.c.before)
        .group_by(mailing_list.c.name, "step", log.c.day)
    )


def _suppressions(connection: Connection) -> Counts:
    """Who is on a list, and suppressed for it for ever, by the first such reason."""
    first = (
        select(subscription.c.list_id, func.min(suppression.c.at).label("at"))
        .join_from(suppression, subscriber, subscriber.c.key == suppression.c.key)
        .join(subscription, subscription.c.subscriber_id == subscriber.c.id)
        .where(
            or_(
                suppression.c.list_id == ALL_LISTS,
                suppression.c.list_id == subscription.c.list_id,
            )
        )
        .where(suppression.c.expires_at.is_(None), subscription.c.state == CONFIRMED)
        .group_by(subscription.c.id, subscription.c.list_id)
        .subquery()
    )
    step = case((first.c.at.is_not(None), Step.SUPPRESSED.value)).label("step")
    day = since(connection, first.c.at, "day").label("day")
    return (
        select(mailing_list.c.name, step, day, func.count())
        .join_from(first, mailing_list, mailing_list.c.id == first.c.list_id)
        .group_by(mailing_list.c.name, "step", "day")
    )
