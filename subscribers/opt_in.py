"""Signing up: somebody asks, a mail asks back, and only its link confirms.

Anybody can type anybody's address into a form. So a request changes nothing that is
known of a person, is answered alike whoever it is for, and costs an address few mails.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from subscribers import outgoing
from subscribers.address import parse_address
from subscribers.choices import change_choices, clean_choices
from subscribers.consent import record
from subscribers.driver import only_writer
from subscribers.lists import find_list
from subscribers.model import (
    Address,
    Asked,
    Choices,
    Letter,
    MailingList,
    Origin,
    SubscriptionState,
)
from subscribers.names import clean_name
from subscribers.secret_key import SecretKey
from subscribers.standing import Standing, know_again, standing
from subscribers.tables import confirmation, subscriber, subscription

#: so long is a question open
OPEN_FOR = timedelta(days=7)
#: so many mails within so long to one address, whatever the lists: against those who
#: sign others up for everything (list bombing)
LIMITS = ((1, timedelta(minutes=10)), (3, timedelta(days=1)))
#: says nothing
NOTHING = Choices()

#: sets a letter as the payload of a mail in `outgoing`
Write = Callable[[Letter], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _SignUp:
    """A request to be on a list, as it was made."""

    on: MailingList
    address: Address
    name: str
    choices: Choices
    origin: Origin
    now: datetime
    #: 12 bytes
    secret: bytes
    key: SecretKey


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letters:
    """What a person could be sent, whichever it will be, and how it is known again."""

    asking: str
    telling: str
    token_hash: bytes

    @classmethod
    def written(
        cls, address: Address, token: str, write: Write, *, requested: bool
    ) -> _Letters:
        email = address.display
        return cls(
            asking=write(Letter(email=email, token=token, requested=requested)),
            telling=write(Letter(email=email, token="", requested=requested)),
            token_hash=hash_token(token),
        )


def subscribe(
    connection: Connection,
    list_name: str,
    address: str,
    name: str = "",
    *,
    choices: Choices = NOTHING,
    origin: Origin,
    now: datetime,
    token: str,
    secret: Callable[[], bytes],
    write: Write,
    key: SecretKey,
) -> None:
    """Somebody signs an address up for a list.

    It is asked by mail, unless the list takes people without (single opt-in) and the
    person never left. Who is on the list already is told so; who complained, or whose
    address takes no mail, gets nothing. Nothing says which it was, and each takes the
    same work. Name and choices are theirs at once if nobody had the address, else once
    they confirm.

    `token` is random and used once, `secret` gives 12 random bytes; `write` sets mails.

    Raises:
        UnknownList, InvalidAddress, InvalidName, InvalidValue: nothing was changed.
    """
    sign_up = _SignUp(
        on=find_list(connection, list_name),
        address=parse_address(address),
        name=clean_name(name),
        choices=clean_choices(choices),
        origin=origin,
        now=now,
        secret=secret(),
        key=key,
    )
    letters = _Letters.written(sign_up.address, token, write, requested=True)
    only_writer(connection)
    stands = standing(connection, sign_up.on, sign_up.address, key=key, now=now)
    limited = _is_limited(connection, stands, now)
    if stands.never:
        return
    if not sign_up.on.confirmed_opt_in and stands.left_at is None:
        _enter(connection, sign_up, stands, SubscriptionState.CONFIRMED)
    elif limited:
        return
    elif stands.confirmed and stands.subscription_id:
        # it counts as a question, one that has no answer
        _note_mail(connection, stands.subscription_id, letters, now, until=now)
        _mail(connection, stands, letters.telling, now)
    else:
        entered = _enter(connection, sign_up, stands, SubscriptionState.UNCONFIRMED)
        wish = _wish_json(sign_up.name, sign_up.choices)
        until = now + OPEN_FOR
        _note_mail(connection, entered, letters, now, until=until, wish=wish)
        _mail(connection, stands, letters.asking, now)


def ask(
    connection: Connection,
    on: MailingList,
    address: Address,
    *,
    now: datetime,
    token: str,
    write: Write,
    key: SecretKey,
) -> Asked:
    """Ask somebody by mail who is on a list, unconfirmed; what came of it.

    For an operator, who may know it: nobody who left is asked, for it is not they who
    want to come back.
    """
    only_writer(connection)
    stands = standing(connection, on, address, key=key, now=now)
    if stands.never or stands.left_at or stands.subscription_id is None:
        return Asked.SUPPRESSED
    if stands.confirmed:
        return Asked.CONFIRMED
    if _is_limited(connection, stands, now):
        return Asked.LIMITED
    letters = _Letters.written(address, token, write, requested=False)
    until = now + OPEN_FOR
    _note_mail(connection, stands.subscription_id, letters, now, until=until)
    _mail(connection, stands, letters.asking, now)
    return Asked.ASKED


def unasked(
    connection: Connection, on: MailingList, *, now: datetime, most: int
) -> tuple[Address, ...]:
    """The first of a list's unconfirmed whom no open question waits for."""
    is_open = (
        (confirmation.c.subscription_id == subscription.c.id)
        & (confirmation.c.expires_at > now)
        & confirmation.c.used_at.is_(None)
    )
    query = (
        select(*subscriber.c["key", "email"])
        .join_from(subscription, subscriber)
        .where(
            subscription.c.list_id == on.id,
            subscription.c.state == SubscriptionState.UNCONFIRMED,
            ~select(confirmation.c.id).where(is_open).exists(),
        )
        .order_by(subscription.c.id)
        .limit(most)
    )
    return tuple(
        Address(key=row.key, display=row.email) for row in connection.execute(query)
    )


