"""People brought onto a list, some thousand at a time.

First what is known of them is read, then each change is decided, then all is
written. Adding one person and importing a million is the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from subscribers.driver import (
    column,
    fetch,
    insert_many,
    moment,
    new_ids,
    only_writer,
    run_many,
)
from subscribers.model import (
    Address,
    Change,
    MailingList,
    SubscriptionState,
)

KNOWN = """
    SELECT value, s.email, s.name, s.id, p.id, p.state, EXISTS (
        SELECT 1 FROM suppression x WHERE x.key = value AND x.list_id IN (0, ?)
    )
    FROM {keys} LEFT JOIN subscriber s ON s.key = value
    LEFT JOIN subscription p ON p.list_id = ? AND p.subscriber_id = s.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody to bring onto a list; an empty name leaves the one that is known."""

    address: Address
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Why they may be written to, where we have that from, and since when.

    `statement` says how they consented, in words that stand up; where it is empty
    they stay unconfirmed, and get no mail.
    """

    statement: str
    source: str
    now: datetime

    @property
    def state(self) -> SubscriptionState:
        if self.statement:
            return SubscriptionState.CONFIRMED
        return SubscriptionState.UNCONFIRMED


@dataclass(slots=True, kw_only=True)
class _Known:
    """What is known of an address, and what is still to be written of it."""

    key: str
    email: str
    name: str
    subscriber_id: int | None
    subscription_id: int | None
    state: SubscriptionState | None
    suppressed: bool
    renamed: bool = False
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What became of each person, in their order, and who can get no mail yet."""

    changes: tuple[Change, ...]
    unconfirmed: int


def enrol(
    connection: Connection,
    to: MailingList,
    people: Sequence[Person],
    *,
    grounds: Grounds,
    secret: Callable[[], bytes],
    dry_run: bool = False,
) -> Enrolment:
    """Bring people onto a list; the last of several rows of one person wins.

    Who is on the list is compared with the last of their rows, so that the same rows
    again change nothing; who is new is added by the first, and updated by the others.

    Nobody who left the list or is suppressed is brought back, and nobody becomes
    confirmed without a statement of consent. `secret` gives 12 random bytes.
    """
    only_writer(connection)
    known = _known(connection, to, people)
    last = {
        person.address.key: person.name
        for person in people
        if person.name and known[person.address.key].state
    }
    changes = []
    for person in people:
        each = known[person.address.key]
        name = last.get(person.address.key) or person.name or each.name
        changes.append(_decide(each, name, grounds))
    if not dry_run:
        _write(connection, to, list(known.values()), grounds, secret)
    waiting = sum(
        each.state == SubscriptionState.UNCONFIRMED and not each.suppressed
        for each in known.values()
    )
    return Enrolment(changes=tuple(changes), unconfirmed=waiting)


def _known(
    connection: Connection, to: MailingList, people: Iterable[Person]
) -> dict[str, _Known]:
    """Every address of `people` by its key, those never seen too."""
    emails = {person.address.key: person.address.display for person in people}
    keys, argument = column(connection, emails, "text")
    rows = fetch(connection, KNOWN.format(keys=keys), to.id, argument, to.id)
    return {
        key: _Known(
            key=key,
            email=email or emails[key],
            name=name or "",
            subscriber_id=subscriber_id,
            subscription_id=subscription_id,
            state=SubscriptionState(state) if state else None,
            suppressed=bool(suppressed),
        )
        for key, email, name, subscriber_id, subscription_id, state, suppressed in rows
    }


def _decide(known: _Known, name: str, grounds: Grounds) -> Change:
    """What adding a person does to what is known of them; it is noted there."""
    if known.suppressed or known.state == SubscriptionState.UNSUBSCRIBED:
        return Change.SUPPRESSED
    renamed = name != known.name
    if renamed:
        known.name = name
        known.renamed = True
    if known.state is None:
        known.state = grounds.state
        return Change.ADDED
    confirmed = (
        known.state == SubscriptionState.UNCONFIRMED
        and grounds.state == SubscriptionState.CONFIRMED
    )
    if confirmed:
        known.state = SubscriptionState.CONFIRMED
        known.confirmed = True
    return Change.UPDATED if renamed or confirmed else Change.UNCHANGED


def _write(
    connection: Connection,
    to: MailingList,
    known: Sequence[_Known],
    grounds: Grounds,
    secret: Callable[[], bytes],
) -> None:
    at = moment(connection, grounds.now)
    on_list = [each for each in known if each.state]
    _write_subscribers(connection, on_list, at)
    joining = [each for each in on_list if each.subscription_id is None]
    _write_subscriptions(connection, to, joining, at, secret)
    raised = [each for each in on_list if each.confirmed]
    confirm = "UPDATE subscription SET state = ?, since = ? WHERE id = ?"
    rows = [(each.state, at, each.subscription_id) for each in raised]
    run_many(connection, confirm, rows)
    _write_consent(connection, joining + raised, grounds, at)


def _write_subscribers(
    connection: Connection, known: Sequence[_Known], at: object
) -> None:
    rename = "UPDATE subscriber SET name = ? WHERE id = ?"
    renamed = [each for each in known if each.renamed and each.subscriber_id]
    run_many(connection, rename, [(each.name, each.subscriber_id) for each in renamed])
    new = [each for each in known if each.subscriber_id is None]
    ids = new_ids(connection, "subscriber", len(new))
    for each, new_id in zip(new, ids, strict=True):
        each.subscriber_id = new_id
    insert_many(
        connection,
        "subscriber",
        ("id", "key", "email", "name", "created_at"),
        [(each.subscriber_id, each.key, each.email, each.name, at) for each in new],
    )


def _write_subscriptions(
    connection: Connection,
    to: MailingList,
    new: Sequence[_Known],
    at: object,
    secret: Callable[[], bytes],
) -> None:
    ids = new_ids(connection, "subscription", len(new))
    for each, new_id in zip(new, ids, strict=True):
        each.subscription_id = new_id
    insert_many(
        connection,
        "subscription",
        ("id", "list_id", "subscriber_id", "state", "secret", "since"),
        [
            (each.subscription_id, to.id, each.subscriber_id, each.state, secret(), at)
            for each in new
        ],
    )


def _write_consent(
    connection: Connection, changed: Sequence[_Known], grounds: Grounds, at: object
) -> None:
    source, statement = grounds.source, grounds.statement
    insert_many(
        connection,
        "consent",
        ("subscription_id", "state", "at", "source", "statement"),
        [(each.subscription_id, each.state, at, source, statement) for each in changed],
    )
