"""People brought onto a list, some thousand at a time.

First what is known of them is read, then each change is decided, then all is
written. Adding one person and importing a million is the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from subscribers.driver import moment, only_writer
from subscribers.entering import tell, write
from subscribers.entry import (
    CONFIRMED,
    LEFT,
    UNCONFIRMED,
    Data,
    Grounds,
    Known,
    erased_among,
    known_of,
    note_raised,
)
from subscribers.fields import Person
from subscribers.model import Change, MailingList, Provider, SubscriptionState
from subscribers.secret_key import SecretKey


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
    known = known_of(connection, to, people, at)
    for each in erased_among(connection, to, known, key):
        known[each].erased = True
    if again and grounds.import_id:
        note_raised(connection, people, known, grounds.import_id)
    if len(known) < len(people):
        people = _together(people, known)
    allowed, stored = grounds.state, partial(moment, connection)
    blank = Data("", "", "", "", "[]", "{}", at)
    changes = tuple(
        _decide(known[person.address.key], person, allowed, blank, stored)
        for person in people
    )
    if not dry_run:
        write(connection, to, list(known.values()), grounds, secret)
        tell(connection, provider, to, list(known.values()), grounds.now)
    waiting = sum(each.waits for each in known.values())
    waited = sum(known[each].waited for each in again if each in known)
    return Enrolment(changes=changes, unconfirmed=waiting - waited)


# --- What is new --------------------------------------------------------------


def _together(people: Sequence[Person], known: Mapping[str, Known]) -> list[Person]:
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
    known: Known,
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
    known: Known, said: SubscriptionState | None, allowed: SubscriptionState
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
