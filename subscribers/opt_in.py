"""Signing up: somebody asks, a mail asks back, and only its link confirms.

Anybody can type anybody's address into a form. So a request changes nothing that is
known of a person, is answered alike whoever it is for, and costs an address few mails.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
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
    LetterKind,
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
    """A request to be on lists, as it was made."""

    address: Address
    name: str
    choices: Choices
    origin: Origin
    now: datetime
    #: 12 bytes for each list, by its id
    secrets: Mapping[int, bytes]
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
            telling=write(
                Letter(
                    email=email,
                    token="",
                    requested=requested,
                    kind=LetterKind.TELLING,
                )
            ),
            token_hash=hash_token(token),
        )


def subscribe(
    connection: Connection,
    list_name: str,
    address: str,
    name: str = "",
    *,
    also: Collection[str] = (),
    choices: Choices = NOTHING,
    origin: Origin,
    now: datetime,
    token: str,
    secret: Callable[[], bytes],
    write: Write,
    key: SecretKey,
) -> None:
    """Somebody signs an address up for a list, and for others `also`.

    It is asked by one mail, unless a list takes people without (single opt-in) and the
    person never left it. Who is on all of them already is told so; who complained, or
    whose address takes no mail, gets nothing. Nothing says which it was, and each takes
    the same work. Name and choices are theirs at once if nobody had the address, else
    once they confirm.

    `token` is random and used once, `secret` gives 12 random bytes; `write` sets mails.

    Raises:
        UnknownList, InvalidAddress, InvalidName, InvalidValue: nothing was changed.
    """
    lists = [find_list(connection, each) for each in dict.fromkeys((list_name, *also))]
    sign_up = _SignUp(
        address=parse_address(address),
        name=clean_name(name),
        choices=clean_choices(choices),
        origin=origin,
        now=now,
        secrets={each.id: secret() for each in lists},
        key=key,
    )
    letters = _Letters.written(sign_up.address, token, write, requested=True)
    only_writer(connection)
    stands = [
        standing(connection, each, sign_up.address, key=key, now=now) for each in lists
    ]
    limited = _is_limited(connection, stands[0], now)
    entry = _Entry(connection, sign_up)
    asked = []
    for each in stands:
        if each.never:
            continue
        if not each.on.confirmed_opt_in and each.left_at is None:
            entry.enter(each, SubscriptionState.CONFIRMED)
        else:
            asked.append(each)
    if asked and not limited:
        _write_to(connection, asked, entry, letters)


def _write_to(
    connection: Connection,
    asked: Sequence[Standing],
    entry: _Entry,
    letters: _Letters,
) -> None:
    """The one mail that a sign-up is answered by."""
    sign_up, first = entry.sign_up, asked[0]
    now = sign_up.now
    waiting = [each for each in asked if not (each.confirmed and each.subscription_id)]
    if not waiting:
        # it counts as a question, one that has no answer
        _note_mail(connection, first.subscription_id or 0, letters, now, until=now)
        _mail(connection, first, letters.telling, now)
        return
    entered, *others = (
        entry.enter(each, SubscriptionState.UNCONFIRMED) for each in waiting
    )
    wish = _wish_json(sign_up.name, sign_up.choices, others)
    until = now + OPEN_FOR
    _note_mail(connection, entered, letters, now, until=until, wish=wish)
    _mail(connection, first, letters.asking, now)


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


@dataclass(slots=True)
class _Entry:
    """Puts one person on lists, or on record as asking for them again."""

    connection: Connection
    sign_up: _SignUp
    _person: int | None = None

    def enter(self, stands: Standing, state: SubscriptionState) -> int:
        """The subscription. Who left stays so, and who is confirmed already has
        nothing to add.
        """
        known, sign_up = stands.subscription_id, self.sign_up
        if known and stands.confirmed:
            return known
        self._person = self._person or stands.subscriber_id or self._add_person()
        if known is None:
            known = self._add_subscription(stands.on, self._person, state)
        elif state is SubscriptionState.CONFIRMED:
            change = update(subscription).where(subscription.c.id == known)
            self.connection.execute(change.values(state=state, since=sign_up.now))
        record(self.connection, [known], state, sign_up.origin, at=sign_up.now)
        return known

    def _add_person(self) -> int:
        connection, sign_up = self.connection, self.sign_up
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
        self, on: MailingList, person: int, state: SubscriptionState
    ) -> int:
        row = insert(subscription).values(
            list_id=on.id,
            subscriber_id=person,
            state=state,
            secret=self.sign_up.secrets[on.id],
            since=self.sign_up.now,
        )
        added = self.connection.execute(row.returning(subscription.c.id))
        return int(added.scalar_one())


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


def _wish_json(name: str, choices: Choices, also: Sequence[int]) -> str:
    """What they want once they confirm; `also` are subscriptions."""
    said = {key: value for key, value in asdict(choices).items() if value is not None}
    others = {"also": also} if also else {}
    return json.dumps({"name": name} | said | others, ensure_ascii=False)


def hash_token(token: str) -> bytes:
    """What is kept of a token: with it alone nobody can confirm."""
    return hashlib.sha256(token.encode(errors="backslashreplace")).digest()
