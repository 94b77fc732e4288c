"""People brought onto a list, some thousand at a time.

First what is known of them is read, then each change is decided, then all is
written. Adding one person and importing a million is the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, select

from subscribers.driver import (
    column,
    fetch,
    insert_many,
    moment,
    new_ids,
    only_writer,
    run_many,
)
from subscribers.errors import KeyMissing
from subscribers.fields import Agreed, Person, Value
from subscribers.model import (
    Change,
    MailingList,
    Provider,
    SubscriptionState,
    SuppressionReason,
)
from subscribers.secret_key import SecretKey
from subscribers.suppressions import ALL_LISTS, KNOWN_TO_PROVIDERS
from subscribers.tables import erased
from subscribers.telling import mailed, tell_left

KNOWN = """
    SELECT s.key, s.id, p.id, p.state, s.name, s.zone, s.language, s.frequency,
        s.topics, s.attributes, s.created_at
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
UPDATE = """
    UPDATE subscriber SET name = ?, zone = ?, language = ?, frequency = ?,
        topics = ?, attributes = ?, created_at = ?
    WHERE id = ?
"""
MOVE = "UPDATE subscription SET state = ?, since = ? WHERE id = ?"
#: each change of a subscription is noted for ever
CONSENT = """
    INSERT INTO consent (subscription_id, state, at, source, statement, import_id)
    SELECT id, state, since, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT)
    FROM subscription WHERE id IN (SELECT value FROM {ids}) ORDER BY id
"""
#: the first of a reason stays, but for one that would have ended
SUPPRESS = """
    INSERT INTO suppression (key, list_id, reason, at, source) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (key, list_id, reason) DO UPDATE
    SET at = excluded.at, expires_at = NULL, source = excluded.source
    WHERE suppression.expires_at IS NOT NULL
"""

STATES = {state.value: state for state in SubscriptionState}  # sooner than calling it
LEFT = SubscriptionState.UNSUBSCRIBED
UNCONFIRMED = SubscriptionState.UNCONFIRMED
AGREED = {
    SubscriptionState.UNCONFIRMED: "signed up there",
    SubscriptionState.CONFIRMED: "confirmed there",
}
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

    def updated(self, person: Person, stored: Callable[[datetime], Any]) -> Data:
        """With what is new of a person; what is empty there stays as it is known."""
        topics, attributes, joined = person.topics, person.attributes, person.joined
        return Data(
            person.name or self.name,
            person.zone or self.zone,
            person.language or self.language,
            person.frequency or self.frequency,
            msgspec.json.encode(topics).decode() if topics else self.topics,
            _merged(self.attributes, attributes) if attributes else self.attributes,
            stored(joined) if joined else self.created_at,
        )


