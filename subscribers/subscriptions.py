"""One person on one list: added, left, listed."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from subscribers.address import parse_address
from subscribers.choices import change_choices, clean_choices
from subscribers.departures import Departure, Leaving, depart, take_off
from subscribers.enrolment import enrol
from subscribers.entry import Grounds
from subscribers.errors import UnknownSubscriber
from subscribers.fields import Person
from subscribers.lists import find_list, lists
from subscribers.model import (
    Address,
    Change,
    Choices,
    MailingList,
    Origin,
    Provider,
    Subscriber,
    SubscriptionState,
    SuppressionReason,
)
from subscribers.names import clean_name, clean_statement
from subscribers.secret_key import SecretKey
from subscribers.suppressions import suppress
from subscribers.tables import mailing_list, subscriber, subscription
from subscribers.telling import tell_left
from subscribers.tokens import find_subscription

LEFT = SubscriptionState.UNSUBSCRIBED
#: says nothing
NOTHING = Choices()
PAGE = 1000


def add_subscriber(
    connection: Connection,
    list_name: str,
    address: str,
    name: str = "",
    *,
    choices: Choices = NOTHING,
    consent: str | None,
    source: str,
    now: datetime,
    secret: Callable[[], bytes],
    key: SecretKey | None = None,
) -> Change:
    """Add a person to a list: confirmed where `consent` says how they agreed.

    Without it they are unconfirmed, and get no mail. Nobody who left the list, is
    suppressed or was erased comes back. `source` says where we have the address from;
    `secret` gives 12 random bytes; `key` is asked where somebody was erased.

    Raises:
        UnknownList, InvalidAddress, InvalidName, InvalidValue: nothing was changed.
        KeyMissing, WrongKey: somebody was erased, and it cannot be told who.
    """
    person = Person(address=parse_address(address), name=clean_name(name))
    choices = clean_choices(choices)
    statement = clean_statement(consent or "")
    grounds = Grounds(statement=statement, source=source, now=now)
    to = find_list(connection, list_name)
    done = enrol(connection, to, [person], grounds=grounds, secret=secret, key=key)
    (change,) = done.changes
    if change is Change.SUPPRESSED:
        return change
    known = find_subscriber(connection, person.address)
    changed = change_choices(connection, known, choices)
    return Change.UPDATED if changed and change is Change.UNCHANGED else change


def find_subscriber(connection: Connection, address: Address) -> int:
    """The id of the person with an address.

    Raises:
        UnknownSubscriber: there is none.
    """
    found = connection.scalar(
        select(subscriber.c.id).where(subscriber.c.key == address.key)
    )
    if found is None:
        shown = address.display
        raise UnknownSubscriber(
            f"there is nobody with the address {shown}; to have nothing sent to it "
            f"ever: digest subscribers suppress {shlex.quote(shown)}"
        )
    return int(found)


def unsubscribe(
    connection: Connection,
    token: str,
    *,
    source: str,
    now: datetime,
    provider: Provider | None = None,
    also: Collection[str] = (),
    ip: str = "",
    user_agent: str = "",
) -> bool:
    """Leave the list that a token names; any number of times.

    And those of the lists of names `also`, the others of its campaign, that they are
    on. False where the token is nobody's. `source` says how they left, `ip` and
    `user_agent` from where; `provider` is told.
    """
    origin = Origin(source=source, ip=ip, user_agent=user_agent)
    (language,) = depart(
        connection,
        [Departure(token=token, origin=origin)],
        together=lambda _: also,
        now=now,
        provider=provider,
    )
    return language is not None


def list_of(connection: Connection, token: str) -> str | None:
    """The name of the list that a token names; None where it is nobody's."""
    return connection.scalar(
        select(mailing_list.c.name)
        .join_from(subscription, mailing_list)
        .where(subscription.c.id == find_subscription(connection, token))
    )


def leave(
    connection: Connection,
    address: str,
    list_names: Collection[str] | None = None,
    *,
    source: str,
    now: datetime,
    provider: Provider | None = None,
) -> tuple[str, ...]:
    """Take a person off lists, or off all of them; the names of those they were on.

    All of them holds for lists to come, too. Nobody but the person brings them back.
    `provider` is told.

    Raises:
        InvalidAddress, UnknownSubscriber, UnknownList: nothing was changed.
    """
    parsed, origin = parse_address(address), Origin(source=source)
    known = find_subscriber(connection, parsed)
    those = None
    if list_names is not None:
        those = {find_list(connection, name).name for name in list_names}
    leaving = {known: Leaving(lists=those, origin=origin)}
    told = None if those is None else provider
    left = take_off(connection, leaving, now=now, provider=told).get(known, ())
    reason = SuppressionReason.UNSUBSCRIBE
    if those is None and suppress(connection, parsed, reason, source=source, now=now):
        tell_left(connection, provider, parsed, lists=None, now=now)
    return left


def subscribers(
    connection: Connection, list_name: str | None = None
) -> Iterator[Subscriber]:
    """Everybody on a list in the order of their ids; or on each list, by its name.

    Read in pages, so that it takes no more memory for a million.

    Raises:
        UnknownList: there is no list of that name.
    """
    chosen = [find_list(connection, list_name)] if list_name else lists(connection)
    return (person for each in chosen for person in _on_list(connection, each))


def _on_list(connection: Connection, on: MailingList) -> Iterator[Subscriber]:
    query = (
        select(
            subscriber,
            subscription.c.state,
            subscription.c.since,
        )
        .join_from(subscription, subscriber)
        .where(subscription.c.list_id == on.id)
        .order_by(subscription.c.subscriber_id)
        .limit(PAGE)
    )
    last = 0
    while rows := connection.execute(
        query.where(subscription.c.subscriber_id > last)
    ).all():
        yield from (_subscriber(row, on) for row in rows)
        last = rows[-1].id


def _subscriber(row: Row[Any], on: MailingList) -> Subscriber:
    return Subscriber(
        id=row.id,
        email=row.email,
        name=row.name,
        list=on.name,
        state=SubscriptionState(row.state),
        since=row.since,
        zone=row.zone,
        language=row.language,
        frequency=row.frequency,
        topics=tuple(json.loads(row.topics)),
        attributes=json.loads(row.attributes),
        joined=row.created_at,
    )
