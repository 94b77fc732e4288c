"""Links that are mailed to the owner of an address, good for an hour.

What a mail's own link cannot do is done by these: to see all that is kept, to have it
erased, and to take another address, which its owner has to confirm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from subscribers import outgoing
from subscribers.address import parse_address
from subscribers.consent import record
from subscribers.driver import only_writer
from subscribers.errors import InvalidAddress
from subscribers.model import (
    Address,
    Letter,
    LetterKind,
    MailingList,
    Origin,
    Provider,
    SubscriptionState,
)
from subscribers.opt_in import Write, hash_token
from subscribers.secret_key import SecretKey
from subscribers.standing import come_back, know_again, standing
from subscribers.tables import confirmation, magic_link, subscriber, subscription
from subscribers.telling import tell_returned
from subscribers.tokens import renew

GOOD_FOR = timedelta(hours=1)
#: so many within so long: to who they are of, and to new addresses
LIMITS = ((1, timedelta(minutes=5)), (5, timedelta(days=1)))
MOVES = ((5, timedelta(days=1)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class MagicLink:
    """A link that is good: whose, and the address that it would have them take."""

    subscriber: int
    address: Address
    language: str
    #: None where it leads to what is kept
    new: Address | None


def ask_link(
    connection: Connection,
    subscriber_id: int,
    *,
    token: str,
    write: Write,
    now: datetime,
) -> None:
    """Mail somebody the link to what is kept about them, unless they had many."""
    _mail(connection, subscriber_id, None, token=token, write=write, now=now)


def ask_move(
    connection: Connection,
    subscriber_id: int,
    new: Address,
    *,
    token: str,
    write: Write,
    now: datetime,
) -> None:
    """Mail a new address, whether its owner is somebody who wants their mail there."""
    _mail(connection, subscriber_id, new, token=token, write=write, now=now)


def _mail(
    connection: Connection,
    subscriber_id: int,
    new: Address | None,
    *,
    token: str,
    write: Write,
    now: datetime,
) -> None:
    row = connection.execute(
        select(*subscriber.c["key", "email", "language"])
        .where(subscriber.c.id == subscriber_id)
        .with_for_update()
    ).one_or_none()
    if row is None or _is_limited(connection, subscriber_id, new, now):
        return
    to = new or Address(key=row.key, display=row.email)
    connection.execute(
        insert(magic_link).values(
            subscriber_id=subscriber_id,
            token_hash=hash_token(token),
            email=new.display if new else "",
            asked_at=now,
            expires_at=now + GOOD_FOR,
        )
    )
    letter = Letter(
        email=to.display,
        token=token,
        requested=True,
        kind=LetterKind.MOVE if new else LetterKind.OWN,
        language=row.language,
    )
    outgoing.put(connection, "mail", write(letter), key=to.key, now=now)


def _is_limited(
    connection: Connection, subscriber_id: int, new: Address | None, now: datetime
) -> bool:
    of_kind: ColumnElement[bool] = (magic_link.c.email != "") == bool(new)
    count = select(func.count()).where(
        magic_link.c.subscriber_id == subscriber_id, of_kind
    )
    return any(
        (connection.scalar(count.where(magic_link.c.asked_at > now - period)) or 0)
        >= most
        for most, period in (MOVES if new else LIMITS)
    )


def find_link(connection: Connection, token: str, *, now: datetime) -> MagicLink | None:
    """What a token leads to; None where it is nobody's, too old, or was used."""
    row = connection.execute(
        select(
            magic_link.c.email,
            subscriber.c.id.label("subscriber_id"),
            subscriber.c.key,
            subscriber.c.email.label("own"),
            subscriber.c.language,
        )
        .join_from(magic_link, subscriber)
        .where(
            magic_link.c.token_hash == hash_token(token),
            magic_link.c.expires_at > now,
            magic_link.c.used_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    try:
        new = parse_address(row.email) if row.email else None
    except InvalidAddress:  # whoever had the new address was erased meanwhile
        return None
    return MagicLink(
        subscriber=row.subscriber_id,
        address=Address(key=row.key, display=row.own),
        language=row.language,
        new=new,
    )


def language_of_link(connection: Connection, token: str) -> str:
    """The language of whoever a link is of, also of one that is good no more; empty
    where that is not known.
    """
    query = (
        select(subscriber.c.language)
        .join_from(magic_link, subscriber)
        .where(magic_link.c.token_hash == hash_token(token))
    )
    return connection.scalar(query) or ""


def move(
    connection: Connection,
    token: str,
    *,
    origin: Origin,
    now: datetime,
    secret: Callable[[], bytes],
    key: SecretKey,
    provider: Provider | None,
) -> bool:
    """Have somebody take the address that a link was mailed to, once.

    What they are confirmed on stays so, and that is on record. No link in mail to the
    address before leads anywhere any more: whoever reads it there is not them. False
    where nothing came of it: the link is no good, the address is somebody's, or takes
    no mail.
    """
    only_writer(connection)
    link = find_link(connection, token, now=now)
    if link is None or link.new is None:
        return False
    on = _confirmed(connection, link.subscriber)
    if _is_taken(connection, link.new, on, now=now, key=key):
        return False
    know_again(connection, link.new, key)
    for each in on.values():
        come_back(connection, each, link.new)
    moved = update(subscriber).where(subscriber.c.id == link.subscriber)
    connection.execute(moved.values(key=link.new.key, email=link.new.display))
    _end_links(connection, link.subscriber, now=now, secret=secret)
    record(connection, on, SubscriptionState.CONFIRMED, origin, at=now)
    lists = [each.id for each in on.values()]
    tell_returned(connection, provider, link.new, lists=lists, now=now)
    return True


def _end_links(
    connection: Connection,
    person: int,
    *,
    now: datetime,
    secret: Callable[[], bytes],
) -> None:
    """Have no link that was mailed to somebody before do anything."""
    ids = connection.scalars(
        select(subscription.c.id).where(subscription.c.subscriber_id == person)
    ).all()
    for each in ids:
        renew(connection, each, secret())
    for table, of_theirs in (
        (magic_link, magic_link.c.subscriber_id == person),
        (confirmation, confirmation.c.subscription_id.in_(ids)),
    ):
        open_links = update(table).where(of_theirs, table.c.used_at.is_(None))
        connection.execute(open_links.values(used_at=now))


def _confirmed(connection: Connection, person: int) -> dict[int, MailingList]:
    """The subscriptions that somebody is confirmed by, and the list of each."""
    rows = connection.execute(
        select(*subscription.c["id", "list_id"]).where(
            subscription.c.subscriber_id == person,
            subscription.c.state == SubscriptionState.CONFIRMED,
        )
    )
    return {row.id: MailingList(id=row.list_id, name="") for row in rows}


def _is_taken(
    connection: Connection,
    new: Address,
    on: dict[int, MailingList],
    *,
    now: datetime,
    key: SecretKey,
) -> bool:
    """Whether an address is somebody's, or may not be mailed."""
    somebody = select(subscriber.c.id).where(subscriber.c.key == new.key)
    if connection.scalar(somebody) is not None:
        return True
    everywhere = MailingList(id=0, name="")
    return any(
        standing(connection, each, new, key=key, now=now).never
        for each in (everywhere, *on.values())
    )