@dataclass(slots=True)
class _Known:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What became of each person, in their order, and how many can get no mail yet."""

    changes: tuple[Change, ...]
    unconfirmed: int


def enrol(
    connection: Connection,
    to: MailingList,
    people: Sequence[Person],
    *,
    grounds: Grounds,
    secret: Callable[[], bytes],
    key: SecretKey | None = None,
    provider: Provider | None = None,
    again: Collection[str] = (),
    dry_run: bool = False,
) -> Enrolment:
    """Bring people onto a list; the last of several rows of one person wins.

    Who is on the list is compared with all of their rows together, so that the same
    rows again change nothing; who is new is added by the first, and updated by the
    others.

    Nobody who left the list, is suppressed or was erased is brought back, and nobody
    becomes confirmed without a statement of consent. `secret` gives 12 random bytes;
    `key` is asked where somebody was erased. `provider` is told of those who got mail
    and get none any more. `again` are keys of people of earlier calls of the same
    import: they are counted once, and unconfirmed by a later row that says so.

    Raises:
        KeyMissing, WrongKey: somebody was erased, and it cannot be told who.
    """
    only_writer(connection)
    at = moment(connection, grounds.now)
    known = _known(connection, to, people, at)
    for each in _erased(connection, to, known, key):
        known[each].erased = True
    if again and grounds.import_id:
        _note_raised(connection, people, known, grounds.import_id)
    if len(known) < len(people):
        people = _together(people, known)
    allowed, stored = grounds.state, partial(moment, connection)
    blank = Data("", "", "", "", "[]", "{}", at)
    changes = tuple(
        _decide(known[person.address.key], person, allowed, blank, stored)
        for person in people
    )
    if not dry_run:
        _write(connection, to, list(known.values()), grounds, secret)
        _tell(connection, provider, to, list(known.values()), grounds.now)
    waiting = sum(each.waits for each in known.values())
    waited = sum(known[each].waited for each in again if each in known)
    return Enrolment(changes=changes, unconfirmed=waiting - waited)


# --- What is known ------------------------------------------------------------


def _known(
    connection: Connection, to: MailingList, people: Iterable[Person], at: object
) -> dict[str, _Known]:
    """Every address of `people` by its key, those never seen too."""
    known: dict[str, _Known] = {}
    for person in people:
        address = person.address
        known[address.key] = _Known(address.key, address.display)
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


def _note_raised(
    connection: Connection,
    people: Iterable[Person],
    known: Mapping[str, _Known],
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


def _erased(
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


# --- What is new --------------------------------------------------------------


def _together(people: Sequence[Person], known: Mapping[str, _Known]) -> list[Person]:
    """The rows, each with all that the rows of its person say together.

    A row of who has left or is suppressed stays that; of the others, the last says
    whether they are confirmed. The rows of who is not on the list stay as they are.
    """
    said: dict[str, Person] = {}
    confirmed: dict[str, SubscriptionState | None] = {}
    for person in people:
        key = person.address.key
        if known[key].state:
            said[key] = _over(said[key], person) if key in said else person
            if not _goes(person):
                confirmed[key] = person.state
    return [
        said.get(person.address.key, person)._replace(
            state=person.state
            if _goes(person)
            else confirmed.get(person.address.key, person.state),
            suppression=person.suppression,
        )
        for person in people
    ]


def _goes(person: Person) -> bool:
    """Whether a row is about somebody who is to get no mail."""
    return person.state == LEFT or person.suppression is not None


def _over(first: Person, then: Person) -> Person:
    """What two rows say of a person; the later wins."""
    said = {name: value for name, value in then._asdict().items() if value}
    return first._replace(
        **said | {"attributes": {**first.attributes, **then.attributes}}
    )


def _decide(
    known: _Known,
    person: Person,
    allowed: SubscriptionState,
    blank: Data,
    stored: Callable[[datetime], Any],
) -> Change:
    """What adding a person does to what is known of them; it is noted there."""
    if person.suppression and not known.erased:
        known.reasons += (person.suppression,)
        known.suppressed = True
        return Change.SUPPRESSED
    leaves = person.state == LEFT
    if known.erased or known.state == LEFT or (known.suppressed and not leaves):
        return Change.SUPPRESSED
    known.agreed = person.agreed or known.agreed
    data = (known.data or blank).updated(person, stored)
    state = _state(known, person.state, allowed)
    added, changed, moved = (
        known.state is None,
        data != known.data,
        state != known.state,
    )
    known.data, known.changed = data, known.changed or changed
    known.state = state
    if leaves:
        return Change.SUPPRESSED
    if added:
        return Change.ADDED
    return Change.UPDATED if changed or moved else Change.UNCHANGED


def _state(
    known: _Known, said: SubscriptionState | None, allowed: SubscriptionState
) -> SubscriptionState:
    """The state that follows; nobody is confirmed by it who isn't said to be, and
    nobody made less who was confirmed before.
    """
    before = known.state
    if said == LEFT:
        return LEFT
    if before is None:
        return UNCONFIRMED if said else allowed
    if said == UNCONFIRMED:
        by_another_row = known.raised or known.was != CONFIRMED
        return UNCONFIRMED if by_another_row else before
    return allowed if before == UNCONFIRMED else before


def _merged(attributes: str, new: Mapping[str, Value]) -> str:
    """Attributes with others by name, as they are stored."""
    together = {**msgspec.json.decode(attributes), **new}
    return msgspec.json.encode(together, order="sorted").decode()


# --- What is written ----------------------------------------------------------


def _write(
    connection: Connection,
    to: MailingList,
    known: Sequence[_Known],
    grounds: Grounds,
    secret: Callable[[], bytes],
) -> None:
    at = moment(connection, grounds.now)
    _write_suppressions(connection, known, grounds, at)
    on_list = [each for each in known if each.changed or each.moved]
    _write_subscribers(connection, on_list)
    moved = [each for each in on_list if each.moved]
    joining = [each for each in moved if each.subscription_id is None]
    rows = [
        (each.state, at, each.subscription_id) for each in moved if each.subscription_id
    ]
    run_many(connection, MOVE, rows)
    _write_subscriptions(connection, to, joining, at, secret)
    _write_agreed(connection, joining, grounds)
    _write_consent(connection, moved, grounds)


def _tell(
    connection: Connection,
    provider: Provider | None,
    to: MailingList,
    known: Iterable[_Known],
    now: datetime,
) -> None:
    """The provider hears of who got mail and gets none any more, as by hand."""
    if provider is None:
        return
    suppressed, left = [], []
    for each in known:
        if set(each.reasons).difference(KNOWN_TO_PROVIDERS) and not each.never:
            suppressed.append(each.key)
        elif each.was == CONFIRMED and each.state == LEFT:
            left.append(each.key)
    if suppressed:
        suppressed = mailed(connection, suppressed)
    tell_left(connection, provider, suppressed, lists=None, now=now)
    tell_left(connection, provider, left, lists=[to.id], now=now)


def _write_suppressions(
    connection: Connection, known: Iterable[_Known], grounds: Grounds, at: object
) -> None:
    """In the order of keys, so that two who write them don't wait for each other."""
    rows = [
        (each.key, ALL_LISTS, reason, at, grounds.source)
        for each in known
        for reason in each.reasons
    ]
    run_many(connection, SUPPRESS, sorted(rows, key=lambda row: row[0]))


