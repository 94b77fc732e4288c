"""Evidence: what came back of an attempt, a few bits a person.

Fourteen million events `processed` and `delivered` of seven million people are 17 MB
this way. What is folded in twice, or in another order, changes nothing.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, select

from digest.ledger.addressees import HandedOver, handed_over
from digest.store.tables import evidence as table
from subscribers.driver import among, run_many

#: what only mail that has gone out brings about (rule 16)
OUT = frozenset({"delivered", "gone_out"})
#: the seconds until a delivery are kept in two bytes, 0 being none
LONGEST = 0xFFFE


class Word(StrEnum):
    """What an event says of one person's copy."""

    #: the provider has it, which may be before it goes out
    PROCESSED = "processed"
    #: its mailbox has it
    DELIVERED = "delivered"
    #: a mailbox put it off or refused it, or a reader saw it: it has gone out
    GONE_OUT = "gone_out"
    #: the provider drops it, for what it knows of the address
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """An event of one person's copy, as the ledger sees it."""

    place: int
    word: Word
    at: datetime


@dataclass(slots=True)
class Evidence:
    """What is known of one attempt: bits by the places of its people."""

    processed: int
    gone_out: int
    dropped: int
    #: two bytes each: seconds until it was delivered, and one; 0 where it was not
    delivered: bytearray

    @classmethod
    def of_nobody(cls, of: HandedOver) -> Evidence:
        """Before anything came back."""
        nothing = bytearray(2 * len(of.ids))
        return cls(processed=0, gone_out=0, dropped=0, delivered=nothing)

    @property
    def arrived(self) -> int:
        """People for whom the provider has it for certain."""
        return (self.processed | self.gone_out).bit_count()

    @property
    def accounted_for(self) -> int:
        """People whose copy has gone out, or never will for their address's sake."""
        return (self.gone_out | self.dropped).bit_count()

    @property
    def delivered_people(self) -> int:
        return len(self.delivered) // 2 - array("H", bytes(self.delivered)).count(0)

    def add(self, sign: Sign, begins: datetime) -> bool:
        """Take a sign in; False where it says nothing new."""
        bit = 1 << sign.place
        match sign.word:
            case Word.PROCESSED:
                new = not self.processed & bit
                self.processed |= bit
            case Word.DROPPED:
                new = not self.dropped & bit
                self.dropped |= bit
            case Word.GONE_OUT:
                new = not self.gone_out & bit
                self.gone_out |= bit
            case Word.DELIVERED:
                self.gone_out |= bit
                new = self._deliver(sign, begins)
        return new

    def _deliver(self, sign: Sign, begins: datetime) -> bool:
        """Keep the earliest; whether it is the first."""
        after = (sign.at - begins) // timedelta(seconds=1)
        value = min(max(after, 0), LONGEST) + 1
        start = 2 * sign.place
        known = int.from_bytes(self.delivered[start : start + 2], "little")
        if not known or value < known:
            self.delivered[start : start + 2] = value.to_bytes(2, "little")
        return not known

    def delivered_at(self, place: int, begins: datetime) -> datetime | None:
        """When a person's copy was; None where it is not known to the second."""
        kept = self.delivered[2 * place : 2 * place + 2]
        seconds = int.from_bytes(kept, "little")
        if not 0 < seconds <= LONGEST:
            return None
        return begins + timedelta(seconds=seconds - 1)


# --- Keeping it -----------------------------------------------------------------

INSERT = """
    INSERT INTO evidence (
        attempt_id, processed, gone_out, dropped, delivered,
        gone_out_people, delivered_people
    ) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (attempt_id) DO NOTHING
"""
UPDATE = """
    UPDATE evidence SET processed = ?, gone_out = ?, dropped = ?, delivered = ?,
        gone_out_people = ?, delivered_people = ?
    WHERE attempt_id = ?
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """An attempt's evidence with the signs of a payload, and which of them are new."""

    of: HandedOver
    evidence: Evidence
    signs: Sequence[Sign]
    new: Sequence[bool]

    @property
    def newly_out(self) -> bool:
        """Whether anything that is new says that mail has gone out."""
        return any(
            new and sign.word in OUT
            for new, sign in zip(self.new, self.signs, strict=True)
        )


