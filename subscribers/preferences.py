"""What somebody may see and change by the link of any mail they got.

Such a link is in every copy of theirs, forwarded ones too: so it shows no address, and
nothing that it does cannot be taken back.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from subscribers.choices import change_choices
from subscribers.model import Address, Choices, SubscriptionState
from subscribers.names import clean_name
from subscribers.suppressions import ALL_LISTS, in_force
from subscribers.tables import mailing_list, subscriber, subscription, suppression
from subscribers.tokens import find_subscription

#: how long a break is
BREAK = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What the holder of a mail's link may see: themselves, without their address."""

    subscriber: int
    address: Address
    name: str
    zone: str
    language: str
    topics: tuple[str, ...]
    #: they get nothing until then; None where they want no break now
    paused_until: datetime | None
    #: the lists that they are or were on, by name, and whether they get their mail
    lists: dict[str, bool]

    @property
    def masked(self) -> str:
        """The address as only its owner knows it again: a•••@e•••.org."""
        local, _, domain = self.address.display.rpartition("@")
        first, dot, last = domain.rpartition(".")
        return f"{local[:1]}•••@{first[:1]}•••{dot}{last}"


def preferences_of(
    connection: Connection, token: str, *, now: datetime
) -> Preferences | None:
    """Those of the person whose mail a token is of; None where it is nobody's."""
    row = connection.execute(
        select(subscriber)
        .join_from(subscriber, subscription)
        .where(subscription.c.id == find_subscription(connection, token))
    ).one_or_none()
    if row is None:
        return None
    paused = row.paused_until is not None and row.paused_until > now
    return Preferences(
        subscriber=row.id,
        address=Address(key=row.key, display=row.email),
        name=row.name,
        zone=row.zone,
        language=row.language,
        topics=tuple(json.loads(row.topics)),
        paused_until=row.paused_until if paused else None,
        lists=_lists(connection, row.id, row.key, now),
    )


def _lists(
    connection: Connection, person: int, key: str, now: datetime
) -> dict[str, bool]:
    """Who left all lists gets nothing of any, whatever they had confirmed."""
    left = set(
        connection.scalars(
            select(suppression.c.list_id).where(suppression.c.key == key, in_force(now))
        )
    )
    rows = connection.execute(
        select(*mailing_list.c["id", "name"], subscription.c.state)
        .join_from(subscription, mailing_list)
        .where(subscription.c.subscriber_id == person)
        .order_by(mailing_list.c.name)
    )
    confirmed = SubscriptionState.CONFIRMED
    return {
        row.name: row.state == confirmed and not left & {ALL_LISTS, row.id}
        for row in rows
    }


def change_preferences(
    connection: Connection, subscriber_id: int, name: str, choices: Choices
) -> None:
    """Keep what somebody chose; what a choice does not say stays.

    Raises:
        InvalidName, InvalidValue: one of them cannot be.
    """
    named = update(subscriber).where(subscriber.c.id == subscriber_id)
    connection.execute(named.values(name=clean_name(name)))
    change_choices(connection, subscriber_id, choices)


def pause(
    connection: Connection, subscriber_id: int, *, until: datetime | None
) -> None:
    """Send somebody nothing until a moment; None ends a break."""
    changed = update(subscriber).where(subscriber.c.id == subscriber_id)
    connection.execute(changed.values(paused_until=until))


def chosen_topics(
    known: Collection[str], offered: Collection[str], ticked: Collection[str]
) -> tuple[str, ...]:
    """The topics of somebody who ticked some of those offered; the others they keep."""
    kept = set(known) - set(offered)
    return tuple(kept | (set(ticked) & set(offered)))