def _write_subscribers(connection: Connection, known: Sequence[_Known]) -> None:
    there = [each for each in known if each.changed and each.subscriber_id]
    run_many(
        connection, UPDATE, [(*(each.data or ()), each.subscriber_id) for each in there]
    )
    new = [each for each in known if each.subscriber_id is None]
    ids = new_ids(connection, "subscriber", len(new))
    for each, new_id in zip(new, ids, strict=True):
        each.subscriber_id = new_id
    insert_many(
        connection,
        "subscriber",
        ("id", "key", "email", *Data._fields),
        [
            (each.subscriber_id, each.key, each.email, *(each.data or ()))
            for each in new
        ],
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


def _write_agreed(
    connection: Connection, new: Iterable[_Known], grounds: Grounds
) -> None:
    """What they agreed to before, where the file is from: older than what we log."""
    rows = [
        (
            *(known.subscription_id, step.state),
            moment(connection, step.at or grounds.now),
            *(
                f"{grounds.source}: {AGREED[step.state]}",
                "",
                grounds.import_id,
                step.ip,
            ),
        )
        for known in new
        for step in known.agreed
    ]
    columns = "subscription_id state at source statement import_id ip".split()
    if rows:
        insert_many(connection, "consent", columns, rows)


def _write_consent(
    connection: Connection, moved: Iterable[_Known], grounds: Grounds
) -> None:
    ids, argument = column(
        connection, [each.subscription_id for each in moved], "bigint"
    )
    statement = "" if grounds.import_id else grounds.statement
    row = (grounds.source, statement, grounds.import_id, argument)
    run_many(connection, CONSENT.format(ids=ids), [row])