def fold(
    connection: Connection,
    attempts: Mapping[int, HandedOver],
    signs: Mapping[int, Sequence[Sign]],
) -> list[Folded]:
    """Keep signs by the ids of their attempts, which are given back in this order.

    The rows stay locked until the transaction's end; whoever locks others of the
    ledger, too, does it after this.
    """
    numbers = sorted(signs)
    kept = _locked(connection, [attempts[number] for number in numbers])
    changed, folded = [], []
    for number in numbers:
        of, evidence, before = attempts[number], *kept[number]
        new = [evidence.add(sign, of.begins) for sign in signs[number]]
        after = _stored(of, evidence)
        if after != before:
            changed.append((*after, number))
        folded.append(Folded(of=of, evidence=evidence, signs=signs[number], new=new))
    run_many(connection, UPDATE, changed)
    return folded


def _locked(
    connection: Connection, attempts: Sequence[HandedOver]
) -> dict[int, tuple[Evidence, _Stored]]:
    """The evidence of attempts, each with a row that nobody else changes meanwhile."""
    found = _select(connection, [one.id for one in attempts])
    missing = [one for one in attempts if one.id not in found]
    if missing:
        rows = [(one.id, *_stored(one, Evidence.of_nobody(one))) for one in missing]
        run_many(connection, INSERT, rows)
        found |= _select(connection, [one.id for one in missing])
    return {number: (_evidence(stored), stored) for number, stored in found.items()}


def _select(connection: Connection, numbers: Sequence[int]) -> dict[int, _Stored]:
    rows = connection.execute(
        select(table)
        .where(among(connection, table.c.attempt_id, numbers))
        .order_by(table.c.attempt_id)
        .with_for_update()
    )
    return {number: _Stored(*stored) for number, *stored in rows}


class _Stored(NamedTuple):
    """A row of the table, but for its key."""

    processed: bytes
    gone_out: bytes
    dropped: bytes
    delivered: bytes
    gone_out_people: int
    delivered_people: int


def _stored(of: HandedOver, evidence: Evidence) -> _Stored:
    length = (len(of.ids) + 7) // 8
    return _Stored(
        processed=evidence.processed.to_bytes(length, "little"),
        gone_out=evidence.gone_out.to_bytes(length, "little"),
        dropped=evidence.dropped.to_bytes(length, "little"),
        delivered=bytes(evidence.delivered),
        gone_out_people=evidence.gone_out.bit_count(),
        delivered_people=evidence.delivered_people,
    )


def _evidence(stored: _Stored) -> Evidence:
    return Evidence(
        processed=int.from_bytes(stored.processed, "little"),
        gone_out=int.from_bytes(stored.gone_out, "little"),
        dropped=int.from_bytes(stored.dropped, "little"),
        delivered=bytearray(stored.delivered),
    )


def evidence_of(
    connection: Connection, attempts: Collection[int]
) -> dict[int, Evidence]:
    """What is known of attempts; those of which nothing came back are left out.

    For `status`: `arrived` people of one that is unknown, `accounted_for` people of one
    that is being taken back.
    """
    rows = connection.execute(select(table).where(table.c.attempt_id.in_(attempts)))
    return {number: _evidence(_Stored(*stored)) for number, *stored in rows}


def gone_out(
    connection: Connection, attempts: Collection[int]
) -> dict[int, frozenset[int]]:
    """Whose copies of attempts have gone out, by what came back of them."""
    known = evidence_of(connection, attempts)
    people = handed_over(connection, known)
    return {
        number: frozenset(
            person
            for place, person in enumerate(people[number].ids)
            if found.gone_out >> place & 1
        )
        for number, found in known.items()
    }
