"""Events into the database: one transaction a payload.

Rows for what is rare, a few bits for what is not; then what follows from them: attempts
are settled, addresses suppressed, clicks classed. In any order, and however often the
same comes again, it ends the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection

from digest import ledger
from digest.config import Config
from digest.events.effects import DROPPED, take_effect
from digest.events.naming import EventType
from digest.events.payload import COUNTED, BadEvent, Event, Payload
from digest.events.rows import Row, keep_bad, keep_rows
from digest.events.scanning import class_clicks
from digest.ledger import Folded, HandedOver, Sign, Word
from digest.store import Database
from subscribers.secret_key import SecretKey

WORDS = {
    EventType.QUEUED: Word.PROCESSED,
    EventType.DELIVERED: Word.DELIVERED,
    EventType.DEFERRED: Word.GONE_OUT,
    EventType.BOUNCED: Word.GONE_OUT,
    EventType.OPENED: Word.GONE_OUT,
    EventType.CLICKED: Word.GONE_OUT,
}
#: SendGrid's reasons to drop a copy that are about its address. Any other, a cancelled
#: send above all, says nothing of whether the batch was handed over (rule 16)
OF_THE_ADDRESS = frozenset({*DROPPED, "unsubscribed address"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of events: `events` = new + duplicates + bad + ignored.

    `ignored` are those of other mail of the account that would only be counted.
    `settled` counts attempts, `suppressed` addresses and lists they left; `alarms` are
    batches of which mail has gone out though they were taken back.
    """

    events: int = 0
    new: int = 0
    duplicates: int = 0
    bad: int = 0
    ignored: int = 0
    settled: int = 0
    suppressed: int = 0
    alarms: tuple[int, ...] = ()

    def __add__(self, other: Receipt) -> Receipt:
        names = [field.name for field in fields(self)]
        return Receipt(
            **{name: getattr(self, name) + getattr(other, name) for name in names}
        )


def keep(
    database: Database, config: Config, payload: Payload, now: datetime
) -> Receipt:
    """Keep what a payload says, and do what follows; all of it, or on an error nothing.

    Raises:
        TryAgain: the database is locked by another process.
        KeyMissing, WrongKey: whose an event is cannot be compared with who was erased.
    """
    with database.write() as connection:
        return _Intake(connection, config, now).take(payload)


class _Intake:
    """One payload's transaction."""

    def __init__(self, connection: Connection, config: Config, now: datetime) -> None:
        self._connection = connection
        self._config = config
        self._now = now
        self._secret_key = SecretKey(config.at(config.subscribers.key_file))
        self._bad: list[BadEvent] = []
        self._ignored = 0

    def take(self, payload: Payload) -> Receipt:
        self._bad.extend(payload.bad)
        named = {each.attempt for each in payload.events if each.attempt is not None}
        attempts = ledger.handed_over(self._connection, named)
        rows, signs = self._sorted_out(payload.events, attempts)
        folded = ledger.fold(self._connection, attempts, signs)
        settled = ledger.settle(self._connection, folded, self._now)
        fresh = keep_rows(self._connection, rows, self._secret_key, self._now)
        class_clicks(self._connection, folded, _read_again(rows, folded))
        keep_bad(self._connection, self._bad, self._secret_key, self._now)
        new = len({row.event.id for row in fresh}) + _newly_counted(folded)
        count = len(payload.events) + len(payload.bad)
        return Receipt(
            events=count,
            new=new,
            duplicates=count - new - len(self._bad) - self._ignored,
            bad=len(self._bad),
            ignored=self._ignored,
            settled=len(settled.attempts),
            suppressed=take_effect(
                self._connection,
                self._config,
                [row.event for row in fresh],
                self._secret_key,
                self._now,
            ),
            alarms=settled.alarms,
        )

    def _sorted_out(
        self, events: Sequence[Event], attempts: Mapping[int, HandedOver]
    ) -> tuple[list[Row], dict[int, list[Sign]]]:
        """Which events become rows, and what they say of attempts."""
        rows: list[Row] = []
        signs: dict[int, list[Sign]] = defaultdict(list)
        for event in events:
            of = attempts.get(event.attempt or 0)
            if of is None or of.token != event.token:  # another installation's
                of = None
                self._ignored += event.type in COUNTED
            elif (place := of.place(event.recipient or 0)) is None:
                self._set_aside(event, of)
                continue
            elif word := _word(event):
                signs[of.id].append(Sign(place=place, word=word, at=event.at))
            if event.type not in COUNTED:
                rows.append(Row(event=event, of=of))
        return rows, signs

    def _set_aside(self, event: Event, of: HandedOver) -> None:
        reason = f"attempt {of.id} has no recipient {event.fields.dg_recipient}"
        self._bad.append(
            BadEvent(
                raw=event.raw.encode(), reason=reason, email=event.fields.email or ""
            )
        )


def _word(event: Event) -> Word | None:
    """What an event says of its copy."""
    if event.type is EventType.REJECTED:
        known = (event.fields.reason or "").lower() in OF_THE_ADDRESS
        return Word.DROPPED if known else None
    return WORDS.get(event.type)


def _newly_counted(folded: Sequence[Folded]) -> int:
    """How many of the events that have no rows were news."""
    return sum(
        new and sign.word in (Word.PROCESSED, Word.DELIVERED)
        for each in folded
        for new, sign in zip(each.new, each.signs, strict=True)
    )


def _read_again(rows: Sequence[Row], folded: Sequence[Folded]) -> set[tuple[int, int]]:
    """The attempts and people whose clicks may be of another class now."""
    clicked = {
        (row.of.id, row.event.recipient or 0)
        for row in rows
        if row.of and row.event.type is EventType.CLICKED
    }
    delivered = {
        (each.of.id, each.of.ids[sign.place])
        for each in folded
        for sign in each.signs
        if sign.word is Word.DELIVERED
    }
    return clicked | delivered