# --- signing up ---------------------------------------------------------------


def _enter(
    connection: Connection,
    sign_up: _SignUp,
    stands: Standing,
    state: SubscriptionState,
) -> int:
    """Put somebody on a list, or on record as asking for it again; the subscription.

    Who left stays so, and who is confirmed already has nothing to add.
    """
    person = stands.subscriber_id or _add_person(connection, sign_up)
    known = stands.subscription_id
    if known and stands.confirmed:
        return known
    if known is None:
        known = _add_subscription(connection, sign_up, person, state)
    elif state is SubscriptionState.CONFIRMED:
        change = update(subscription).where(subscription.c.id == known)
        connection.execute(change.values(state=state, since=sign_up.now))
    record(connection, [known], state, sign_up.origin, at=sign_up.now)
    return known


def _add_person(connection: Connection, sign_up: _SignUp) -> int:
    know_again(connection, sign_up.address, sign_up.key)
    row = insert(subscriber).values(
        key=sign_up.address.key,
        email=sign_up.address.display,
        name=sign_up.name,
        created_at=sign_up.now,
    )
    person = int(connection.execute(row.returning(subscriber.c.id)).scalar_one())
    change_choices(connection, person, sign_up.choices)
    return person


def _add_subscription(
    connection: Connection, sign_up: _SignUp, person: int, state: SubscriptionState
) -> int:
    row = insert(subscription).values(
        list_id=sign_up.on.id,
        subscriber_id=person,
        state=state,
        secret=sign_up.secret,
        since=sign_up.now,
    )
    return int(connection.execute(row.returning(subscription.c.id)).scalar_one())


def _is_limited(connection: Connection, stands: Standing, now: datetime) -> bool:
    """Whether the address had as many mails of this kind as it may, on any list."""
    longest = max(period for _, period in LIMITS)
    asked = connection.scalars(
        select(confirmation.c.asked_at)
        .join_from(confirmation, subscription)
        .where(
            subscription.c.subscriber_id == stands.subscriber_id,
            confirmation.c.asked_at > now - longest,
        )
    ).all()
    return any(
        sum(at > now - period for at in asked) >= most for most, period in LIMITS
    )


def _mail(
    connection: Connection, stands: Standing, payload: str, now: datetime
) -> None:
    outgoing.put(connection, "mail", payload, key=stands.address.key, now=now)


def _note_mail(
    connection: Connection,
    subscribed: int,
    letters: _Letters,
    now: datetime,
    *,
    until: datetime,
    wish: str = "{}",
) -> None:
    connection.execute(
        insert(confirmation).values(
            subscription_id=subscribed,
            token_hash=letters.token_hash,
            asked_at=now,
            expires_at=until,
            choices=wish,
        )
    )


def _wish_json(name: str, choices: Choices) -> str:
    said = {key: value for key, value in asdict(choices).items() if value is not None}
    return json.dumps({"name": name} | said, ensure_ascii=False)


def hash_token(token: str) -> bytes:
    """What is kept of a token: with it alone nobody can confirm."""
    return hashlib.sha256(token.encode(errors="backslashreplace")).digest()
