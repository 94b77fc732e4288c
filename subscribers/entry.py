"""What is known of people who are brought onto a list, before it and after.

Read some thousand at a time; `enrolment` decides on it, `entering` writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, select

from subscribers.driver import column, fetch
from subscribers.errors import KeyMissing
from subscribers.fields import Agreed, Person, Value
from subscribers.model import MailingList, SubscriptionState, SuppressionReason
from subscribers.secret_key import SecretKey
from subscribers.suppressions import ALL_LISTS
from subscribers.tables import erased

KNOWN = """
    SELECT s.key, s.id, p.id, p.state, s.name, s.zone, s.language, s.frequency,
        s.topics, s.attributes, s.created_at, s.paused_until
    FROM {keys} JOIN subscriber s ON s.key = value
    LEFT JOIN subscription p ON p.list_id = ? AND p.subscriber_id = s.id
"""
SUPPRESSED = """
    SELECT DISTINCT x.key, x.list_id = 0 AND x.expires_at IS NULL
    FROM {keys} JOIN suppression x ON x.key = value
    WHERE x.list_id IN (0, ?) AND (x.expires_at IS NULL OR x.expires_at > ?)
"""
#: subscriptions that an import confirmed, and nothing since
CONFIRMED_BY = """
    SELECT c.subscription_id FROM {ids} JOIN consent c ON c.subscription_id = value
    WHERE c.import_id = ? AND c.state = 'confirmed' AND NOT EXISTS (
        SELECT 1 FROM consent n
        WHERE n.subscription_id = c.subscription_id AND n.id > c.id
    )
"""

STATES = {state.value: state for state in SubscriptionState}  # sooner than calling it
LEFT = SubscriptionState.UNSUBSCRIBED
UNCONFIRMED = SubscriptionState.UNCONFIRMED
CONFIRMED = SubscriptionState.CONFIRMED


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Why they may be written to, where we have that from, and since when.

    `statement` says how they consented, in words that stand up; where it is empty
    they stay unconfirmed, and get no mail. Of an import, its run keeps the statement.
    """

    statement: str
    source: str
    now: datetime
    import_id: int | None = None

    @property
    def state(self) -> SubscriptionState:
        return SubscriptionState.CONFIRMED if self.statement else UNCONFIRMED


class Data(NamedTuple):
    """What is known of a person, as the database stores it."""

    name: str
    zone: str
    language: str
    frequency: str
    topics: str
    attributes: str
    created_at: Any
    paused_until: Any = None

    def updated(self, person: Person, stored: Callable[[datetime], Any]) -> Data:
        """With what is new of a person; what is empty there stays as it is known."""
        topics, attributes, joined = person.topics, person.attributes, person.joined
        paused = person.paused_until
        return Data(
            person.name or self.name,
            person.zone or self.zone,
            person.language or self.language,
            person.frequency or self.frequency,
            msgspec.json.encode(topics).decode() if topics else self.topics,
            _merged(self.attributes, attributes) if attributes else self.attributes,
            stored(joined) if joined else self.created_at,
            stored(paused) if paused else self.paused_until,
        )


@dataclass(slots=True)
class Known:
    """What is known of an address, and what is still to be written of it."""

    key: str
    email: str
    subscriber_id: int | None = None
    subscription_id: int | None = None
    #: of the subscription, before these rows and after
    was: SubscriptionState | None = None
    state: SubscriptionState | None = None
    #: an earlier row of the same import confirmed them
    raised: bool = False
    data: Data | None = None
    #: gets no mail to this list, before these rows and after; none at all, for ever
    barred: bool = False
    suppressed: bool = False
    never: bool = False
    erased: bool = False
    changed: bool = False
    reasons: tuple[SuppressionReason, ...] = ()
    agreed: tuple[Agreed, ...] = ()

    @property
    def moved(self) -> bool:
        return self.state is not self.was

    @property
    def waited(self) -> bool:
        return self.was == UNCONFIRMED and not self.barred

    @property
    def waits(self) -> bool:
        return self.state == UNCONFIRMED and not self.suppressed


def known_of(
    connection: Connection, to: MailingList, people: Iterable[Person], at: object
) -> dict[str, Known]:
    """Every address of `people` by its key, those never seen too."""
    known: dict[str, Known] = {}
    for person in people:
        address = person.address
        known[address.key] = Known(address.key, address.display)
    keys, argument = column(connection, known, "text")
    rows = fetch(connection, KNOWN.format(keys=keys), argument, to.id)
    for key, subscriber_id, subscription_id, state, *data in rows:
        each = known[key]
        each.subscriber_id, each.subscription_id = subscriber_id, subscription_id
        each.was = each.state = STATES.get(state)
        each.data = Data(*data)
    found = fetch(connection, SUPPRESSED.format(keys=keys), argument, to.id, at)
    for key, never in found:
        known[key].barred = known[key].suppressed = True
        known[key].never |= bool(never)
    return known


def note_raised(
    connection: Connection,
    people: Iterable[Person],
    known: Mapping[str, Known],
    import_id: int,
) -> None:
    """Who is confirmed by an earlier row of the import, and here is said not to be."""
    said = {each.address.key for each in people if each.state == UNCONFIRMED}
    confirmed = {
        known[key].subscription_id: known[key]
        for key in said
        if known[key].was == CONFIRMED
    }
    if not confirmed:
        return
    ids, argument = column(connection, confirmed, "bigint")
    for [each] in fetch(connection, CONFIRMED_BY.format(ids=ids), argument, import_id):
        confirmed[each].raised = True


def erased_among(
    connection: Connection,
    to: MailingList,
    keys: Iterable[str],
    secret_key: SecretKey | None,
) -> list[str]:
    """Those who were erased, and asked for no more mail before that."""
    if connection.execute(select(erased.c.hash).limit(1)).first() is None:
        return []
    if secret_key is None:
        raise KeyMissing("people were erased, and without the key nobody knows who")
    secret_key.agree(connection)
    hashes = {secret_key.hash(key): key for key in keys}
    found = select(erased.c.hash).where(
        erased.c.hash.in_(hashes), erased.c.list_id.in_([ALL_LISTS, to.id])
    )
    return [hashes[each] for each in connection.scalars(found)]


def _merged(attributes: str, new: Mapping[str, Value]) -> str:
    """Attributes with others by name, as they are stored."""
    together = {**msgspec.json.decode(attributes), **new}
    return msgspec.json.encode(together, order="sorted").decode()
