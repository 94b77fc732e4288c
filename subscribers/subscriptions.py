"""One person on one list: added, left, listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from subscribers.address import parse_address
from subscribers.enrolment import Grounds, enrol
from subscribers.fields import Person
from subscribers.lists import find_list, lists
from subscribers.model import Change, MailingList, Subscriber, SubscriptionState
from subscribers.names import clean_name, clean_statement
from subscribers.secret_key import SecretKey
from subscribers.tables import consent as consent_log
from subscribers.tables import subscriber, subscription
from subscribers.tokens import find_subscription

PAGE = 1000


def add_subscriber(
    connection: Connection,
    list_name: str,
    address: str,
    name: str = "",
    *,
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
        UnknownList, InvalidAddress, InvalidName: nothing was changed.
        KeyMissing, WrongKey: somebody was erased, and it cannot be told who.
    """
    person = Person(address=parse_address(address), name=clean_name(name))
    statement = clean_statement(consent or "")
    grounds = Grounds(statement=statement, source=source, now=now)
    to = find_list(connection, list_name)
    done = enrol(connection, to, [person], grounds=grounds, secret=secret, key=key)
    return done.changes[0]


def unsubscribe(
    connection: Connection, token: str, *, source: str, now: datetime
) -> bool:
    """Leave the list that a token names; any number of times.

    False where the token is nobody's. `source` says how they left.
    """
    named = find_subscription(connection, token)
    if named is None:
        return False
    left = SubscriptionState.UNSUBSCRIBED
    change = update(subscription).where(
        subscription.c.id == named, subscription.c.state != left
    )
    if connection.execute(change.values(state=left, since=now)).rowcount:
        connection.execute(
            insert(consent_log).values(
                subscription_id=named, state=left, at=now, source=source, statement=""
            )
        )
    return True


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
            subscriber.c.id,
            subscriber.c.email,
            subscriber.c.name,
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
        for person, email, name, state, since in rows:
            yield Subscriber(
                id=person,
                email=email,
                name=name,
                list=on.name,
                state=SubscriptionState(state),
                since=since,
            )
        last = rows[-1].id
